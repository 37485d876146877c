"""Who may do what to towns, rounds and applications: which rule refuses, and what next."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Post, Region
from towns.models import Application, Certification, Round, Town


def may_maintain_town(actor: Actor, town: Town) -> Verdict:
    """Figures, enterprises and services are kept by the filer of the town."""
    if not actor.can(Can.FILL):
        return refuse("年度数据和企业名单由该专业镇的填报人维护。")
    return _given(actor, town)


def may_change_town(town: Town) -> Verdict:
    """A town that was merged, split or struck off is kept as it was."""
    if town.closed_on is None:
        return ALLOWED
    into = town.successor
    where = f"请到“{into.name}”办理。" if into is not None else "历史资料仍可查阅。"
    return refuse(f"{town.name}已于 {town.closed_on} 撤并或退出，不再填报和申报；{where}")


def _given(actor: Actor, town: Town) -> Verdict:
    """Whether the acting post was given the town, and the town stands."""
    standing = may_change_town(town)
    if not standing.ok:
        return standing
    if Town.objects.visible_to(actor).filter(pk=town.pk).exists():
        return ALLOWED
    return refuse(f"{town.name}没有授权给您的岗位填报。如需授权，请联系县级领导小组办公室。")


def may_start_application(actor: Actor, town: Town, call: Round) -> Verdict:
    """The filer of the town, in an open round of a region that contains it."""
    verdict = may_join_round(actor, town, call)
    return _given(actor, town) if verdict.ok else verdict


def may_join_round(actor: Actor, town: Town, call: Round) -> Verdict:
    """The part of the rule above that asks no database: for lists of the filer's own towns."""
    if not actor.can(Can.FILL):
        return refuse("申报由该专业镇的填报人发起。")
    standing = may_change_town(town)
    if not standing.ok:
        return standing
    if not call.is_open:
        return refuse(
            f"“{call.title}”{call.state_label}，申报时间为 {call.opens_on} 至 {call.closes_on}。"
        )
    if town.scope_code not in call.office.region.scope:
        return refuse(f"{town.name}不在{call.office.region.name}范围内，不能参加该批次。")
    return ALLOWED


def may_edit_application(actor: Actor, application: Application) -> Verdict:
    """The filer, while the application is being filled or has been returned."""
    if not actor.can(Can.FILL):
        return refuse("申报材料由填报人填写，您的岗位不能修改。")
    if not application.filing.editable:
        return refuse(f"申报{application.filing.label}，不能修改。如需修改，请先退回填报。")
    return _given(actor, application.town)


def may_hand_over(actor: Actor, application: Application) -> Verdict:
    """The filer hands it to the submitter, while it can still be submitted."""
    verdict = may_edit_application(actor, application)
    if verdict.ok and not application.revision and not application.round.is_open:
        return refuse(
            f"“{application.round.title}”{application.round.state_label}，"
            f"申报截止日期为 {application.round.closes_on}。如有特殊情况，请联系领导小组办公室。"
        )
    return verdict


def may_send_back_to_filer(actor: Actor, application: Application) -> Verdict:
    """The submitter gives it back before submitting; the filer may take it back too."""
    if not (actor.can(Can.SUBMIT) or actor.can(Can.FILL)):
        return refuse("退回填报由提交人办理。")
    if application.state != "ready":
        return refuse("该申报不在待提交状态。")
    return _given(actor, application.town)


def may_open_round(actor: Actor) -> Verdict:
    """A leading-group office opens rounds for its own region."""
    if not actor.can(Can.OPEN_ROUND) or actor.level is None:
        return refuse("申报批次由领导小组办公室设立。")
    return ALLOWED


def may_assess_round(actor: Actor, call: Round) -> Verdict:
    """The office that opened the round has its applications assessed again."""
    if actor.is_system:
        return ALLOWED
    if not actor.can(Can.OPEN_ROUND) or actor.office is None or actor.office.pk != call.office_id:
        return refuse(f"“{call.title}”由{call.office.name}设立，重新评定由该机构办理。")
    return ALLOWED


def may_export(actor: Actor) -> Verdict:
    """Posts of a leading-group office that may take lists out as files."""
    if not actor.can(Can.EXPORT):
        return refuse("名单由领导小组办公室导出，您的岗位可以在页面查阅。")
    return ALLOWED


def may_grant_town(actor: Actor, town: Town, post: Post | None = None) -> Verdict:
    """Directors of the town's own county office give it to a filling or submitting post there."""
    verdict = may_revoke_town_grant(actor, town)
    if verdict.ok:
        verdict = may_change_town(town)
    if not verdict.ok or post is None:
        return verdict
    if not POST_KINDS[post.kind].can & {Can.FILL, Can.SUBMIT}:
        return refuse("专业镇只能授权给填报人或提交人岗位。")
    if post.office.region_id != town.county_id:
        return refuse(f"{post.office.name}不在{town.county.name}，不能授权填报{town.name}。")
    return ALLOWED


def may_revoke_town_grant(actor: Actor, town: Town) -> Verdict:
    """Directors of the leading-group office of the town's own county."""
    if actor.is_system:
        return ALLOWED
    office = actor.office
    if not actor.can(Can.GRANT) or office is None or office.region_id != town.county_id:
        return refuse(f"{town.name}的填报授权由{town.county.name}领导小组办公室主任、副主任办理。")
    return ALLOWED


def may_register(actor: Actor) -> Verdict:
    """Posts of leading-group offices that keep the register of towns."""
    if actor.is_system:
        return ALLOWED
    if not actor.can(Can.REGISTER) or actor.scope is None:
        return refuse("专业镇由领导小组办公室主任、副主任或经办登记。")
    return ALLOWED


def may_register_town(actor: Actor, county: Region) -> Verdict:
    """Leading-group offices of the county, and those above it for their region."""
    verdict = may_register(actor)
    if not verdict.ok or actor.is_system:
        return verdict
    if actor.scope is None or county.code not in actor.scope:
        return refuse(f"{county.name}不在您的辖区内，不能登记该县的专业镇。")
    return ALLOWED


def may_keep_register(actor: Actor, town: Town) -> Verdict:
    """Stage, name, merger, split, categories, papers: whoever may register in its county."""
    verdict = may_register_town(actor, town.county)
    if verdict.ok or actor.can(Can.REGISTER):
        return verdict
    return refuse(
        f"{town.name}的登记事项由{town.county.name}或上级领导小组办公室主任、副主任、经办办理。"
    )


def may_attach_source(actor: Actor, certification: Certification) -> Verdict:
    """Whoever keeps the register of its town; what the portal issued is its own document."""
    verdict = may_keep_register(actor, certification.town)
    if verdict.ok and certification.document_id is not None:
        return refuse("该认定由平台印发的认定通知作出，通知即认定文件，不另附扫描件。")
    return verdict


def may_print_certificates(actor: Actor) -> Verdict:
    """Posts of a leading-group office that publish."""
    if not actor.can(Can.PUBLISH) or actor.level is None:
        return refuse("认定证书、告知书由领导小组办公室的经办或主任岗位制作。")
    return ALLOWED


def may_print_certificate(actor: Actor, certification: Certification) -> Verdict:
    """The office that certified, of a certification that is valid; fetch it with its document."""
    if actor.level is None or actor.level.key != certification.level:
        return refuse(f"证书由{certification.get_level_display()}领导小组办公室制作。")
    document = certification.document
    if document is not None and document.office_id != (actor.office and actor.office.pk):
        return refuse(f"证书由{document.organ}制作。")
    verdict = may_print_certificates(actor)
    if verdict.ok and certification.state != "valid":
        return refuse(f"该认定{certification.get_state_display()}，不能制作证书。")
    return verdict
