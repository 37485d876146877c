"""Yearly figures: reported, confirmed with four eyes, returned, corrected; likely slips."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from criteria.models import Indicator
from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Region
from tests.factories import World, make_zone, report_year
from towns.actions import (
    confirm_figures,
    correct_figures,
    record_enterprise_figures,
    record_figures,
    return_figures,
)
from towns.figure_policies import may_judge_figures
from towns.figure_queries import (
    charts_of,
    enterprise_charts,
    figures_waiting,
    revenue_ranking,
    revenue_ranks,
    town_charts,
)
from towns.figure_rules import leap_of, out_of_bounds, plain
from towns.models import EnterpriseFigure, FigureCorrection, Membership, TownFigure, TownYear

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1
TAX = {"tax": Decimal(91_000_000)}


def tax(world: World) -> Decimal:
    return TownFigure.objects.get(town=world.towns["puxian"], year=YEAR, indicator__key="tax").value


def report(world: World, **values: int) -> TownYear:
    record_figures(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        year=YEAR,
        values={key: Decimal(value) for key, value in (values or {"tax": 91_000_000}).items()},
        source="统计年报",
    )
    return TownYear.objects.get(town=world.towns["puxian"], year=YEAR)


def confirm(world: World, who: str = "linfen.clerk") -> TownYear:
    return confirm_figures(actor=world.actor(who), town=world.towns["puxian"], year=YEAR)


def correct(world: World, reason: str = "经税务部门核定", **values: int | None) -> None:
    correct_figures(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        year=YEAR,
        values={key: None if v is None else Decimal(v) for key, v in values.items()},
        reason=reason,
    )


# --- reporting ------------------------------------------------------------------------------------


def test_a_report_waits_for_the_city_and_says_who_made_it(world: World) -> None:
    row = report(world)
    assert (row.state, row.reported_name) == ("reported", world.actor("puxian.filer").name)
    assert tax(world) == Decimal(91_000_000)
    assert list(figures_waiting(world.actor("linfen.clerk"))) == [row]
    assert not figures_waiting(world.actor("sx.clerk")).exists()
    assert not figures_waiting(world.actor("linfen.leader")).exists()
    entry = LedgerEntry.objects.filter(verb="record_figures").latest("pk")
    assert json.loads(entry.before) == {"tax": "90000000"}
    assert json.loads(entry.after) == {"tax": "91000000"}


def test_the_same_report_twice_is_one_entry(world: World) -> None:
    TownFigure.objects.filter(town=world.towns["puxian"], year=YEAR).delete()
    report(world)
    report(world)
    assert LedgerEntry.objects.filter(verb="record_figures").count() == 1


def test_an_empty_year_and_a_year_out_of_range_are_not_reported(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    TownFigure.objects.filter(town=town, year=YEAR).delete()
    with pytest.raises(ValidationError, match="至少填写一项"):
        record_figures(actor=filer, town=town, year=YEAR, values={"tax": None})
    for year in (1999, YEAR + 2):
        with pytest.raises(ValidationError, match="年度应在"):
            record_figures(actor=filer, town=town, year=year, values=TAX)
    assert not TownYear.objects.filter(town=town).exists()


def test_a_confirmed_year_is_not_overwritten(world: World) -> None:
    report(world)
    confirm(world)
    with pytest.raises(ValidationError, match="不能直接修改"):
        report(world, tax=1)
    assert tax(world) == Decimal(91_000_000)


# --- judging --------------------------------------------------------------------------------------


def test_confirmation_names_who_when_and_where(world: World) -> None:
    report(world)
    row = confirm(world)
    assert row.state == "confirmed"
    assert row.confirmed_name == world.actor("linfen.clerk").name
    assert row.confirmed_office == world.offices["linfen"].name
    assert row.confirmed_at is not None
    with pytest.raises(Stale, match="无需重复办理"):
        confirm(world, "linfen.checker")
    assert LedgerEntry.objects.filter(verb="confirm_figures").count() == 1


@pytest.mark.parametrize(
    "name", ["puxian.clerk", "sx.clerk", "jincheng.clerk", "linfen.leader", "puxian.filer"]
)
def test_nobody_but_the_office_above_judges(world: World, name: str) -> None:
    report(world)
    with pytest.raises(Refused, match="临汾市领导小组办公室"):
        confirm(world, name)
    with pytest.raises(Refused, match="临汾市领导小组办公室"):
        return_figures(
            actor=world.actor(name), town=world.towns["puxian"], year=YEAR, reason="请核对"
        )


def test_whoever_reported_does_not_confirm(world: World) -> None:
    """Four eyes are two people: the city's clerk who is the county's filer too is refused."""
    double = replace(world.actor("puxian.filer"), user=world.actor("linfen.clerk").user)
    record_figures(actor=double, town=world.towns["puxian"], year=YEAR, values=TAX)
    with pytest.raises(Refused, match="不能是同一人"):
        confirm(world)
    assert confirm(world, "linfen.checker").state == "confirmed"


def test_whoever_corrected_does_not_confirm_even_after_another_correction(world: World) -> None:
    report(world)
    confirm(world, "linfen.checker")
    double = replace(world.actor("puxian.filer"), user=world.actor("linfen.clerk").user)
    town = world.towns["puxian"]
    values = {"tax": Decimal(5_000_000)}
    correct_figures(actor=double, town=town, year=YEAR, values=values, reason="核定")
    correct(world, employment=3700)
    with pytest.raises(Refused, match="不能是同一人"):
        confirm(world)


def test_a_return_has_its_reason_and_opens_the_year(world: World) -> None:
    report(world)
    town, clerk = world.towns["puxian"], world.actor("linfen.clerk")
    with pytest.raises(ValidationError, match="退回原因"):
        return_figures(actor=clerk, town=town, year=YEAR, reason="  ")
    row = return_figures(actor=clerk, town=town, year=YEAR, reason="请核对税收")
    assert (row.state, row.return_reason) == ("returned", "请核对税收")
    with pytest.raises(Stale, match="已退回"):
        confirm(world)
    with pytest.raises(Stale, match="已退回"):
        return_figures(actor=clerk, town=town, year=YEAR, reason="再次")
    assert report(world, tax=92_000_000).state == "reported"
    assert confirm(world).return_reason == ""


def test_nothing_reported_cannot_be_judged(world: World) -> None:
    with pytest.raises(Stale, match="尚未填报"):
        confirm(world)


def test_a_zone_reports_to_its_city_and_a_county_of_the_province_to_the_province(
    world: World,
) -> None:
    make_zone(world, "141071", "临汾经开区", "kaifaqu", "141000")
    town = world.towns["kaifaqu"]
    assert may_judge_figures(world.actor("linfen.clerk"), town).ok
    assert not may_judge_figures(world.actor("sx.clerk"), town).ok
    Region.objects.filter(code="141071").update(parent=world.regions["140000"])
    town = type(town).objects.select_related("county__parent").get(pk=town.pk)
    assert may_judge_figures(world.actor("sx.clerk"), town).ok
    assert not may_judge_figures(world.actor("linfen.clerk"), town).ok


# --- correcting -----------------------------------------------------------------------------------


def test_a_correction_keeps_before_after_and_why_and_is_confirmed_again(world: World) -> None:
    report(world)
    confirm(world)
    correct(world, tax=93_000_000, employment=None)
    rows = {row.indicator.key: row for row in FigureCorrection.objects.all()}
    assert (rows["tax"].before, rows["tax"].after) == (Decimal(91_000_000), Decimal(93_000_000))
    assert rows["employment"].after is None
    assert {row.reason for row in rows.values()} == {"经税务部门核定"}
    row = TownYear.objects.get(town=world.towns["puxian"], year=YEAR)
    assert row.state == "corrected"
    assert row.confirmed_at is not None
    assert row in figures_waiting(world.actor("linfen.clerk"))
    assert confirm(world, "linfen.checker").state == "confirmed"
    entry = LedgerEntry.objects.get(verb="correct_figures")
    assert json.loads(entry.after) == {"tax": "93000000", "employment": ""}
    assert json.loads(entry.payload)["reason"] == "经税务部门核定"


def test_a_returned_correction_is_still_only_corrected(world: World) -> None:
    report_year(world, "puxian", state="confirmed")
    TownYear.objects.update(confirmed_at=None)
    correct(world, tax=5_000_000)
    return_figures(
        actor=world.actor("linfen.clerk"), town=world.towns["puxian"], year=YEAR, reason="依据不足"
    )
    with pytest.raises(ValidationError, match="不能直接修改"):
        report(world, tax=1)
    correct(world, reason="补充依据", tax=6_000_000)
    assert FigureCorrection.objects.count() == 2


def test_a_returned_correction_that_was_right_is_handed_in_again(world: World) -> None:
    report(world)
    confirm(world)
    correct(world, tax=93_000_000)
    town = world.towns["puxian"]
    with pytest.raises(ValidationError, match="没有需要更正"):
        correct(world, reason="核对无误", tax=93_000_000)
    return_figures(actor=world.actor("linfen.clerk"), town=town, year=YEAR, reason="请核对")
    with pytest.raises(ValidationError, match="更正原因"):
        correct(world, reason=" ", tax=93_000_000)
    correct(world, reason="经核对无误", tax=93_000_000)
    row = TownYear.objects.get(town=town, year=YEAR)
    assert row.state == "corrected"
    assert FigureCorrection.objects.count() == 1
    entry = LedgerEntry.objects.filter(verb="correct_figures").latest("pk")
    assert "重新提交" in entry.summary
    assert json.loads(entry.payload)["reason"] == "经核对无误"
    assert confirm(world).state == "confirmed"


def test_a_source_alone_is_corrected(world: World) -> None:
    report(world)
    confirm(world)
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    why, source = "出处写错", "县税务局证明"
    correct_figures(actor=filer, town=town, year=YEAR, values=TAX, reason=why, source=source)
    sources = set(TownFigure.objects.filter(town=town, year=YEAR).values_list("source", flat=True))
    assert sources == {"县税务局证明"}
    assert TownYear.objects.get(town=town, year=YEAR).state == "corrected"
    entry = LedgerEntry.objects.get(verb="correct_figures")
    assert json.loads(entry.payload)["source"] == "县税务局证明"


@pytest.mark.parametrize(
    ("reason", "value", "message"),
    [("", 5, "更正原因"), ("核" * 401, 5, "不超过 400 字"), ("核定", 90_000_000, "没有需要更正")],
)
def test_a_correction_needs_a_reason_and_a_change(
    world: World, reason: str, value: int, message: str
) -> None:
    report_year(world, "puxian", state="confirmed")
    with pytest.raises(ValidationError, match=message):
        correct(world, reason=reason, tax=value)
    assert not FigureCorrection.objects.exists()


def test_what_is_not_confirmed_is_not_corrected(world: World) -> None:
    report(world)
    with pytest.raises(ValidationError, match="尚未确认"):
        correct(world, tax=1)


def test_a_correction_never_empties_the_year(world: World) -> None:
    town = world.towns["puxian"]
    TownFigure.objects.filter(town=town, year=YEAR).exclude(indicator__key="tax").delete()
    report_year(world, "puxian", state="confirmed")
    with pytest.raises(ValidationError, match="至少保留一项"):
        correct(world, tax=None)


# --- slips ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "last", "words"),
    [
        ("2864000000", "28640000", "产值 28.64亿元，是上年（2,864万元）的 100 倍"),
        ("28640000", "2864000000", "产值 2,864万元，是上年（28.64亿元）的 1/100"),
        ("0", "5", "产值 0元，上年为 5元"),
    ],
)
def test_a_hundredfold_change_is_said_in_words(value: str, last: str, words: str) -> None:
    leap = leap_of("产值", "元", Decimal(value), Decimal(last))
    assert leap is not None
    assert leap.words == words
    assert leap.hint == ""


@pytest.mark.parametrize(
    ("value", "last"), [("99", "1"), ("1", "99"), ("5", None), (None, "5"), ("5", "0"), ("0", "0")]
)
def test_smaller_changes_and_missing_values_are_no_leap(
    value: str | None, last: str | None
) -> None:
    amounts = [None if text is None else Decimal(text) for text in (value, last)]
    assert leap_of("产值", "元", *amounts) is None


def test_a_slip_of_unit_is_named() -> None:
    leap = leap_of("税收", "元", Decimal(91_000_000), Decimal(9_000))
    assert leap is not None
    assert "把元、万元选错" in leap.hint
    people = leap_of("就业", "人", Decimal(91_000_000), Decimal(9_000))
    assert people is not None
    assert people.hint == ""


def test_bounds_and_plain_numbers() -> None:
    least = Decimal(0)
    count = Indicator(name="就业", type="count", unit="人", minimum=least)
    share = Indicator(name="占有率", type="percent", unit="%", minimum=least, maximum=Decimal(100))
    amount = Indicator(name="税收", type="money", unit="元", minimum=least)
    assert out_of_bounds(count, Decimal(-1))
    assert out_of_bounds(share, Decimal("100.01"))
    assert out_of_bounds(share, Decimal(100)) == ""
    assert out_of_bounds(amount, Decimal(10) ** 12) == ""
    assert [plain(Decimal(text)) for text in ("26.5000", "260", "0.0000")] == ["26.5", "260", "0"]


# --- enterprises ----------------------------------------------------------------------------------


def enterprise_figures(world: World, place: int, revenue: int | None, who: str = "puxian") -> None:
    town = world.towns["puxian"]
    member = Membership.objects.filter(town=town).order_by("pk")[place]
    record_enterprise_figures(
        actor=world.actor(f"{who}.filer"),
        town=town,
        enterprise=member.enterprise,
        year=YEAR,
        values={"enterprise_revenue": None if revenue is None else Decimal(revenue)},
        source="企业年报",
    )


def test_ties_share_a_rank_and_without_revenue_there_is_none(world: World) -> None:
    town = world.towns["puxian"]
    for place, revenue in enumerate((500, 900, 500, 100)):
        enterprise_figures(world, place, revenue)
    members = list(Membership.objects.filter(town=town).order_by("pk"))
    ranks = revenue_ranks(town, YEAR)
    assert [ranks.get(row.enterprise_id) for row in members[:5]] == [2, 1, 2, 4, None]
    assert [row.value for row in revenue_ranking(town, YEAR)] == [900, 500, 500, 100]
    members[1].until = clock.today()
    members[1].save()
    assert revenue_ranks(town, YEAR)[members[0].enterprise_id] == 1
    assert revenue_ranks(town, YEAR - 1) == {}


def test_figures_of_an_enterprise_are_kept_by_the_filer_of_its_town(world: World) -> None:
    enterprise_figures(world, 0, 500)
    enterprise_figures(world, 0, 500)
    assert LedgerEntry.objects.filter(verb="record_enterprise_figures").count() == 1
    with pytest.raises(Refused, match="没有授权"):
        enterprise_figures(world, 0, 600, who="xixian")
    enterprise_figures(world, 0, None)
    assert not EnterpriseFigure.objects.exists()
    other = Membership.objects.filter(town=world.towns["xixian"])[0]
    with pytest.raises(ValidationError, match=r"不在.*企业名单"):
        record_enterprise_figures(
            actor=world.actor("puxian.filer"),
            town=world.towns["puxian"],
            enterprise=other.enterprise,
            year=YEAR,
            values={"enterprise_revenue": Decimal(1)},
        )
    with pytest.raises(ValidationError, match="不能为负数"):
        enterprise_figures(world, 0, -1)


# --- charts ---------------------------------------------------------------------------------------


def test_charts_show_what_was_ever_reported(world: World) -> None:
    town = world.towns["puxian"]
    TownFigure.objects.filter(town=town, indicator__key="export_value").delete()
    charts = {chart.key: chart for chart in town_charts(town)}
    assert "town-export-value" not in charts
    output = charts["town-output-value"]
    assert output.unit == "亿元"
    assert [row.year for row in output.rows] == [YEAR - 2, YEAR - 1, YEAR]
    enterprise_figures(world, 0, 86_400)
    member = Membership.objects.filter(town=town).earliest("pk")
    assert [chart.title for chart in enterprise_charts(member.enterprise_id)] == ["企业营业收入"]
    assert charts_of([], {}, YEAR, "town") == []
