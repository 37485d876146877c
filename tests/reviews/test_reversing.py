"""Taking a decision back: new rows, only by who decided, only while nothing was built on it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actions.documents import draft_on, issue_document
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Notification
from portal.core.web import office_url
from reviews.actions import (
    assign_experts,
    cancel_visit,
    claim_case,
    confirm_shortlist,
    decide_step,
    draft_recommendation,
    plan_visit,
    promote_reserve,
    reverse_step,
    withdraw_application,
)
from reviews.actions.reversing import last_decision
from reviews.actions.visits import Terms
from reviews.models import Case, ShortlistItem, StepRun
from reviews.policies import may_reverse
from reviews.recommendations import default_texts
from reviews.shortlist_queries import board_of
from reviews.tables.cases import decided_rows
from tests import scenario
from tests.factories import World, client_of, grant_town, make_town, make_world
from tests.reviews.asking import followed, get, post, text
from tests.scenario import decide, drive, file, fresh, open_run, ready_to_issue
from tests.shortlist_world import CITY, give_places, save, waiting_cases
from towns.constants import Filing
from towns.models import Town

pytestmark = pytest.mark.django_db

REASON = "受理有误，需重新核对。"


@pytest.fixture
def world() -> World:
    return make_world()


def decided(case: Case) -> StepRun:
    run = last_decision(case)
    assert run is not None
    return run


def test_a_decision_is_taken_back_by_new_rows(world: World) -> None:
    case = drive(world, file(world, "province"), "county_recommend")
    clerk, first = world.actor("puxian.clerk"), decided(case)
    page = text(get(clerk, "case", case.pk))
    assert "撤销“县级受理”的办理结果" in page
    assert "撤销“县级受理”的办理结果" not in text(get(world.actor("linfen.clerk"), "case", case.pk))
    answer = post(clerk, "case-reverse", case.pk, run=first.pk, reason=" ")
    assert answer.status_code == 422
    assert "请填写撤销的理由" in text(answer)
    page = followed(clerk, "case-reverse", case.pk, run=first.pk, reason=REASON)
    assert "已撤销“县级受理”的办理结果" in page
    assert "（已撤销）" in page
    case = fresh(case)
    assert (case.state, case.step) == ("open", "county_accept")
    rows = [(run.step, run.outcome, run.voided) for run in case.runs.order_by("ordinal")]
    assert rows == [
        ("county_accept", "accept", True),
        ("county_recommend", "reverse", True),
        ("county_accept", "", False),
    ]
    # The page names the step that was taken back, not the one that stood open.
    latest = decided_rows(case, list(case.runs.order_by("ordinal")), clerk)[0]
    assert latest["action"] == "县级受理" and "撤销" in latest["word"]
    old = case.runs.get(pk=first.pk)
    assert (old.decided_name, old.opinion) == (first.decided_name, first.opinion)
    entry = LedgerEntry.objects.filter(verb="reverse_step").get()
    assert REASON in entry.summary or REASON in str(entry.payload)
    with pytest.raises(Stale):
        reverse_step(actor=clerk, case_id=case.pk, run_id=first.pk, reason=REASON)
    scenario.drive(world, case, "city_review")
    assert fresh(case).step == "city_review"


def test_a_recommendation_that_is_taken_back_gives_its_place_free(world: World) -> None:
    call, first = world.rounds["province"], file(world, "province", "puxian", evidence=False)
    town = make_town(world.offices["puxian"].region, "蒲县第二专业镇")
    for kind in ("filer", "submitter"):
        grant_town(world.actor(f"puxian.{kind}"), town)
    world.towns["puxian"] = town
    second = file(world, "province", "puxian", evidence=False)
    give_places(world, 1, "puxian")
    first = decide(world, decide(world, first, "accept"), "recommend")
    second = decide(world, second, "accept")
    with pytest.raises(ValidationError, match="推荐名额为 1 个"):
        decide(world, second, "recommend")
    checker = world.actor("puxian.checker")
    reverse_step(actor=checker, case_id=first.pk, run_id=decided(first).pk, reason=REASON)
    assert fresh(decide(world, second, "recommend")).step == "city_review"
    with pytest.raises(ValidationError, match="推荐名额为 1 个"):
        decide(world, first, "recommend")
    assert call.quotas.get().places == 1


def test_it_ends_when_the_next_step_has_begun(world: World) -> None:
    case = drive(world, file(world, "county"), "expert_scoring")
    clerk, expert = world.actor("puxian.clerk"), world.actor("puxian.expert")
    run = decided(case)
    assert may_reverse(clerk, case, run).ok
    assert not may_reverse(world.actor("puxian.filer"), case, run).ok
    assert expert.post is not None
    assign_experts(actor=clerk, case_id=case.pk, post_ids=[expert.post.pk])
    verdict = may_reverse(clerk, case, run)
    assert verdict.reason == "“专家评分”已经开始办理，不能撤销。"
    with pytest.raises(Refused, match="已经开始办理"):
        reverse_step(actor=clerk, case_id=case.pk, run_id=run.pk, reason=REASON)
    answer = get(clerk, "case-reverse", case.pk)
    assert answer.status_code == 403


def test_the_office_above_is_told_and_its_own_are_its_own(world: World) -> None:
    case = drive(world, file(world, "province"), "city_review")
    county, run = world.actor("puxian.checker"), decided(case)
    assert not may_reverse(world.actor("linfen.clerk"), case, run).ok
    with pytest.raises(ValidationError, match="理由"):
        reverse_step(actor=county, case_id=case.pk, run_id=run.pk, reason="")
    reverse_step(actor=county, case_id=case.pk, run_id=run.pk, reason=REASON)
    assert fresh(case).office.slug == "puxian"
    told = Notification.objects.get(key=f"reversed:{run.pk}")
    assert told.office.slug == "linfen"
    assert REASON not in told.title + told.text


def test_a_rejection_is_taken_back_with_its_place(world: World) -> None:
    case = drive(world, file(world, "province"), "province_accept")
    item = ShortlistItem.objects.get(case=case)
    assert item.standing == "recommended"
    decide(world, case, "reject", "不符合条件。")
    case = fresh(case)
    assert (case.state, case.application.state) == ("closed", Filing.REJECTED)
    item.refresh_from_db()
    assert item.standing == "fallen"
    clerk, run = world.actor("sx.clerk"), decided(case)
    reverse_step(actor=clerk, case_id=case.pk, run_id=run.pk, reason="核对后符合条件。")
    case = fresh(case)
    assert (case.state, case.step, case.outcome) == ("open", "province_accept", "")
    assert case.closed_at is None
    assert case.application.state == Filing.SUBMITTED
    item.refresh_from_db()
    assert item.standing == "recommended"
    assert open_run(case).step == "province_accept"


def take_back(world: World, who: str, case: Case) -> Case:
    """The last decision of a case, taken back by somebody."""
    return reverse_step(
        actor=world.actor(who), case_id=case.pk, run_id=decided(case).pk, reason=REASON
    )


def test_a_recommendation_in_an_issued_letter_stays(world: World) -> None:
    first, second = waiting_cases(world, 2)
    checker, signer = world.actor(f"{CITY}.checker"), world.actor(f"{CITY}.signer")
    shortlist = confirm_shortlist(
        actor=checker, shortlist=save(world, [first, second], "recommended", "reserve")
    )
    texts = default_texts(shortlist, [fresh(first)])
    director = world.actor(f"{CITY}.clerk")
    letter = draft_recommendation(actor=director, shortlist=shortlist, texts=texts)
    assert may_reverse(checker, fresh(first), decided(first)).ok, "a draft names nobody yet"
    issue_document(actor=signer, document=ready_to_issue(world, letter), issued_on=clock.today())
    letter.refresh_from_db()
    with pytest.raises(Refused, match="先在该公文的“更正、替代、撤销”中撤销推荐函") as refused:
        take_back(world, f"{CITY}.checker", first)
    assert letter.number in str(refused.value)
    client, address = client_of(checker), office_url(checker, "case", first.pk)
    assert "撤销“市级推荐”" not in text(client.get(address))
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) <= 20, len(queries)

    revocation = draft_on(
        actor=director, target_id=letter.pk, relation="revokes", reason="推荐有误"
    )
    issue_document(
        actor=signer, document=ready_to_issue(world, revocation), issued_on=clock.today()
    )
    assert take_back(world, f"{CITY}.checker", first).step == "city_recommend"


def test_what_was_taken_back_holds_no_place_on_the_list(world: World) -> None:
    first, second = waiting_cases(world, 2, held=True)
    give_places(world, 1)
    checker, submitter = world.actor(f"{CITY}.checker"), world.actor("puxian.submitter")
    confirm_shortlist(
        actor=checker, shortlist=save(world, [first, second], "recommended", "reserve")
    )
    take_back(world, f"{CITY}.checker", first)
    save(world, [first, second], "recommended", "reserve")
    withdraw_application(actor=submitter, case_id=first.pk, reason="企业搬迁")
    shortlist = save(world, [second], "recommended")
    assert board_of(checker, shortlist.round).held == 1
    confirm_shortlist(actor=checker, shortlist=shortlist)
    assert fresh(second).step == "province_accept"


@pytest.mark.parametrize("places", [1, None])
def test_a_reserve_that_is_taken_back_replaces_nobody(world: World, places: int | None) -> None:
    first, second = waiting_cases(world, 2, held=True)
    if places is not None:
        give_places(world, places)
    checker = world.actor(f"{CITY}.checker")
    shortlist = confirm_shortlist(
        actor=checker, shortlist=save(world, [first, second], "recommended", "reserve")
    )
    decide(world, first, "reject", "不符合条件。")
    reserve = ShortlistItem.objects.get(case=second)
    promote_reserve(actor=checker, shortlist=shortlist, item_id=reserve.pk, reason="按顺序递补。")
    province = world.actor("sx.clerk")
    assert "递补" in may_reverse(province, fresh(first), decided(first)).reason
    assert board_of(checker, shortlist.round).free == 0
    take_back(world, f"{CITY}.checker", second)
    reserve.refresh_from_db()
    assert (reserve.standing, reserve.replaces, reserve.promoted_at) == ("", None, None)
    assert board_of(checker, shortlist.round).free == 1
    # What is ranked anew waits for a place and is asked for it; the place is the first town's.
    take_back(world, "sx.clerk", first)
    assert ShortlistItem.objects.get(case=first).standing == "recommended"
    assert board_of(checker, shortlist.round).free == 0


def test_an_earlier_recommendation_goes_with_the_one_that_is_taken_back(world: World) -> None:
    """Recommended, come back and recommended again: taken back, no place is left behind."""
    county = world.offices["puxian"]
    at_county = {"step": "county_recommend", "office": county}
    first, second = waiting_cases(world, 2, held=True)
    give_places(world, 1, "puxian")
    for _ in range(2):
        Case.objects.update(**at_county)
        StepRun.objects.filter(finished_at__isnull=True).update(**at_county)
        recommender = "checker" if not first.runs.filter(outcome="recommend") else "office_director"
        decide_step(
            actor=world.actor(f"puxian.{recommender}"),
            case_id=first.pk,
            run_id=open_run(first).pk,
            outcome="recommend",
            opinion="同意推荐",
        )
    take_back(world, "puxian.office_director", first)
    assert decide(world, second, "recommend").step == "city_review"


def test_a_reversal_gives_no_new_term(world: World) -> None:
    case = file(world, "county", evidence=False)
    run = open_run(case)
    past = clock.today() - timedelta(days=30)
    Case.objects.filter(pk=case.pk).update(due_on=past)
    StepRun.objects.filter(pk=run.pk).update(due_on=past)
    for outcome in ("accept", "reject"):
        decide(world, case, outcome, "理由")
        case = take_back(world, "puxian.clerk", case)
        assert case.due_on == open_run(case).due_on == past
        assert case.is_overdue


def test_a_rejection_of_a_town_that_stands_no_longer_stays(world: World) -> None:
    case = file(world, "county", evidence=False)
    decide(world, case, "reject", "不符合条件。")
    Town.objects.filter(pk=case.application.town_id).update(closed_on=clock.today())
    assert "撤销“县级受理”" not in text(get(world.actor("puxian.clerk"), "case", case.pk))
    with pytest.raises(Refused, match="撤并或退出"):
        take_back(world, "puxian.clerk", case)


def test_a_cancelled_visit_is_no_work_and_the_holder_is_told(world: World) -> None:
    case = drive(world, file(world, "county", evidence=False), "unit_opinions")
    clerk, holder = world.actor("puxian.clerk"), world.actor("puxian.checker")
    terms = Terms(clock.today(), "肉牛交易市场", "王核查", "")
    visit = plan_visit(actor=clerk, case_id=case.pk, terms=terms)
    assert "已经开始办理" in may_reverse(clerk, case, decided(case)).reason
    cancel_visit(actor=clerk, visit_id=visit.pk, reason="改期")
    claim_case(actor=holder, case_id=case.pk)
    run = decided(case)
    assert take_back(world, "puxian.clerk", case).holder is None
    told = Notification.objects.get(key=f"reversed:{run.pk}")
    assert (told.office, told.post) == (holder.office, holder.post)
    assert REASON not in told.title + told.text


def test_returns_and_meetings_are_not_taken_back(world: World) -> None:
    case = file(world, "county")
    decide(world, case, "return", "补充材料")
    run = StepRun.objects.filter(case=case, finished_at__isnull=False).get()
    verdict = may_reverse(world.actor("puxian.clerk"), fresh(case), run)
    assert verdict.reason == "该环节没有可以撤销的办理结果。"
    other = drive(world, file(world, "city", "zezhou"), "public_notice")
    meeting = decided(other)
    verdict = may_reverse(world.of_office(other.office, "clerk"), other, meeting)
    assert "会议审定" in verdict.reason
    assert "更正" in verdict.reason
