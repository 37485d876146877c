"""Mergers, splits and striking off: what goes on, what stays, and what stands in the way."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.ledger import chain_of
from portal.core.models import LedgerEntry
from tests.factories import World, grant_town, make_town
from tests.scenario import draft, file
from towns import actions
from towns.actions import merge_towns, rename_town, split_town, strike_off_town
from towns.models import (
    Certification,
    Membership,
    Platform,
    Town,
    TownChange,
    TownFigure,
    TownFunction,
    TownGrant,
)
from towns.register_queries import stood_on

pytestmark = pytest.mark.django_db
SOURCE = "蒲政发〔2026〕3号"
ON = clock.today() - timedelta(days=30)


@pytest.fixture
def other(world: World) -> Town:
    """A second town of the county, with enterprises of its own and a platform."""
    town = make_town(world.regions["141033"], "蒲县核桃专业镇", "核桃", "agriculture")
    Platform.objects.create(town=town, kind="logistics", name="核桃物流园", state="present")
    grant_town(world.actor("puxian.filer"), town)
    return town


def merge(world: World, *towns: Town, **changes: Any) -> Town:
    given: dict[str, Any] = {"on": ON, "source": SOURCE, **changes}
    return merge_towns(actor=world.actor("puxian.clerk"), towns=towns, **given)


# --- merging --------------------------------------------------------------------------------------


def test_towns_become_a_new_one_and_stay_reachable(world: World, other: Town) -> None:
    home = world.towns["puxian"]
    shared = home.memberships.earliest("pk").enterprise
    Membership.objects.create(town=other, enterprise=shared, role="backbone")
    into = merge(world, home, other, name="蒲县农牧专业镇", reason="产业融合")
    assert (into.stage, into.industry) == ("pooled", "肉牛")
    for old in (home, other):
        old.refresh_from_db()
        assert (old.closed_on, old.successor) == (ON, into)
        assert old.figures.count() == TownFigure.objects.filter(town=old).count() > 0
        assert set(old.memberships.values_list("until", flat=True)) == {ON}
        before = Membership.objects.filter(town=old).on(ON - timedelta(days=1)).count()
        assert before == old.memberships.count()
        assert Town.objects.visible_to(world.actor("puxian.filer")).filter(pk=old.pk).exists()
        assert stood_on(old, ON - timedelta(days=1))
        assert not stood_on(old, ON)
    now = Membership.objects.on().filter(town=into)
    assert now.count() == 24
    assert now.filter(enterprise=shared).get().role == "leading"
    assert set(now.values_list("since", "scope_code")) == {(ON, "141033")}
    assert [row.name for row in into.platforms.all()] == ["核桃物流园"]
    assert Platform.objects.get(town=other).until == ON
    assert TownFunction.objects.on().filter(town=into, state="present").count() == 8
    assert Town.objects.visible_to(world.actor("puxian.submitter")).filter(pk=into.pk).exists()
    for town in (home, other, into):
        assert TownChange.objects.filter(town=town, kind="merge").get().source == SOURCE
        entry = LedgerEntry.objects.filter(chain=chain_of(town)).latest("seq")
        assert entry.verb == "merge_towns"
        assert "自" in entry.summary
    related = TownChange.objects.get(town=into, kind="merge").related
    assert set(related.all()) == {home, other}


def test_a_town_goes_into_another_one_that_keeps_its_own(world: World, other: Town) -> None:
    home = world.towns["puxian"]
    TownFunction.objects.filter(town=home, key="testing").update(state="absent")
    into = merge(world, other, home, into=home)
    assert into.pk == home.pk
    home.refresh_from_db()
    assert home.is_standing
    assert Membership.objects.on().filter(town=home).count() == 24
    running = TownFunction.objects.on().filter(town=home)
    assert running.get(key="testing").state == "present"
    assert running.count() == 8
    assert TownGrant.objects.filter(content_object=home).count() == 2


def changed_role(town: Town) -> Membership:
    """An enterprise whose role changed after the day of the merger: the row that runs now."""
    old = town.memberships.filter(role="supporting").earliest("pk")
    since = ON + timedelta(days=10)
    Membership.objects.filter(pk=old.pk).update(until=since)
    return Membership.objects.create(
        town=town, enterprise=old.enterprise, role="backbone", since=since
    )


def spans(town: Town, seat: Membership) -> list[tuple[str, date | None, date | None]]:
    rows = Membership.objects.filter(town=town, enterprise=seat.enterprise).order_by("since")
    return list(rows.values_list("role", "since", "until"))


def test_a_role_changed_after_the_day_goes_on_with_both_its_rows(world: World, other: Town) -> None:
    seat = changed_role(other)
    into = merge(world, other, world.towns["puxian"], into=world.towns["puxian"])
    assert spans(into, seat) == [
        ("supporting", ON, seat.since),
        ("backbone", seat.since, None),
    ]
    assert not Membership.objects.on().filter(town=other).exists()


def test_a_row_that_ended_in_the_target_keeps_nobody_out(world: World, other: Town) -> None:
    home = world.towns["puxian"]
    seat = other.memberships.earliest("pk")
    first, left = ON + timedelta(days=3), ON + timedelta(days=12)
    Membership.objects.create(
        town=home, enterprise=seat.enterprise, role="leading", since=first, until=left
    )
    into = merge(world, other, home, into=home)
    assert spans(into, seat) == [
        (seat.role, ON, first),
        ("leading", first, left),
        (seat.role, left, None),
    ]


def test_a_split_takes_an_enterprise_with_all_its_rows(world: World, other: Town) -> None:
    seat = changed_role(other)
    first, second = split_town(
        actor=world.actor("puxian.clerk"),
        town=other,
        names=["甲专业镇", "乙专业镇"],
        on=ON,
        source=SOURCE,
        members={seat.pk: 1},
    )
    assert spans(first, seat) == []
    assert [row[0] for row in spans(second, seat)] == ["supporting", "backbone"]


def test_a_hall_that_is_being_built_goes_on_without_a_day(world: World, other: Town) -> None:
    Platform.objects.create(town=other, kind="training", name="实训基地", state="building")
    into = merge(world, other, world.towns["puxian"], into=world.towns["puxian"])
    days = dict(into.platforms.values_list("name", "since"))
    assert days == {"核桃物流园": ON, "实训基地": None}


def test_a_neighbouring_county_is_kept_as_a_further_one(world: World) -> None:
    home, away = world.towns["puxian"], world.towns["xixian"]
    into = merge_towns(
        actor=world.actor("linfen.clerk"),
        towns=[home, away],
        into=home,
        on=ON,
        source=SOURCE,
    )
    assert [row.name for row in into.further_counties.all()] == ["隰县"]
    # The filing unit of the other county was given its own town, not this one.
    assert not Town.objects.visible_to(world.actor("xixian.filer")).filter(pk=home.pk).exists()
    with pytest.raises(Refused, match="不在您的辖区内"):
        merge(world, world.towns["puxian"], world.towns["zezhou"], name="某专业镇")


@pytest.mark.parametrize("filed", ["draft", "case"])
def test_merging_and_splitting_wait_for_what_is_being_filed(
    world: World, other: Town, filed: str
) -> None:
    home = world.towns["puxian"]
    if filed == "draft":
        draft(world, "county", "puxian")
    else:
        file(world, "county", "puxian")
    title = world.rounds["county"].title
    with pytest.raises(ValidationError, match=f"蒲县肉牛专业镇的“{title}”"):
        merge(world, home, other, name="蒲县农牧专业镇")
    with pytest.raises(ValidationError, match="请在办结或撤回后再办理"):
        merge(world, home, other, into=other)
    with pytest.raises(ValidationError, match=f"“{title}”"):
        split_town(
            actor=world.actor("puxian.clerk"),
            town=home,
            names=["甲专业镇", "乙专业镇"],
            on=ON,
            source=SOURCE,
        )
    with pytest.raises(ValidationError, match=f"“{title}”"):
        strike_off_town(
            actor=world.actor("puxian.clerk"), town=home, on=ON, reason="退出", source=SOURCE
        )
    assert Town.objects.standing().filter(county=home.county).count() == 2


def test_merging_needs_two_and_a_ground(world: World, other: Town) -> None:
    home = world.towns["puxian"]
    with pytest.raises(ValidationError, match="另一个专业镇"):
        merge(world, home, name="某专业镇")
    with pytest.raises(ValidationError, match="依据文件"):
        merge(world, home, other, name="某专业镇", source=" ")
    with pytest.raises(ValidationError, match="合并后的名称"):
        merge(world, home, other)
    with pytest.raises(ValidationError, match="不能晚于今天"):
        merge(world, home, other, name="某专业镇", on=clock.today() + timedelta(days=1))
    # A new town may bear the name of one that ends with it.
    assert merge(world, home, other, name=home.name).name == home.name


def test_what_was_merged_is_changed_and_filled_no_longer(world: World, other: Town) -> None:
    home = world.towns["puxian"]
    merge(world, other, home, into=home)
    with pytest.raises(Stale, match="请到“蒲县肉牛专业镇”办理"):
        merge(world, other, home, into=home)
    with pytest.raises(Stale, match="不再填报和申报"):
        rename_town(
            actor=world.actor("puxian.clerk"), town=other, name="新名", on=ON, source=SOURCE
        )
    filer = world.actor("puxian.filer")
    with pytest.raises(Refused, match="不再填报和申报"):
        actions.set_functions(actor=filer, town=other, states={}, platforms={})
    with pytest.raises(Refused, match="不再填报和申报"):
        actions.start_application(actor=filer, town=other, call=world.rounds["county"])
    post = filer.post
    assert post is not None
    with pytest.raises(Refused, match="不再填报和申报"):
        actions.grant_town(
            actor=world.actor("puxian.office_director"),
            town=other,
            post=post,
            since=clock.today(),
            until=None,
            reason="填报",
        )


# --- splitting ------------------------------------------------------------------------------------


def test_a_town_is_split_as_chosen(world: World, other: Town) -> None:
    seats = list(other.memberships.order_by("pk"))
    hall = other.platforms.get()
    first, second = split_town(
        actor=world.actor("puxian.clerk"),
        town=other,
        names=["蒲县核桃油专业镇", other.name],
        on=ON,
        source=SOURCE,
        members={row.pk: 1 for row in seats[:5]},
        platforms={hall.pk: 1},
    )
    other.refresh_from_db()
    assert (other.closed_on, other.successor) == (ON, first)
    moved = set(Membership.objects.on().filter(town=second).values_list("enterprise", flat=True))
    assert moved == {row.enterprise_id for row in seats[:5]}
    assert Membership.objects.on().filter(town=first).count() == len(seats) - 5
    assert not Membership.objects.on().filter(town=other).exists()
    assert [row.name for row in second.platforms.all()] == ["核桃物流园"]
    assert TownFunction.objects.on().filter(town=first).count() == 8
    filer = world.actor("puxian.filer")
    assert Town.objects.visible_to(filer).filter(pk__in=[first.pk, second.pk]).count() == 2
    with pytest.raises(Stale, match="请到“蒲县核桃油专业镇”办理"):
        split_town(
            actor=world.actor("puxian.clerk"),
            town=other,
            names=["甲", "乙"],
            on=ON,
            source=SOURCE,
        )


@pytest.mark.parametrize("names", [["甲"], ["甲", "甲"], ["甲", "乙", "丙", "丁", "戊", "己"]])
def test_splitting_needs_two_to_five_names(world: World, names: list[str]) -> None:
    with pytest.raises(ValidationError, match="2 至 5 个不同"):
        split_town(
            actor=world.actor("puxian.clerk"),
            town=world.towns["puxian"],
            names=names,
            on=ON,
            source=SOURCE,
        )


def test_an_enterprise_of_another_town_is_not_given_away(world: World, other: Town) -> None:
    foreign = world.towns["puxian"].memberships.earliest("pk")
    with pytest.raises(ValidationError, match="请刷新后重新分配"):
        split_town(
            actor=world.actor("puxian.clerk"),
            town=other,
            names=["甲专业镇", "乙专业镇"],
            on=ON,
            source=SOURCE,
            members={foreign.pk: 1},
        )


# --- striking off ---------------------------------------------------------------------------------


def test_a_town_leaves_the_pool_and_its_history_stays(world: World, other: Town) -> None:
    strike_off_town(
        actor=world.actor("puxian.clerk"), town=other, on=ON, reason="产业转移", source=SOURCE
    )
    other.refresh_from_db()
    assert (other.closed_on, other.successor) == (ON, None)
    assert not Membership.objects.on().filter(town=other).exists()
    assert Membership.objects.filter(town=other).on(ON - timedelta(days=1)).count() == 12
    assert not Platform.objects.filter(town=other, until__isnull=True).exists()
    with pytest.raises(Stale, match="历史资料仍可查阅"):
        strike_off_town(
            actor=world.actor("puxian.clerk"), town=other, on=ON, reason="产业转移", source=SOURCE
        )


def test_a_certified_town_does_not_leave_the_pool(world: World, other: Town) -> None:
    Certification.objects.create(
        town=other,
        level="city",
        scope_code=other.scope_code,
        town_name=other.name,
        category=other.category,
        industry=other.industry,
        year=2022,
        valid_from=date(2022, 12, 1),
        source_title="关于公布名单的通知",
        source_on=date(2022, 12, 1),
    )
    with pytest.raises(ValidationError, match="有效的市级认定"):
        strike_off_town(
            actor=world.actor("puxian.clerk"), town=other, on=ON, reason="退出", source=SOURCE
        )


def test_strangers_may_not(world: World, other: Town) -> None:
    for who in ("xixian.clerk", "puxian.filer", "puxian.checker"):
        with pytest.raises(Refused):
            strike_off_town(actor=world.actor(who), town=other, on=ON, reason="退出", source=SOURCE)
