"""Who may draft, check, cosign, issue and number official documents, and word their templates."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Cosigner, DocumentTemplate, OfficialDocument

ISSUED = "公文{}已印发，不能更改；有误的请拟更正、替代或者撤销的公文。"


def _own(actor: Actor, document: OfficialDocument, what: str) -> Verdict:
    if actor.office is None or actor.office.pk != document.office_id:
        return refuse(f"该公文由{document.office.name}{what}。")
    return ALLOWED


def _post(
    actor: Actor, document: OfficialDocument, what: str, words: str, *abilities: Can
) -> Verdict:
    """A post of the drafting office that is able to; ``words`` say which posts are."""
    own = _own(actor, document, what)
    if not own.ok:
        return own
    return ALLOWED if any(actor.can(ability) for ability in abilities) else refuse(words)


def wrote_on(actor: Actor, document: OfficialDocument) -> bool:
    """Whether the person drafted or changed the text."""
    return actor.user is not None and actor.user.pk in document.writers


def may_begin_document(actor: Actor) -> Verdict:
    """Posts of a leading-group office that publish."""
    if not actor.can(Can.PUBLISH) or actor.level is None:
        return refuse("拟稿由领导小组办公室的经办或主任岗位办理。")
    return ALLOWED


def may_draft(actor: Actor, document: OfficialDocument) -> Verdict:
    """The drafting office, while the text is with the drafter."""
    post = _post(actor, document, "拟稿", "拟稿由本办公室经办或主任岗位办理。", Can.PUBLISH)
    if not post.ok:
        return post
    if document.state == "issued":
        return refuse(ISSUED.format(document.number))
    if document.state != "draft":
        return refuse(f"该公文正在{document.get_state_display()}，须先撤回或由对方退回后才能修改。")
    return ALLOWED


def may_recall(actor: Actor, document: OfficialDocument) -> Verdict:
    """The drafting office takes a document back that nobody has signed."""
    post = _post(actor, document, "拟稿", "撤回由本办公室经办或主任岗位办理。", Can.PUBLISH)
    if not post.ok:
        return post
    if document.state in ("draft", "issued"):
        return refuse("该公文不在核稿、会签或者签发之中，没有可以撤回的。")
    return ALLOWED


def may_check(actor: Actor, document: OfficialDocument) -> Verdict:
    """核稿: a checking post of the office, and another person than those who wrote the text."""
    post = _post(actor, document, "核稿", "核稿由本办公室审核或主任岗位办理。", Can.CHECK)
    if not post.ok:
        return post
    if document.state == "issued":
        return refuse(ISSUED.format(document.number))
    if document.state != "checking":
        return refuse(f"该公文现处于“{document.get_state_display()}”，不在核稿环节。")
    if wrote_on(actor, document):
        return refuse("本人拟写或修改过该公文，须由另一人核稿。")
    return ALLOWED


def may_cosign(actor: Actor, document: OfficialDocument, cosigner: Cosigner) -> Verdict:
    """会签: the organ that was asked; one outside the portal's is entered by the drafting office.

    Whoever enters it is another person than those who wrote the text, as in the office's check.
    """
    if document.state != "cosigning":
        return refuse(f"该公文现处于“{document.get_state_display()}”，不在会签环节。")
    if cosigner.state != "waiting":
        return refuse(f"{cosigner.organ_name}已会签。")
    if cosigner.office_id is None:
        post = _post(
            actor,
            document,
            "登记会签结果",
            "登记平台以外单位的会签结果，由本办公室经办、审核或主任岗位办理。",
            Can.PUBLISH,
            Can.CHECK,
        )
        if not post.ok:
            return post
        if wrote_on(actor, document):
            return refuse("本人拟写或修改过该公文，平台以外单位的会签结果须由本办公室另一人登记。")
        return ALLOWED
    if actor.office is None or actor.office.pk != cosigner.office_id:
        return refuse(f"由{cosigner.organ_name}会签。")
    if not (actor.can(Can.ISSUE) or actor.can(Can.OPINE)):
        return refuse("会签由本单位签发、主任或者成员岗位办理。")
    if wrote_on(actor, document):
        return refuse("本人拟写或修改过该公文，须由另一人会签。")
    return ALLOWED


def may_issue(actor: Actor, document: OfficialDocument) -> Verdict:
    """签发: the signing post of the drafting office, and no writer of the text."""
    if actor.is_system:
        return ALLOWED
    post = _post(actor, document, "印发", "印发由本办公室签发或主任岗位办理。", Can.ISSUE)
    if not post.ok:
        return post
    if document.state == "issued":
        return ALLOWED
    if document.state != "signing":
        return refuse(f"该公文现处于“{document.get_state_display()}”，核稿、会签完成后才能签发。")
    if wrote_on(actor, document):
        return refuse("本人拟写或修改过该公文，须由另一人签发。")
    return ALLOWED


def may_act_on(actor: Actor, document: OfficialDocument) -> Verdict:
    """Draft a correction, a supersession or a revocation of an issued document."""
    post = _post(
        actor, document, "更正、替代或者撤销", "拟稿由本办公室经办或主任岗位办理。", Can.PUBLISH
    )
    if not post.ok:
        return post
    if document.state != "issued":
        return refuse("公文印发后才能更正、替代或者撤销；拟稿可以直接修改或撤销。")
    return ALLOWED


def may_number(actor: Actor) -> Verdict:
    """Set how the office numbers its documents, void a number."""
    if actor.level is None or not actor.can(Can.PUBLISH):
        return refuse("编号由领导小组办公室的经办或主任岗位办理。")
    return ALLOWED


def may_add_rendition(actor: Actor, document: OfficialDocument) -> Verdict:
    """Hand in the signed or scanned form of an issued document of the own office."""
    post = _post(
        actor,
        document,
        "登记签章版、扫描版",
        "登记签章版、扫描版由本办公室经办、签发或主任岗位办理。",
        Can.PUBLISH,
        Can.ISSUE,
    )
    if not post.ok:
        return post
    if document.state != "issued":
        return refuse("公文印发后才能登记签章版、扫描版。")
    return ALLOWED


def may_fetch_docx(actor: Actor, document: OfficialDocument) -> Verdict:
    """The drafting office takes its documents to its own document system."""
    if actor.is_system:
        return ALLOWED
    own = _own(actor, document, "取用可编辑文件")
    if not own.ok:
        return own
    if not any(actor.can(what) for what in (Can.PUBLISH, Can.CHECK, Can.ISSUE)):
        return refuse("可编辑文件由本办公室经办、审核、签发或主任岗位取用。")
    return ALLOWED


def may_deliver(actor: Actor, document: OfficialDocument) -> Verdict:
    """Send an issued document to offices inside the portal."""
    post = _post(
        actor, document, "分发", "分发由本办公室经办、签发或主任岗位办理。", Can.PUBLISH, Can.ISSUE
    )
    if not post.ok:
        return post
    if document.state != "issued":
        return refuse("公文印发后才能分发。")
    return ALLOWED


def may_word(actor: Actor, template: DocumentTemplate | None = None) -> Verdict:
    """Word the office's own templates."""
    if actor.level is None or not actor.can(Can.PUBLISH):
        return refuse("公文模板由领导小组办公室的经办或主任岗位维护。")
    if template is not None and (actor.office is None or actor.office.pk != template.office_id):
        return refuse(f"该模板由{template.office.name}维护。")
    return ALLOWED
