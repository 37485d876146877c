"""Who may do what to towns, rounds and applications: which rule refuses, and what next."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.models import Application, Round, Town


def may_maintain_town(actor: Actor, town: Town) -> Verdict:
    """Figures, enterprises and services are kept by the filer of the town."""
    if not actor.can(Can.FILL):
        return refuse("年度数据和企业名单由该专业镇的填报人维护。")
    return ALLOWED


def may_start_application(actor: Actor, town: Town, call: Round) -> Verdict:
    """The filer of the town, in an open round of a region that contains it."""
    if not actor.can(Can.FILL):
        return refuse("申报由该专业镇的填报人发起。")
    if not call.is_open:
        return refuse(
            f"“{call.title}”{call.state_label},申报时间为 {call.opens_on} 至 {call.closes_on}。"
        )
    if town.scope_code not in call.office.region.scope:
        return refuse(f"{town.name}不在{call.office.region.name}范围内,不能参加该批次。")
    return ALLOWED


def may_edit_application(actor: Actor, application: Application) -> Verdict:
    """The filer, while the application is being filled or has been returned."""
    if not actor.can(Can.FILL):
        return refuse("申报材料由填报人填写,您的岗位不能修改。")
    if not application.filing.editable:
        return refuse(f"申报{application.filing.label},不能修改。如需修改,请先退回填报。")
    return ALLOWED


def may_hand_over(actor: Actor, application: Application) -> Verdict:
    """The filer hands the finished application to the submitter."""
    return may_edit_application(actor, application)


def may_send_back_to_filer(actor: Actor, application: Application) -> Verdict:
    """The submitter gives it back before submitting; the filer may take it back too."""
    if not (actor.can(Can.SUBMIT) or actor.can(Can.FILL)):
        return refuse("退回填报由提交人办理。")
    if application.state != "ready":
        return refuse("该申报不在待提交状态。")
    return ALLOWED


def may_open_round(actor: Actor) -> Verdict:
    """A leading-group office opens rounds for its own region."""
    if not actor.can(Can.OPEN_ROUND) or actor.level is None:
        return refuse("申报批次由领导小组办公室设立。")
    return ALLOWED
