"""The clock of a step (办理期限): standing still while the town is asked, and going on again.

The caller holds the lock of the case.
"""

from __future__ import annotations

from portal.core import clock
from portal.core.actions.notifications import Notice, tell_all
from portal.core.calendar import add_working_days, working_days_between
from reviews.inquiry_queries import answering
from reviews.models import Case, Inquiry, StepRun

KIND = "inquiry"
RUN_ENDED = "环节已办结，不再等待答复"


def pause_term(case: Case) -> None:
    """The term stands still from today on."""
    case.paused_on = clock.today()
    case.save(update_fields=["paused_on"])


def resume_term(case: Case, run: StepRun) -> int:
    """The term goes on: its end moves by the working days waited, which are returned."""
    if case.paused_on is None:
        return 0
    waited = working_days_between(case.paused_on, clock.today())
    case.paused_on = None
    if case.due_on is not None and waited > 0:
        case.due_on = add_working_days(case.due_on, waited)
        run.due_on = case.due_on
        run.save(update_fields=["due_on"])
    case.save(update_fields=["paused_on", "due_on"])
    return waited


def end_inquiries(run: StepRun) -> None:
    """A finished step waits for nothing, which the town is told.

    Its own term counts the days it stood still.
    """
    waiting = Inquiry.objects.filter(run=run, answered_at__isnull=True, closed_at__isnull=True)
    ended = list(waiting.select_related("case__application", "office"))
    if not ended:
        return
    waiting.update(closed_at=clock.now(), closed_reason=RUN_ENDED)
    tell_all(_ended(row) for row in ended)
    paused_on = Case.objects.values_list("paused_on", flat=True).get(pk=run.case_id)
    if paused_on is not None and run.due_on is not None:
        waited = working_days_between(paused_on, clock.today())
        run.due_on = add_working_days(run.due_on, waited)


def _ended(inquiry: Inquiry) -> Notice:
    case = inquiry.case
    return Notice(
        answering(case),
        KIND,
        f"{KIND}-closed:{inquiry.pk}",
        f"不再需要补充说明：{case.town_name}",
        f"有关环节已办结，{inquiry.organ}不再等待补充说明的答复，受理编号 {case.number}。",
        "inquiry",
        [case.pk, inquiry.pk],
    )
