"""The way of a case: full walks, return and resubmission, rejection, withdrawal."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from criteria.queries import spec_of
from portal.core import clock
from portal.core.calendar import add_working_days
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import LedgerEntry
from reviews.actions import (
    ask_units,
    assign_experts,
    decide_step,
    give_opinion,
    save_scores,
    submit_application,
    withdraw_application,
)
from reviews.chain import CHAINS
from reviews.models import Case, ScoreSheet, StepRun
from tests import scenario
from tests.factories import World, make_world
from tests.scenario import decide, drive, everything, file, fresh, open_run
from towns.actions import hand_over, save_overview
from towns.constants import Filing
from towns.models import Application, AssessmentRecord, Certification

pytestmark = pytest.mark.django_db
LEVELS = sorted({chain.level for chain in CHAINS.values()})


@pytest.fixture
def world() -> World:
    return make_world()


def chain_of(case: Case) -> list[LedgerEntry]:
    """The case's entries, oldest first."""
    return list(LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}").order_by("seq"))


def last_run(case: Case) -> StepRun:
    """The step started last."""
    return StepRun.objects.filter(case=case).latest("ordinal")


def resubmit(world: World, case: Case, county: str = "puxian") -> Case:
    """Correct the overview, hand over and submit again."""
    filer = world.actor(f"{county}.filer")
    application = Application.objects.get(pk=case.application_id)
    save_overview(
        actor=filer,
        application=application,
        contact="张联系",
        contact_phone="0357-5322000",
        summary="补正后的概述。",
    )
    scenario.complete(world, application)
    application = hand_over(actor=filer, application=application)
    return submit_application(actor=world.actor(f"{county}.submitter"), application=application)


@pytest.mark.parametrize("level", LEVELS)
def test_full_walk(world: World, level: str) -> None:
    case = drive(world, file(world, level))
    runs = list(case.runs.order_by("ordinal"))
    assert [run.step for run in runs] == [step.key for step in case.chain.steps]
    assert [run.ordinal for run in runs] == list(range(1, len(runs) + 1))
    assert all(run.finished_at and run.decided_name and not run.voided for run in runs)
    for run, step in zip(runs, case.chain.steps, strict=True):
        assert run.office.region.kind == step.level
        assert run.outcome == step.outcomes[0]
    assert Certification.objects.get(application=case.application).town_name == case.town_name
    assert Application.objects.get(pk=case.application_id).state == Filing.CERTIFIED
    assert first_broken_link(f"reviews.case:{case.pk}") is None
    verbs = [entry.verb for entry in chain_of(case)]
    assert verbs[0] == "submit_application"
    assert len([verb for verb in verbs if verb.startswith("decide:")]) == len(runs)


def test_terms_come_from_the_round_in_working_days(world: World) -> None:
    case = fresh(file(world, "province"))
    assert case.due_on == add_working_days(clock.today(), 5)
    case.round.step_days = {}
    case.round.save()
    decide(world, case, "accept")
    assert fresh(case).due_on is None


@pytest.mark.parametrize("step", ["county_recommend", "city_review", "unit_opinions", "meeting"])
def test_return_correction_and_resubmission(world: World, step: str) -> None:
    case = drive(world, file(world, "province"), step)
    before = list(case.runs.values_list("pk", flat=True))
    number, first = case.number, AssessmentRecord.objects.get(application=case.application_id)
    if step == "meeting":
        meeting = scenario.convene(world, case)
        item = meeting.items.get()
        scenario.record_meeting(
            actor=world.actor("sx.clerk"),
            meeting=meeting,
            results={item.pk: ("return", "补充产值证明")},
            minutes="退回补正。",
            corrections={item.pk: everything(case)},
        )
    else:
        decide(world, case, "return", "补充产值证明")
    case = fresh(case)
    application = Application.objects.get(pk=case.application_id)
    assert (case.state, case.status_label) == ("returned", "待补正")
    assert (application.state, application.return_reason) == (Filing.RETURNED, "补充产值证明")
    assert not case.runs.filter(voided=False).exists()

    again = fresh(resubmit(world, case))
    assert (again.pk, again.number) == (case.pk, number)
    assert (again.state, again.step) == ("open", again.chain.steps[0].key)
    assert again.office.slug == "puxian"
    assert list(again.runs.filter(voided=True).values_list("pk", flat=True)) == before
    assert open_run(again).ordinal == len(before) + 1
    application.refresh_from_db()
    assert (application.revision, application.return_reason) == (2, "")
    assert application.snapshot["summary"] == "补正后的概述。"
    second = AssessmentRecord.objects.get(application=case.application_id)
    assert (first.revision, second.revision) == (1, 2)
    assert Case.objects.filter(application=application).count() == 1
    assert drive(world, again, "city_review").step == "city_review"


def test_the_same_person_may_recommend_again_after_a_return(world: World) -> None:
    """What was decided before a return is void and does not count against four eyes."""
    case = file(world, "province")
    checker, clerk = world.actor("puxian.checker"), world.actor("puxian.clerk")
    decide_step(actor=checker, case_id=case.pk, run_id=open_run(case).pk, outcome="accept")
    decide_step(
        actor=world.actor("puxian.office_deputy_director"),
        case_id=case.pk,
        run_id=open_run(case).pk,
        outcome="return",
        opinion="补正",
        corrections=everything(case),
    )
    resubmit(world, fresh(case))
    decide_step(actor=clerk, case_id=case.pk, run_id=open_run(case).pk, outcome="accept")
    decided = decide_step(
        actor=checker,
        case_id=case.pk,
        run_id=open_run(case).pk,
        outcome="recommend",
        opinion="同意推荐",
    )
    assert decided.step == "city_review"


@pytest.mark.parametrize("step", ["county_accept", "city_recommend", "province_accept"])
def test_rejection_closes_the_case(world: World, step: str) -> None:
    case = drive(world, file(world, "province"), step)
    decide(world, case, "reject", "不符合申报条件")
    case = fresh(case)
    assert (case.state, case.outcome, case.status_label) == ("closed", "rejected", "未通过")
    assert case.application.state == Filing.REJECTED
    assert last_run(case).opinion == "不符合申报条件"
    with pytest.raises(Stale, match="无需重复办理"):
        decide_step(
            actor=world.actor("puxian.clerk"),
            case_id=case.pk,
            run_id=last_run(case).pk,
            outcome="accept",
        )
    assert entries_for_the_town(case)[-1].audience == "filer"


def entries_for_the_town(case: Case) -> list[LedgerEntry]:
    return [entry for entry in chain_of(case) if entry.audience == "filer"]


@pytest.mark.parametrize(
    "step", [step.key for step in CHAINS["certification_province", 1].steps if step.withdrawable]
)
def test_withdrawal_at_each_step_that_allows_it(world: World, step: str) -> None:
    case = drive(world, file(world, "province", evidence=False), step)
    withdraw_application(
        actor=world.actor("puxian.submitter"), case_id=case.pk, reason="产值数据有误"
    )
    case = fresh(case)
    assert (case.state, case.outcome) == ("closed", "withdrawn")
    assert case.application.state == Filing.WITHDRAWN
    assert last_run(case).get_outcome_display() == "已撤回"
    assert not case.runs.filter(finished_at__isnull=True).exists()


@pytest.mark.parametrize("step", ["meeting", "public_notice", "issue"])
def test_no_withdrawal_from_the_meeting_on(world: World, step: str) -> None:
    case = drive(world, file(world, "county", evidence=False), step)
    with pytest.raises(Refused, match="不能撤回。请联系领导小组办公室"):
        withdraw_application(
            actor=world.actor("puxian.submitter"), case_id=case.pk, reason="不再申报"
        )
    assert fresh(case).state == "open"


def test_a_returned_application_may_be_withdrawn_whatever_step_returned_it(world: World) -> None:
    case = drive(world, file(world, "county"), "meeting")
    meeting = scenario.convene(world, case)
    item = meeting.items.get()
    scenario.record_meeting(
        actor=world.actor("puxian.clerk"),
        meeting=meeting,
        results={item.pk: ("return", "补充材料")},
        minutes="退回。",
        corrections={item.pk: everything(case)},
    )
    withdraw_application(actor=world.actor("puxian.submitter"), case_id=case.pk, reason="不再申报")
    assert fresh(case).outcome == "withdrawn"


def test_a_withdrawn_town_may_apply_again(world: World) -> None:
    case = file(world, "province")
    withdraw_application(actor=world.actor("puxian.submitter"), case_id=case.pk, reason="重报")
    second = file(world, "province")
    assert second.pk != case.pk
    assert second.number != case.number


def test_submitting_twice_makes_one_case(world: World) -> None:
    application = scenario.ready(world, "province")
    submitter = world.actor("puxian.submitter")
    case = submit_application(actor=submitter, application=application)
    with pytest.raises(Stale, match=f"受理编号 {case.number}，无需重复提交"):
        submit_application(actor=submitter, application=application)
    assert Case.objects.count() == 1
    assert StepRun.objects.count() == 1


# --- opinions and scores ------------------------------------------------------------------------


def test_opinions_are_awaited_before_they_are_concluded(world: World) -> None:
    case = drive(world, file(world, "county"), "unit_opinions")
    with pytest.raises(ValidationError, match="请先选择成员单位"):
        decide(world, case, "conclude")
    unit = world.actor("puxian.member")
    assert unit.office is not None
    [opinion] = ask_units(
        actor=world.actor("puxian.clerk"), case_id=case.pk, office_ids=[unit.office.pk]
    )
    with pytest.raises(ValidationError, match="还有单位未答复：蒲县工信局"):
        decide(world, case, "conclude")
    with pytest.raises(ValidationError, match="请写明具体意见"):
        give_opinion(
            actor=unit, case_id=case.pk, opinion_id=opinion.pk, verdict="disagree", text=" "
        )
    with pytest.raises(Stale):
        give_opinion(
            actor=world.actor("puxian.member2"),
            case_id=case.pk,
            opinion_id=opinion.pk,
            verdict="agree",
            text="",
        )
    give_opinion(actor=unit, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text="")
    decide(world, case, "conclude")
    assert fresh(case).step == "expert_scoring"
    with pytest.raises(Stale, match="已不在您的工作范围内"):
        give_opinion(actor=unit, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text="")


def sheet_for(world: World, name: str = "puxian.expert") -> tuple[Case, ScoreSheet]:
    """The county's case at the scoring step, with one expert's sheet."""
    case = drive(world, file(world, "county"), "expert_scoring")
    expert = world.actor(name)
    assert expert.post is not None
    [sheet] = assign_experts(
        actor=world.actor("puxian.clerk"), case_id=case.pk, post_ids=[expert.post.pk]
    )
    return case, sheet


def test_a_draft_keeps_a_reason_without_its_mark(world: World) -> None:
    case, sheet = sheet_for(world)
    expert = world.actor("puxian.expert")
    save_scores(
        actor=expert,
        case_id=case.pk,
        sheet_id=sheet.pk,
        scores={"scale": (None, "待核实产值")},
        comment="",
        submit=False,
    )
    kept = sheet.scores.get()
    assert (kept.criterion, kept.score, kept.reason) == ("scale", None, "待核实产值")
    with pytest.raises(ValidationError, match="还有 1 位专家未提交评分"):
        decide(world, case, "conclude")


def test_a_submitted_sheet_stays_whole(world: World) -> None:
    """Saving a submitted sheet as a draft may not leave it submitted with marks missing."""
    case, sheet = sheet_for(world)
    expert = world.actor("puxian.expert")
    keys = [row.key for row in spec_of(case.application.criteria_set).criteria]
    full: dict[str, tuple[Decimal | None, str]] = {key: (Decimal("7.5"), "符合") for key in keys}

    def save(scores: dict[str, tuple[Decimal | None, str]], submit: bool) -> ScoreSheet:
        return save_scores(
            actor=expert,
            case_id=case.pk,
            sheet_id=sheet.pk,
            scores=scores,
            comment="",
            submit=submit,
        )

    with pytest.raises(ValidationError) as refused:
        save(full | {keys[0]: (Decimal(11), "超出")}, True)
    assert refused.value.message_dict == {f"score_{keys[0]}": ["评分应在 0 到 10 之间。"]}
    save(full, True)
    with pytest.raises(ValidationError) as refused:
        save({keys[0]: full[keys[0]]}, False)
    assert f"score_{keys[1]}" in refused.value.message_dict
    sheet.refresh_from_db()
    assert sheet.submitted_at is not None
    assert sheet.scores.count() == len(keys)
    decide(world, case, "conclude")
    with pytest.raises(Stale, match="已不在您的工作范围内"):
        save(full, True)
