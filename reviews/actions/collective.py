"""Meetings and public notices: one object, one row per case, every case's run points at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import add_working_days
from portal.core.constants import Can
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from reviews.actions.moving import Corrections, lock_cases, move_case, open_run, term_of
from reviews.chain import OUTCOMES, Mode, Move
from reviews.models import Case, Meeting, MeetingItem, PublicNotice, PublicNoticeItem
from reviews.policies import may_close_notice, may_collect, may_record_meeting, may_take_step
from towns.actions.correcting import NOTHING_ASKED
from towns.assessing import assess_applications
from towns.models import RelaxationRequest

NOTHING: Mapping[int, Corrections] = MappingProxyType({})


def _collect(actor: Actor, case_ids: list[int], mode: Mode) -> list[Case]:
    cases = lock_cases(actor, case_ids)
    for case in cases:
        require(may_take_step(actor, case, case.current))
        if case.current.mode != mode:
            raise Stale(f"{case.town_name}当前在“{case.current.name}”环节，请刷新后重新选择。")
    return cases


def _check_results(
    items: Mapping[int, MeetingItem] | Mapping[int, PublicNoticeItem],
    results: Mapping[int, tuple[str, str]],
    choose: str,
    explain: str,
    corrections: Mapping[int, Corrections] = NOTHING,
) -> None:
    """Every item has an outcome its step knows, and a reason where the outcome asks for one.

    One that is returned names what is to be corrected.
    """
    errors: dict[str, str] = {}
    for pk, item in items.items():
        result, opinion = results.get(pk, ("", ""))
        if result not in item.case.current.outcomes:
            errors[f"result_{pk}"] = f"{item.case.town_name}：{choose}"
        elif OUTCOMES[result].needs_reason and not opinion.strip():
            label = OUTCOMES[result].label
            errors[f"opinion_{pk}"] = f"{item.case.town_name}：选择“{label}”时，{explain}"
        elif OUTCOMES[result].move == Move.RETURN and not (
            pk in corrections and corrections[pk].items
        ):
            errors[f"corrections_{pk}"] = f"{item.case.town_name}：{NOTHING_ASKED}"
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def convene_meeting(
    *,
    actor: Actor,
    case_ids: list[int],
    title: str,
    held_on: date,
    place: str = "",
    chair: str = "",
    attendees: str = "",
) -> Meeting:
    """Put the chosen cases on the agenda of a new meeting."""
    require(may_collect(actor, Mode.MEETING, Can.CONVENE))
    cases = _collect(actor, case_ids, Mode.MEETING)
    assert actor.office is not None and actor.user is not None
    busy = MeetingItem.objects.filter(case__in=cases, decided=False).select_related("meeting")
    for item in busy:
        raise ValidationError({"cases": f"部分办件已列入“{item.meeting.title}”。"})
    meeting = Meeting.objects.create(
        office=actor.office,
        title=title,
        held_on=held_on,
        place=place,
        chair=chair,
        attendees=attendees,
        created_at=clock.now(),
        created_by=actor.user,
        created_name=actor.name,
    )
    MeetingItem.objects.bulk_create(MeetingItem(meeting=meeting, case=case) for case in cases)
    hold_in_scope(meeting, actor)
    for case in cases:
        record(
            actor,
            "convene_meeting",
            case,
            f"列入“{title}”审议",
            data={"meeting": meeting.pk},
            scope_code=case.scope_code,
        )
    return meeting


@transaction.atomic
def record_meeting(
    *,
    actor: Actor,
    meeting: Meeting,
    results: Mapping[int, tuple[str, str]],
    minutes: str,
    corrections: Mapping[int, Corrections] | None = None,
) -> Meeting:
    """Enter the meeting's results: item id -> (result, opinion); every case moves with it.

    ``corrections``: item id -> what is asked of a case that is returned.

    A case approved with a requested relaxation has it granted: the decision of 晋政办发〔2022〕80号
    二(四) is the meeting's, recorded with its opinion.
    """
    meeting = (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("office__region")
        .get(pk=meeting.pk)
    )
    require(may_record_meeting(actor, meeting))
    if meeting.state == "recorded":
        raise Stale("该会议结果已录入，无需重复录入。")
    items = {item.pk: item for item in meeting.items.select_related("case")}
    _check_results(items, results, "请选择审定结果。", "请填写审定意见。", corrections or {})
    cases = {case.pk: case for case in lock_cases(actor, [i.case_id for i in items.values()])}
    relaxed: list[int] = []
    for item in sorted(items.values(), key=lambda item: item.case_id):
        result, opinion = results[item.pk]
        item.result, item.opinion, item.decided = result, opinion.strip(), True
        item.save(update_fields=["result", "opinion", "decided"])
        case = cases[item.case_id]
        run = open_run(case, reader=actor)
        require(may_take_step(actor, case, case.current))
        if result == "approve":
            asked = RelaxationRequest.objects.filter(application=case.application_id)
            if asked.update(granted=True):
                relaxed.append(case.application_id)
        wanted = (corrections or {}).get(item.pk)
        move_case(case, run, actor, OUTCOMES[result], opinion, corrections=wanted, meeting=meeting)
    assess_applications(relaxed)
    meeting.state, meeting.minutes, meeting.recorded_at = "recorded", minutes, clock.now()
    meeting.save(update_fields=["state", "minutes", "recorded_at"])
    hold_in_scope(meeting, actor)
    record(
        actor,
        "record_meeting",
        meeting,
        f"录入会议结果“{meeting.title}”",
        data={"minutes": minutes, "results": {pk: results[pk][0] for pk in sorted(items)}},
        scope_code=meeting.office.region.code,
    )
    return meeting


@transaction.atomic
def publish_notice(
    *,
    actor: Actor,
    case_ids: list[int],
    title: str,
    body: str,
    starts_on: date,
    working_days: int,
    first_day_counts: bool,
    contact: str,
    phone: str,
    address: str = "",
) -> PublicNotice:
    """Publish the chosen towns; the window is counted in working days from the calendar.

    The window is no term: the notice cannot be closed while it runs. The term of the step (the
    round's own) begins anew when the window has ended, so that nothing is late on the first day
    on which it can be closed; where the round set none there is none (未载明).
    """
    require(may_collect(actor, Mode.NOTICE, Can.PUBLISH))
    cases = _collect(actor, case_ids, Mode.NOTICE)
    assert actor.office is not None and actor.user is not None
    if working_days < 1:
        raise ValidationError({"working_days": "公示工作日至少为 1 天。"})
    if starts_on < clock.today():
        raise ValidationError({"starts_on": "公示开始日期不能早于今天。"})
    if PublicNoticeItem.objects.filter(case__in=cases, decided=False).exists():
        raise ValidationError({"cases": "部分办件正在另一公示中，请刷新后重新选择。"})
    notice = PublicNotice.objects.create(
        office=actor.office,
        title=title,
        body=body,
        starts_on=starts_on,
        working_days=working_days,
        first_day_counts=first_day_counts,
        ends_on=add_working_days(starts_on, working_days, first_day_counts=first_day_counts),
        contact=contact,
        phone=phone,
        address=address,
        created_at=clock.now(),
        created_by=actor.user,
        created_name=actor.name,
        office_name=actor.office.name,
    )
    PublicNoticeItem.objects.bulk_create(
        PublicNoticeItem(notice=notice, case=case) for case in cases
    )
    for case in cases:
        run, days = open_run(case, reader=actor), term_of(case, case.current)
        case.due_on = run.due_on = add_working_days(notice.ends_on, days) if days else None
        case.save(update_fields=["due_on"])
        run.save(update_fields=["due_on"])
        hold_in_scope(case, actor)
        record(
            actor,
            "publish_notice",
            case,
            f"公示 {notice.starts_on} 至 {notice.ends_on}",
            data={"notice": notice.pk, "ends_on": str(notice.ends_on)},
            scope_code=case.scope_code,
            audience="filer",
        )
    return notice


@transaction.atomic
def close_notice(
    *, actor: Actor, notice: PublicNotice, results: Mapping[int, tuple[str, str]]
) -> PublicNotice:
    """After the window: item id -> (``clear`` or ``reject``, opinion); cleared ones go to issue."""
    notice = (
        PublicNotice.objects.select_for_update(of=("self",))
        .select_related("office")
        .get(pk=notice.pk)
    )
    if notice.state == "closed":
        raise Stale("该公示已办结，无需重复办理。")
    require(may_close_notice(actor, notice))
    items = {item.pk: item for item in notice.items.select_related("case")}
    _check_results(items, results, "请选择公示结果。", "请写明核实情况。")
    cases = {case.pk: case for case in lock_cases(actor, [i.case_id for i in items.values()])}
    for item in sorted(items.values(), key=lambda item: item.case_id):
        result, opinion = results[item.pk]
        item.result, item.opinion, item.decided = result, opinion.strip(), True
        item.save(update_fields=["result", "opinion", "decided"])
        case = cases[item.case_id]
        run = open_run(case, reader=actor)
        require(may_take_step(actor, case, case.current))
        move_case(case, run, actor, OUTCOMES[result], opinion, notice=notice)
    notice.state, notice.closed_at = "closed", clock.now()
    notice.save(update_fields=["state", "closed_at"])
    return notice
