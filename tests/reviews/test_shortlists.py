"""Shortlists: ranked within the places, confirmed once, reserves move up in order, by record."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction

from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Notification
from reviews.actions import (
    confirm_shortlist,
    decide_step,
    promote_reserve,
    save_shortlist,
    withdraw_application,
)
from reviews.actions.moving import close_case
from reviews.actions.places import rejoin
from reviews.actions.shortlists import Ranked
from reviews.models import Case, Shortlist, ShortlistItem, StepRun
from reviews.shortlist_queries import Tally, board_of, digest_of, lines_of, reviewed_by, tallies
from reviews.summary_queries import summary_of
from tests import scenario
from tests.factories import World, make_world
from tests.shortlist_world import CITY, give_places, ranked, save, waiting_cases
from towns.models import Application


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def standings(shortlist: Shortlist) -> list[tuple[str, str]]:
    """Towns by rank with their standings."""
    rows = shortlist.items.select_related("case").order_by("rank")
    return [(row.case.town_name[-5:], row.standing) for row in rows]


def errors_of(raised: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return raised.value.message_dict


def test_a_list_is_ranked_within_its_places_and_confirmed(world: World) -> None:
    cases = waiting_cases(world, 4)
    give_places(world, 2)
    checker, clerk = world.actor(f"{CITY}.checker"), world.actor(f"{CITY}.clerk")
    call = world.rounds["province"]

    # Beyond the places the server refuses, and keeps nothing.
    with pytest.raises(ValidationError) as refused:
        save(world, cases, "recommended", "recommended", "recommended", "reserve")
    assert errors_of(refused)["places"] == [
        "本批次推荐名额为 2 个，名单中推荐了 3 个，请将 1 个改为备选或者不推荐。"
    ]
    assert not Shortlist.objects.exists()
    with pytest.raises(ValidationError) as refused:
        save_shortlist(actor=checker, call=call, rows=[])
    assert "cases" in errors_of(refused)
    with pytest.raises(ValidationError) as refused:
        save(world, cases[:1], "fallen")
    assert f"standing_{cases[0].pk}" in errors_of(refused)

    # The clerk ranks, whoever recommends confirms; what is not complete is named.
    shortlist = save(world, cases, "recommended", "reserve", "", "declined", who="clerk")
    assert shortlist.state == "draft"
    with pytest.raises(Refused, match="确定"):
        confirm_shortlist(actor=clerk, shortlist=shortlist)
    with pytest.raises(ValidationError) as refused:
        confirm_shortlist(actor=checker, shortlist=shortlist)
    assert list(errors_of(refused)) == [f"standing_{cases[2].pk}"]
    save_shortlist(
        actor=clerk, call=call, rows=[Ranked(case.pk, "recommended", "") for case in cases[:2]]
    )
    with pytest.raises(ValidationError) as refused:
        confirm_shortlist(actor=checker, shortlist=shortlist)
    assert f"reason_{cases[0].pk}" in errors_of(refused)

    # Rows that are not named follow in the order they had.
    save(world, [cases[2], cases[0]], "recommended", "reserve")
    assert [row.case_id for row in shortlist.items.order_by("rank")] == [
        cases[2].pk, cases[0].pk, cases[1].pk, cases[3].pk,
    ]  # fmt: skip
    final = [cases[2], cases[1], cases[0], cases[3]]
    save(world, final, "recommended", "recommended", "reserve", "declined")

    # Whoever read another list than the one that stands confirms nothing.
    seen = digest_of(shortlist.items.all())
    save(world, final, "recommended", "reserve", "reserve", "declined")
    with pytest.raises(Stale, match="已被本办公室其他人员修改"):
        confirm_shortlist(actor=checker, shortlist=shortlist, seen=seen)
    with pytest.raises(Stale, match="已被本办公室其他人员修改"):
        save_shortlist(actor=checker, call=call, rows=ranked(final, *["reserve"] * 4), seen=seen)
    save(world, final, "recommended", "recommended", "reserve", "declined")

    # Another city's list is not for this office.
    with pytest.raises(Refused, match="临汾市"):
        confirm_shortlist(actor=world.actor("jincheng.checker"), shortlist=shortlist)
    with pytest.raises(Refused, match="没有推荐名单"):
        save_shortlist(actor=world.actor("puxian.checker"), call=call, rows=ranked(cases[:1], ""))

    confirmed = confirm_shortlist(actor=checker, shortlist=shortlist)
    assert confirmed.state == "confirmed"
    assert confirmed.confirmed_by == checker.user
    steps = {case.pk: (case.state, case.step, case.outcome) for case in Case.objects.all()}
    assert steps[cases[2].pk] == steps[cases[1].pk] == ("open", "province_accept", "")
    assert steps[cases[0].pk] == ("open", "city_recommend", "")
    assert steps[cases[3].pk] == ("closed", "city_recommend", "rejected")
    assert StepRun.objects.filter(shortlist=shortlist, outcome="recommend").count() == 2
    with pytest.raises(Stale, match=f"名单已由{checker.name}于"):
        confirm_shortlist(actor=checker, shortlist=shortlist)

    # What moved on is not rewritten; a changed order makes it a draft, which the province does not
    # read, and confirming settles it though no case moves.
    province = world.actor("sx.clerk")
    assert Shortlist.objects.visible_to(province).get() == shortlist
    [late] = waiting_cases(world, 1, "xixian", "晚")
    save(world, [late, cases[0], cases[2]], "reserve", "reserve", "declined")
    assert not Shortlist.objects.visible_to(province).exists()
    assert ShortlistItem.objects.get(case=cases[2]).standing == "recommended"
    confirm_shortlist(actor=checker, shortlist=shortlist)
    assert Shortlist.objects.visible_to(province).exists()
    assert not Shortlist.objects.visible_to(world.actor("puxian.clerk")).exists()
    assert not Shortlist.objects.visible_to(world.actor("jincheng.clerk")).exists()
    verbs = LedgerEntry.objects.filter(chain=f"reviews.shortlist:{shortlist.pk}")
    assert verbs.filter(verb="confirm_shortlist").count() == 2
    saved = verbs.filter(verb="save_shortlist").latest("seq")
    assert json.loads(saved.payload)["rows"][0] == [late.pk, 1, "reserve", ""]


def test_whoever_reviewed_does_not_recommend(world: World) -> None:
    first, second = waiting_cases(world, 2)
    checker = world.actor(f"{CITY}.checker")
    StepRun.objects.filter(case=second).update(ordinal=2)
    StepRun.objects.create(
        case=second,
        ordinal=1,
        step="city_review",
        office=second.office,
        outcome="pass",
        decided_by=checker.user,
        started_at=second.opened_at,
        finished_at=second.opened_at,
    )
    shortlist = save(world, [first, second], "recommended", "recommended")
    with pytest.raises(Refused, match=f"{second.town_name}：受理（审核）和推荐应由两人办理"):
        confirm_shortlist(actor=checker, shortlist=shortlist)
    board = board_of(checker, world.rounds["province"])
    assert reviewed_by(checker, board, ranked=False) == [second.town_name]
    first.refresh_from_db()
    assert first.step == "city_recommend", "nothing of the list was done"
    director = world.actor(f"{CITY}.office_director")
    assert confirm_shortlist(actor=director, shortlist=shortlist).state == "confirmed"


def test_a_reserve_moves_up_into_a_place_that_fell_free(world: World) -> None:
    cases = waiting_cases(world, 4, held=True)
    give_places(world, 2)
    checker = world.actor(f"{CITY}.checker")
    shortlist = save(world, cases, "recommended", "recommended", "reserve", "reserve")
    items = {item.case_id: item for item in shortlist.items.all()}

    def promote(place: int, reason: str = "经会议研究，按顺序递补。") -> ShortlistItem:
        return promote_reserve(
            actor=checker, shortlist=shortlist, item_id=items[cases[place].pk].pk, reason=reason
        )

    with pytest.raises(ValidationError, match="请先确定名单"):
        promote(2)
    confirm_shortlist(actor=checker, shortlist=shortlist)
    with pytest.raises(ValidationError) as refused:
        promote(2)
    assert "本批次推荐名额为 2 个，名单中推荐了 3 个" in str(refused.value)
    with pytest.raises(Stale, match="不在备选之列"):
        promote(0)

    # A withdrawal gives the place free, and tells the office alone.
    withdraw_application(
        actor=world.actor("puxian.submitter"), case_id=cases[1].pk, reason="企业搬迁"
    )
    fallen = ShortlistItem.objects.get(case=cases[1])
    assert (fallen.standing, fallen.fallen_reason) == ("fallen", "已撤回")
    told = Notification.objects.filter(kind="shortlist")
    assert [row.office.slug for row in told] == [CITY]
    assert "空出一个推荐名额" in told.get().title

    with pytest.raises(ValidationError) as refused:
        promote(3)
    assert errors_of(refused)["reason"] == [f"备选按顺序递补，现在应递补{cases[2].town_name}。"]
    for reason in ("  ", "长" * 301):
        with pytest.raises(ValidationError, match="递补依据"):
            promote(2, reason)
    with pytest.raises(Refused, match="递补"):
        promote_reserve(
            actor=world.actor(f"{CITY}.clerk"),
            shortlist=shortlist,
            item_id=items[cases[2].pk].pk,
            reason="递补",
        )
    item = promote(2)
    assert item.replaces == fallen
    assert item.promoted_name == checker.name
    assert Case.objects.get(pk=cases[2].pk).step == "province_accept"
    run = StepRun.objects.get(case=cases[2], outcome="recommend")
    assert (run.shortlist, run.opinion) == (shortlist, "经会议研究，按顺序递补。")
    entry = LedgerEntry.objects.get(verb="promote_reserve")
    assert json.loads(entry.payload) == {
        "case": cases[2].pk,
        "replaces": cases[1].pk,
        "reason": "经会议研究，按顺序递补。",
    }
    with pytest.raises(ValidationError, match="名额为 2 个"):
        promote(3)

    # More places, no fallen row: the next one moves up and replaces nobody.
    give_places(world, 3)
    assert promote(3).replaces is None

    # A case that is opened again takes its place again only where there is one.
    with transaction.atomic(), pytest.raises(ValidationError, match="已经用完"):
        rejoin(cases[1])
    give_places(world, 9)
    with pytest.raises(ValidationError, match="已经用完"):
        rejoin(cases[1])
    close_case(Case.objects.get(pk=cases[0].pk), "rejected")
    assert ShortlistItem.objects.get(case=cases[0]).standing == "fallen"
    rejoin(cases[0])
    assert ShortlistItem.objects.get(case=cases[0]).standing == "recommended"


def test_what_leaves_before_it_is_confirmed_takes_no_place(world: World) -> None:
    cases = waiting_cases(world, 3, held=True)
    give_places(world, 1)
    director = world.actor(f"{CITY}.office_director")
    shortlist = save(world, cases, "recommended", "reserve", "reserve")
    withdraw_application(
        actor=world.actor("puxian.submitter"), case_id=cases[0].pk, reason="企业搬迁"
    )
    assert ShortlistItem.objects.get(case=cases[0]).standing == "recommended"
    assert not Notification.objects.filter(kind="shortlist").exists()
    save(world, cases[1:], "recommended", "reserve")

    # Returned from the list, it holds none either, and is counted again when it is back.
    decide_step(
        actor=director,
        case_id=cases[1].pk,
        run_id=scenario.open_run(cases[1]).pk,
        outcome="return",
        opinion="请补充产值证明",
        corrections=scenario.everything(cases[1]),
    )
    save(world, cases[2:], "recommended")
    confirm_shortlist(actor=director, shortlist=shortlist)
    assert Case.objects.get(pk=cases[2].pk).step == "province_accept"
    call, province = world.rounds["province"], world.actor("sx.clerk")
    assert [line.case for line in board_of(director, call).to_send] == [cases[2]]
    # What was ranked and never decided is nothing to those above.
    shortlist.refresh_from_db()
    assert [line.case for line in lines_of(shortlist, province)] == [cases[2]]
    assert tallies([shortlist], settled=True) == {shortlist.pk: Tally(recommended=1)}

    # Recommended, then returned by the province: it holds its place while it is corrected.
    decide_step(
        actor=world.actor("sx.clerk"),
        case_id=cases[2].pk,
        run_id=scenario.open_run(cases[2]).pk,
        outcome="return",
        opinion="请补充产值证明",
        corrections=scenario.everything(cases[2]),
    )
    # No letter names it, the summary says where it is.
    assert board_of(director, call).to_send == []
    [row] = [row for row in summary_of(director, call).rows if row.case == cases[2]]
    assert row.sent and row.handled == f"已推荐，{scenario.fresh(cases[2]).status_label}"
    [late] = waiting_cases(world, 1, "xixian", "晚")
    with pytest.raises(ValidationError, match="名额为 1 个，名单中推荐了 2 个"):
        save(world, [late], "recommended")
    # Lowered places take nothing back: they refuse the next, and the rest is worked on.
    give_places(world, 0)
    with pytest.raises(ValidationError, match="请将 1 个改为备选或者不推荐"):
        save(world, [late], "recommended")
    save(world, [late], "reserve")
    assert summary_of(director, call).draft
    save(world, [late], "declined")
    confirm_shortlist(actor=director, shortlist=shortlist)
    assert scenario.fresh(late).outcome == "rejected"
    gone = scenario.file(world, "province", "zezhou")
    with pytest.raises(Stale, match="已不在推荐环节"):
        save_shortlist(
            actor=world.actor("jincheng.checker"),
            call=gone.round,
            rows=[Ranked(gone.pk, "recommended", "好")],
        )


def test_a_county_recommends_no_more_than_its_places(world: World) -> None:
    """Handed down places hold where cases are recommended one by one."""
    give_places(world, 2, "puxian")
    cases = waiting_cases(world, 4, held=True)
    county = world.offices["puxian"]
    Case.objects.update(office=county, step="county_recommend")
    StepRun.objects.update(office=county, step="county_recommend")

    def recommend(case: Case) -> None:
        decide_step(
            actor=world.actor("puxian.checker"),
            case_id=case.pk,
            run_id=scenario.open_run(case).pk,
            outcome="recommend",
            opinion="同意推荐",
        )

    recommend(cases[0])
    recommend(cases[1])
    with pytest.raises(ValidationError) as refused:
        recommend(cases[2])
    assert "蒲县在本批次的推荐名额为 2 个，已推荐 2 个" in errors_of(refused)["outcome"][0]
    withdraw_application(
        actor=world.actor("puxian.submitter"), case_id=cases[0].pk, reason="企业搬迁"
    )
    recommend(cases[2])
    with pytest.raises(ValidationError, match="已推荐 2 个"):
        recommend(cases[3])
    give_places(world, 3, "puxian")
    recommend(cases[3])
    assert Application.objects.filter(state="submitted").count() == 3


# --- at once --------------------------------------------------------------------------------------


def at_once(*works: Callable[[], object]) -> list[Any]:
    """Start all at one moment, each on a connection of its own; results or what was raised."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = work()
        except (Stale, Refused, ValidationError) as refusal:
            results[place] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return results


@pytest.mark.django_db(transaction=True)
def test_confirming_promoting_and_recommending_at_once() -> None:
    with transaction.atomic():
        world = make_world()
        cases = waiting_cases(world, 4, held=True)
        give_places(world, 2)
        shortlist = save(world, cases, "recommended", "recommended", "reserve", "reserve")
    checker, director = world.actor(f"{CITY}.checker"), world.actor(f"{CITY}.office_director")

    results = at_once(
        *(
            lambda who=who: confirm_shortlist(actor=who, shortlist=shortlist)  # type: ignore[misc]
            for who in (checker, director)
        )
    )
    [late] = [row for row in results if isinstance(row, Stale)]
    [done] = [row for row in results if isinstance(row, Shortlist)]
    assert f"名单已由{done.confirmed_name}于" in str(late)
    assert StepRun.objects.filter(outcome="recommend").count() == 2

    # One place falls free: whoever is first moves the first reserve up, nobody a second one.
    withdraw_application(
        actor=world.actor("puxian.submitter"), case_id=cases[0].pk, reason="企业搬迁"
    )
    items = {item.case_id: item.pk for item in shortlist.items.all()}
    results = at_once(
        *(
            lambda who=who: promote_reserve(  # type: ignore[misc]
                actor=who, shortlist=shortlist, item_id=items[cases[2].pk], reason="按顺序递补"
            )
            for who in (checker, director)
        )
    )
    assert sorted(type(row).__name__ for row in results) == ["ShortlistItem", "Stale"]
    assert Case.objects.get(pk=cases[3].pk).step == "city_recommend"

    # A withdrawal and a confirmation cross: no deadlock, and the place is free or taken, not both.
    [new] = waiting_cases(world, 1, "xixian", "晚")
    give_places(world, 3)
    save(world, [new, cases[3]], "recommended", "reserve")
    results = at_once(
        lambda: confirm_shortlist(actor=checker, shortlist=shortlist),
        lambda: withdraw_application(
            actor=world.actor("puxian.submitter"), case_id=cases[2].pk, reason="企业搬迁"
        ),
    )
    assert not any(isinstance(row, Exception) for row in results), results
    assert ShortlistItem.objects.get(case=cases[2]).standing == "fallen"
    assert ShortlistItem.objects.get(case=new).standing == "recommended"

    # Two people of a county recommend into its last place.
    with transaction.atomic():
        county = world.offices["puxian"]
        pair = waiting_cases(world, 2, tag="末", held=True)
        keys = [case.pk for case in pair]
        Case.objects.filter(pk__in=keys).update(office=county, step="county_recommend")
        StepRun.objects.filter(case__in=keys).update(office=county, step="county_recommend")
        give_places(world, 1, "puxian")

    def recommend(name: str, case: Case) -> Callable[[], object]:
        run = scenario.open_run(case)
        return lambda: decide_step(
            actor=world.actor(name),
            case_id=case.pk,
            run_id=run.pk,
            outcome="recommend",
            opinion="同意推荐",
        )

    results = at_once(
        recommend("puxian.checker", pair[0]), recommend("puxian.office_director", pair[1])
    )
    assert sorted(type(row).__name__ for row in results) == ["Case", "ValidationError"]
    sent = Case.objects.filter(pk__in=keys, step="city_review")
    assert sent.count() == 1
