"""Stored assessments: of what was frozen, in few queries, the same for one and for many."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from criteria.assessment import CriterionVerdict, Finding, Origin
from criteria.constants import Outcome, Status
from criteria.queries import spec_of
from criteria.stored import from_json
from portal.core import clock, jobs
from portal.core.constants import JobState
from portal.core.errors import Refused
from portal.core.models import Job, LedgerEntry
from reviews.actions import submit_application
from reviews.models import Case
from tests import scenario
from tests.factories import World, multiply
from towns.actions import assess_round, request_relaxation
from towns.assessing import assess_applications
from towns.models import Application, AssessmentRecord, Round, TownFigure, TownYear
from towns.queries import declaration_of, verdicts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def woken() -> Iterator[list[int]]:
    """The jobs for which a worker was woken."""
    before, found = list(jobs._waker), list[int]()
    jobs.set_waker(lambda job_id: found.append(job_id))
    yield found
    jobs._waker[:] = before


def stored(application_id: int) -> tuple[CriterionVerdict, ...]:
    row = AssessmentRecord.objects.select_related("criteria_set").get(application=application_id)
    return from_json(spec_of(row.criteria_set), row.verdicts)


def findings(verdicts: tuple[CriterionVerdict, ...]) -> dict[str, Finding]:
    return {row.condition: row for verdict in verdicts for row in verdict.findings}


def floor_of(finding: Finding) -> Decimal | None:
    return finding.spec.relaxation.floor if finding.spec.relaxation else None


def lowered(world: World) -> tuple[Application, str]:
    """A draft whose figure lies between threshold and floor of a condition that may be relaxed."""
    application = scenario.draft(world, "province")
    finding = next(
        row for row in findings(verdicts_of(application)).values() if floor_of(row) is not None
    )
    TownFigure.objects.filter(
        town=application.town,
        year=application.round.figures_year,
        indicator__key=finding.indicator,
    ).update(value=floor_of(finding))
    return Application.objects.get(pk=application.pk), finding.condition


def hand_in(world: World, application: Application) -> Case:
    county = world.county_of("province")
    whole = scenario.complete(world, application)
    ready = scenario.hand_over(actor=world.actor(f"{county}.filer"), application=whole)
    return submit_application(actor=world.actor(f"{county}.submitter"), application=ready)


# --- what is stored -----------------------------------------------------------------------------


def test_every_value_keeps_its_year_and_source(world: World) -> None:
    application = scenario.draft(world, "province")
    year = application.round.figures_year
    TownYear.objects.update_or_create(
        town=application.town, year=year, defaults={"state": "confirmed"}
    )
    live = findings(verdicts_of(application))
    assert live["output_agriculture_light_craft"].origin == Origin(year, "confirmed")
    assert {row.origin for row in live.values()} == {
        Origin(year, "confirmed"),
        Origin(None, "computed"),
    }
    declared = declaration_of(application, world.actor("puxian.filer"))
    assert findings(declared.verdicts) == live
    TownYear.objects.filter(town=application.town, year=year).update(state="corrected")
    case = hand_in(world, application)
    TownYear.objects.filter(town=application.town, year=year).update(state="confirmed")
    kept = findings(stored(case.application_id))
    assert kept["output_agriculture_light_craft"].origin == Origin(year, "reported")
    assess_applications([case.application_id])
    assert findings(stored(case.application_id)) == kept


def test_what_was_frozen_without_sources_says_so(world: World) -> None:
    case = scenario.file(world, "province")
    application = Application.objects.get(pk=case.application_id)
    del application.snapshot["origins"]
    application.save()
    assert assess_applications([application.pk]) == (1, 1)
    origins = {row.origin for row in findings(stored(application.pk)).values()}
    assert origins == {Origin(application.round.figures_year, "declared")}


def test_figures_of_today_change_nothing_and_an_unchanged_result_is_left_alone(
    world: World,
) -> None:
    case = scenario.file(world, "province")
    before = AssessmentRecord.objects.values().get(application=case.application_id)
    assert before["outcome"] == Outcome.TO_JUDGE
    TownFigure.objects.filter(town=case.application.town).update(value=1)
    assert assess_applications([case.application_id]) == (1, 0)
    assert AssessmentRecord.objects.values().get(application=case.application_id) == before


def test_a_draft_has_nothing_to_assess(world: World) -> None:
    application = scenario.draft(world, "province")
    assert assess_applications([application.pk, 10**9]) == (0, 0)
    assert not AssessmentRecord.objects.exists()


def test_only_the_meeting_relaxes_and_the_stored_row_shows_it(world: World) -> None:
    application, condition = lowered(world)
    request_relaxation(
        actor=world.actor("puxian.filer"),
        application=application,
        condition=condition,
        reason="龙头企业带动明显",
    )
    case = hand_in(world, application)
    assert findings(stored(application.pk))[condition].status == Status.MAY_RELAX
    row = AssessmentRecord.objects.get(application=application)
    assert row.outcome == Outcome.CONDITIONAL
    case = scenario.drive(world, case, "meeting")
    assert assess_applications([application.pk]) == (1, 0), "asking relaxes nothing"
    scenario.advance(world, case)
    assert findings(stored(application.pk))[condition].status == Status.RELAXED
    again = AssessmentRecord.objects.get(application=application)
    assert (again.pk, again.outcome) == (row.pk, Outcome.TO_JUDGE)
    by_status = [row.status for row in stored(application.pk)]
    assert (again.met, again.not_met) == (by_status.count(Status.MET), 0)
    assert Status.MAY_RELAX not in by_status


def test_a_granted_relaxation_is_void_once_it_is_submitted_again(world: World) -> None:
    application, condition = lowered(world)
    request_relaxation(
        actor=world.actor("puxian.filer"),
        application=application,
        condition=condition,
        reason="龙头企业带动明显",
    )
    case = scenario.drive(world, hand_in(world, application), "city_review")
    application.relaxations.update(granted=True)
    scenario.decide(world, case, "return", "补充产值证明")
    hand_in(world, Application.objects.get(pk=application.pk))
    assert application.relaxations.get().granted is None
    assert findings(stored(application.pk))[condition].status == Status.MAY_RELAX


# --- many ---------------------------------------------------------------------------------------


def many(world: World, count: int) -> list[int]:
    """Submitted applications whose frozen values, statements and relaxations are of all kinds."""
    chance = random.Random(7)
    application = Application.objects.get(pk=scenario.file(world, "province").application_id)
    conditions = list(findings(stored(application.pk)))
    towns = multiply(application.town, count, name="'副本' || n")
    range_of = multiply(application, count, town_id=f"{towns.start - 1} + n", number="'COPY-' || n")
    rows = list(Application.objects.filter(pk__in=range_of))
    for row in rows:
        snapshot: dict[str, Any] = row.snapshot
        for key in list(snapshot["values"]):
            if chance.random() < 0.2:
                del snapshot["values"][key]
            elif chance.random() < 0.5:
                value = Decimal(snapshot["values"][key]) * chance.randrange(25) / 10
                snapshot["values"][key] = str(value.quantize(Decimal("0.01")))
        for key in list(snapshot["answers"]):
            if chance.random() < 0.3:
                snapshot["answers"][key] = chance.choice(["", "  ", "另述\t“引号”\\n"])
        if chance.random() < 0.3:
            row.relaxations.create(
                condition=chance.choice(conditions), reason="理由", granted=chance.random() < 0.5
            )
    Application.objects.bulk_update(rows, ["snapshot"])
    return sorted(row.pk for row in rows)


def test_many_at_once_are_stored_as_one_by_one(world: World) -> None:
    ids = many(world, 60)
    assert assess_applications(ids) == (60, 60)
    fields = [field.name for field in AssessmentRecord._meta.fields if field.name != "computed_at"]
    rows = list(AssessmentRecord.objects.filter(application__in=ids).order_by("pk").values(*fields))
    assert len({str(row["verdicts"]) for row in rows}) > 40
    assert len({row["outcome"] for row in rows}) >= 3
    for pk in ids:
        assert assess_applications([pk]) == (1, 0), "one alone gives what the batch gave"
    AssessmentRecord.objects.filter(application__in=ids).update(met=0, outcome="")
    AssessmentRecord.objects.filter(application__in=ids[:20]).delete()
    assert assess_applications(ids) == (60, 60), "new rows and changed rows in one batch"
    for pk in ids:
        assert assess_applications([pk]) == (1, 0)


def test_queries_of_a_batch_do_not_grow(world: World) -> None:
    ids = many(world, 30)
    counts = []
    for some in (ids[:2], ids):
        with CaptureQueriesContext(connection) as seen:
            assess_applications(some)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 20, counts


# --- the round's button and its job -------------------------------------------------------------


def test_the_office_that_opened_the_round_has_it_assessed(
    world: World, woken: list[int], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    ids = many(world, 3)
    call = world.rounds["province"]
    clerk = world.actor("sx.clerk")
    with django_capture_on_commit_callbacks(execute=True):
        job = assess_round(actor=clerk, call=call)
        assert assess_round(actor=clerk, call=call).pk == job.pk, "one at a time"
    assert set(woken) == {job.pk}
    assert LedgerEntry.objects.filter(verb="assess_round").count() == 1
    assert jobs.run(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert job.result == {"applications": 4, "assessed": 4, "changed": 3}
    assert AssessmentRecord.objects.filter(application__in=ids).count() == 3
    second = assess_round(actor=clerk, call=call)
    assert second.pk != job.pk
    assert jobs.run(second.pk) == JobState.DONE
    second.refresh_from_db()
    assert second.result["changed"] == 0


@pytest.mark.parametrize("name", ["puxian.clerk", "puxian.filer", "sx.leader"])
def test_nobody_else_has_it_assessed(world: World, name: str) -> None:
    scenario.file(world, "province")
    with pytest.raises((Refused, Round.DoesNotExist)):
        assess_round(actor=world.actor(name), call=world.rounds["province"])
    assert not Job.objects.filter(kind="towns.assess_round").exists()


def test_a_round_without_submitted_applications_says_so(world: World) -> None:
    with pytest.raises(ValidationError, match="还没有已提交的申报"):
        assess_round(actor=world.actor("sx.clerk"), call=world.rounds["province"])


def test_a_job_goes_on_where_a_killed_worker_stopped(world: World) -> None:
    ids = many(world, 5)
    job = assess_round(actor=world.actor("sx.clerk"), call=world.rounds["province"])
    AssessmentRecord.objects.all().delete()
    # What a worker leaves that was killed after four of six: the lease runs out, the work is there.
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING,
        attempts=1,
        progress_done=4,
        progress_total=6,
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    assert jobs.run(job.pk) == JobState.DONE
    job.refresh_from_db()
    assert (job.attempts, job.progress_done, job.progress_total) == (2, 6, 6)
    assert job.result == {"applications": 6, "assessed": 2, "changed": 2}
    assert set(AssessmentRecord.objects.values_list("application_id", flat=True)) == {*ids[-2:]}


def test_the_round_page_explains_and_offers_it_to_its_office_only(world: World, browse) -> None:
    call = world.rounds["province"]
    clerk = browse("sx.clerk")
    page = clerk.get("round", call.pk).text
    assert "重新评定本批次" in page and "只有经会议同意的放宽会改变评定结果" in page
    assert "重新评定本批次" not in browse("puxian.clerk").get("round", call.pk).text
    answer = clerk.client.get(clerk.post("round-assess", call.pk).url)
    assert "还没有已提交的申报" in answer.text
    scenario.file(world, "province")
    answer = clerk.client.get(clerk.post("round-assess", call.pk).url)
    assert f"重新评定：{call.title}" in answer.text
    made = Job.objects.get(kind="towns.assess_round").created_at
    assert timezone.localdate(made) == clock.today()
