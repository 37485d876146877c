"""Who may do what to towns, rounds and applications: which rule refuses, and what next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import Post, Region
from towns.constants import EDITABLE_FILINGS
from towns.correcting import unlocked_paths
from towns.deadlines import may_still_file
from towns.models import (
    Application,
    Certification,
    Round,
    SectionGrant,
    Town,
)

if TYPE_CHECKING:
    from towns.sections import Section


def may_maintain_town(actor: Actor, town: Town) -> Verdict:
    """Figures, enterprises and services are kept by the filer of the town.

    An office keeps them while it enters an application of the town on behalf of its unit (代录).
    """
    if actor.can(Can.FILL):
        return _given(actor, town)
    if actor.can(Can.HANDLE) and enters_for(actor, town):
        return may_change_town(town)
    return refuse("年度数据和企业名单由该专业镇的填报人维护。")


def enters_for(actor: Actor, town: Town) -> bool:
    """Whether the acting office enters an application of the town that can still be submitted.

    One on trial changes no register.
    """
    rows = Application.objects.filter(
        town=town, entered_by=actor.office, state__in=EDITABLE_FILINGS, trial=False
    )
    return any(may_still_submit(row) for row in rows.select_related("round", "town"))


def may_start_on_behalf(actor: Actor, town: Town, call: Round) -> Verdict:
    """The office of the town's county, for a unit without network; on trial the round's office."""
    if not actor.can(Can.HANDLE) or actor.office is None or actor.scope is None:
        return refuse("代为录入由领导小组办公室主任、副主任、经办或审核岗位办理。")
    if call.trial:
        if actor.office.pk != call.office_id:
            return refuse(f"“{call.title}”正在试运行，由{call.office.name}办理。")
    elif actor.office.region_id != town.county_id:
        return refuse(f"{town.name}的代为录入由{town.county.name}领导小组办公室办理。")
    return may_file_in(town, call)


def may_give_up_on_behalf(actor: Actor, application: Application) -> Verdict:
    """The office that entered it, until it is submitted; afterwards it is withdrawn."""
    if application.entered_by_id is None:
        return refuse("该申报由填报单位填报，不是代为录入的。")
    verdict = _fills(actor, application)
    if not verdict.ok:
        return verdict
    if application.revision or not application.filing.live:
        return refuse(f"申报{application.filing.label}，不能撤销代录。已提交的申报请办理撤回。")
    return ALLOWED


def may_grant_sections(actor: Actor, application: Application, post: Post | None = None) -> Verdict:
    """Who fills the application opens sections of it to a contact of its own county."""
    verdict = may_edit_application(actor, application)
    if not verdict.ok or post is None:
        return verdict
    if Can.CONTRIBUTE not in POST_KINDS[post.kind].can:
        return refuse("部分内容只能授权给填报联系人岗位。")
    if post.office.region_id != application.town.county_id:
        return refuse(f"{post.office.name}不在{application.town.county.name}，不能授权。")
    return ALLOWED


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


def term_of(call: Round) -> str:
    """From when to when a round runs, to the minute where it says so."""
    opening, closing = (timezone.localtime(row) for row in (call.opening, call.closing))
    return f" {opening:%Y-%m-%d %H:%M} 至 {closing:%Y-%m-%d %H:%M:%S}"


def may_start_application(actor: Actor, town: Town, call: Round) -> Verdict:
    """The filer of the town, in an open round of a region that contains it."""
    verdict = may_join_round(actor, town, call)
    return _given(actor, town) if verdict.ok else verdict


def may_join_round(
    actor: Actor, town: Town, call: Round, ends: dict[int, datetime] | None = None
) -> Verdict:
    """The part of the rule above that does not ask whose the town is: for lists of one's own.

    ``ends``: the extensions of the round (``ends_of``), where many towns are asked about.
    """
    if not actor.can(Can.FILL):
        return refuse("申报由该专业镇的填报人发起。")
    if call.trial:
        return refuse(f"“{call.title}”正在试运行，尚未开始受理。")
    return may_file_in(town, call, ends)


def may_file_in(town: Town, call: Round, ends: dict[int, datetime] | None = None) -> Verdict:
    """Whether the round takes the town now, whoever writes the application."""
    standing = may_change_town(town)
    if not standing.ok:
        return standing
    if not may_still_file(call, town, ends=ends):
        return refuse(f"“{call.title}”{call.state_label}，申报时间为{term_of(call)}。")
    if call.categories and town.category not in call.categories:
        return refuse(f"“{call.title}”不受理{town.get_category_display()}类专业镇的申报。")
    if town.scope_code not in call.office.region.scope:
        return refuse(f"{town.name}不在{call.office.region.name}范围内，不能参加该批次。")
    return ALLOWED


def may_edit_application(actor: Actor, application: Application) -> Verdict:
    """The filer, or the office that enters it (代录), while it is being filled or was returned."""
    verdict = _fills(actor, application)
    if not verdict.ok:
        return verdict
    if not application.filing.editable:
        return refuse(f"申报{application.filing.label}，不能修改。如需修改，请先退回填报。")
    if application.entered_by_id is not None:
        return may_change_town(application.town)
    return _given(actor, application.town)


def _fills(actor: Actor, application: Application) -> Verdict:
    """Whose hand fills the application: its filer's, or that of the office that enters it."""
    if application.entered_by_id is None:
        if actor.can(Can.FILL):
            return ALLOWED
        return refuse("申报材料由填报人填写，您的岗位不能修改。")
    office = actor.office.pk if actor.office else None
    if office == application.entered_by_id and actor.can(Can.HANDLE):
        return ALLOWED
    return refuse("该申报由领导小组办公室代为录入，您的岗位不能修改。")


def may_edit_section(
    actor: Actor, application: Application, section: Section, name: str = ""
) -> Verdict:
    """Who edits the application, or a contact who was given the section; only what is unlocked.

    After a return only the fields that the office named can change.
    """
    if actor.can(Can.CONTRIBUTE):
        verdict = _may_contribute(actor, application, section.key)
    else:
        verdict = may_edit_application(actor, application)
    if not verdict.ok or not name:
        return verdict
    return may_correct(application, section.path(name))


def may_correct(application: Application, path: str) -> Verdict:
    """Whether a field of the declaration can change now."""
    unlocked = unlocked_paths(application)
    if unlocked is None or path in unlocked:
        return ALLOWED
    return refuse("这一项不在本次补正范围内，不能修改。需要修改的，请联系受理机构。")


def may_read_contribution(actor: Actor, application: Application, section: str) -> Verdict:
    """A contact reads the sections of a grant in force, in every state of the application."""
    held = SectionGrant.objects.in_force(actor, "contribute_application").filter(
        content_object=application
    )
    given = {key for sections in held.values_list("sections", flat=True) for key in sections}
    if section in given:
        return ALLOWED
    return refuse("这一部分没有授权给您填写。如需授权，请联系填报人。")


def _may_contribute(actor: Actor, application: Application, section: str) -> Verdict:
    verdict = may_read_contribution(actor, application, section)
    if not verdict.ok:
        return verdict
    if not application.filing.editable:
        return refuse(f"申报{application.filing.label}，不能修改。")
    return may_change_town(application.town)


def may_hand_over(actor: Actor, application: Application) -> Verdict:
    """The filer hands it to the submitter, while it can still be submitted."""
    verdict = may_edit_application(actor, application)
    return may_still_submit(application) if verdict.ok else verdict


def may_change_request(actor: Actor, application: Application) -> Verdict:
    """Whoever edits the application attaches the stamped request, unless it is locked."""
    verdict = may_edit_application(actor, application)
    return may_correct(application, "request") if verdict.ok else verdict


def may_sign_commitments(actor: Actor, application: Application) -> Verdict:
    """Whoever edits the application promises; after a return anew, whatever was unlocked."""
    return may_edit_application(actor, application)


def may_still_submit(application: Application) -> Verdict:
    """Whether its round, an extension or the grace of an upload lets it still be submitted.

    One that was submitted before is corrected after the round has closed, too.
    """
    call = application.round
    if application.revision or may_still_file(call, application.town, application):
        return ALLOWED
    return refuse(
        f"“{call.title}”{call.state_label}，申报时间为{term_of(call)}。"
        "如有特殊情况，请联系领导小组办公室申请延期。"
    )


def may_send_back_to_filer(actor: Actor, application: Application) -> Verdict:
    """The submitter gives it back before submitting; the filer may take it back too."""
    if application.entered_by_id is not None:
        verdict = _fills(actor, application)
        if not verdict.ok:
            return verdict
    elif not (actor.can(Can.SUBMIT) or actor.can(Can.FILL)):
        return refuse("退回填报由提交人办理。")
    if application.state != "ready":
        return refuse("该申报不在待提交状态。")
    if application.entered_by_id is not None:
        return ALLOWED
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
