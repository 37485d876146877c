"""Extending the term of a step (延长办理期限) or of a unit's answer: recorded, with its reason."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.calendar import add_working_days
from portal.core.constants import UNSTATED
from portal.core.errors import Stale, require
from portal.core.formatting import cn_date, iso_date
from portal.core.ledger import record
from portal.core.merging import Changed
from portal.core.models import hold_in_scope
from reviews.actions.moving import lock_case, open_run
from reviews.models import Case, UnitOpinion
from reviews.term_policies import may_extend, may_extend_opinion

LONGEST_DAYS, LONGEST_REASON = 60, 200


@transaction.atomic
def extend_term(
    *, actor: Actor, case_id: int, run_id: int, due_on: date | None, days: int, reason: str
) -> Case:
    """Move the end of the open step's term by some working days.

    ``run_id`` and ``due_on``: the step the form was opened for and the day it showed; Stale when
    the case has moved on or the term has been moved, so that sent twice it is one extension.
    """
    case = lock_case(actor, case_id)
    require(may_extend(actor, case))
    run = open_run(case, run_id, reader=actor)
    if case.due_on is not None and case.due_on != due_on:
        raise Changed(f"办理期限已改为{cn_date(case.due_on)}，本次没有再延长。")
    reason = reason.strip()
    errors = _wrong(days, reason)
    if case.due_on is None:
        errors["days"] = f"“{case.current.name}”的办理时限{UNSTATED}，没有可以延长的期限。"
    if errors or case.due_on is None:
        raise ValidationError(errors)
    before = case.due_on
    case.due_on = run.due_on = add_working_days(before, days)
    case.save(update_fields=["due_on"])
    run.save(update_fields=["due_on"])
    hold_in_scope(case, actor)
    record(
        actor,
        "extend_term",
        case,
        f"{case.current.name}：办理期限延长 {days} 个工作日，至 {iso_date(case.due_on)}。"
        f"理由：{reason}",
        data={"run": run.pk, "days": days, "reason": reason},
        before={"due_on": before},
        after={"due_on": case.due_on},
        scope_code=case.scope_code,
    )
    return case


@transaction.atomic
def extend_opinion(
    *, actor: Actor, case_id: int, opinion_id: int, due_on: date | None, days: int, reason: str
) -> UnitOpinion:
    """Move the limit of a unit's answer by some working days; the unit is told.

    ``due_on``: the limit that the form showed; Stale when it has been moved since.
    """
    case = lock_case(actor, case_id)
    rows = UnitOpinion.objects.select_related("run", "office").filter(case=case, pk=opinion_id)
    opinion = rows.first()
    if opinion is None:
        raise Stale("没有征求过这项意见。")
    require(may_extend_opinion(actor, case, opinion))
    assert opinion.due_on is not None, "asked of the policy before"
    if opinion.due_on != due_on:
        raise Changed(f"答复期限已改为{cn_date(opinion.due_on)}，本次没有再延长。")
    reason = reason.strip()
    if errors := _wrong(days, reason):
        raise ValidationError(errors)
    before = opinion.due_on
    opinion.due_on = add_working_days(before, days)
    opinion.save(update_fields=["due_on"])
    hold_in_scope(case, actor)
    until = cn_date(opinion.due_on)
    record(
        actor,
        "extend_opinion",
        case,
        f"{opinion.organ}会审意见的答复期限延长 {days} 个工作日，至 {iso_date(opinion.due_on)}。"
        f"理由：{reason}",
        data={"opinion": opinion.pk, "days": days, "reason": reason},
        before={"due_on": before},
        after={"due_on": opinion.due_on},
        scope_code=case.scope_code,
    )
    tell(
        [opinion.office_id],
        kind="consultation",
        key=f"consultation-extended:{opinion.pk}:{iso_date(opinion.due_on)}",
        title=f"对{case.town_name}的会审意见，答复期限延长至{until}",
        text=f"{case.office.name}延长了答复期限，原期限 {cn_date(before)}。",
        url_name="opinion",
        url_args=[case.pk, opinion.pk],
    )
    return opinion


def _wrong(days: int, reason: str) -> dict[str, str]:
    """What cannot be taken of an extension, beside its field."""
    errors = {}
    if not 0 < days <= LONGEST_DAYS:
        errors["days"] = f"延长 1 至 {LONGEST_DAYS} 个工作日。"
    if not reason or len(reason) > LONGEST_REASON:
        errors["reason"] = f"请填写延长的理由，最多 {LONGEST_REASON} 字。"
    return errors
