"""The pages of yearly figures: typing them, leaps that need a tick, checking, the list, counts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.models import Indicator
from portal.core import clock
from tests.factories import World, grant_town, make_town, multiply, report_year
from towns.actions import confirm_figures, merge_towns, record_figures
from towns.forms import FiguresForm, suitable_unit
from towns.models import Enterprise, EnterpriseFigure, FigureCorrection, TownFigure, TownYear

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1
TAB_QUERIES = 20


def typed(**changes: str) -> dict[str, str]:
    """A whole figures' form as typed, money in 万元."""
    money = ("output_value", "revenue", "tax", "export_value")
    data = {row.key: "" for row in Indicator.objects.filter(subject="town", source="reported")}
    return {**data, **{f"{key}_unit": "万元" for key in money}, "source": "", **changes}


def stored(world: World, key: str) -> Decimal | None:
    row = TownFigure.objects.filter(
        town=world.towns["puxian"], year=YEAR, indicator__key=key
    ).first()
    return row.value if row else None


@pytest.mark.parametrize(
    ("number", "unit", "yuan"),
    [
        ("12.5", "亿元", "1250000000"),
        ("1,234.56", "万元", "12345600"),
        ("１２３４", "元", "1234"),
        ("0.01", "元", "0.01"),
    ],
)
def test_money_is_stored_in_yuan(world: World, browse, number: str, unit: str, yuan: str) -> None:
    answer = browse("puxian.filer").post(
        "town-figures",
        world.towns["puxian"].pk,
        YEAR,
        data=typed(
            output_value=number, output_value_unit=unit, output_value_sure=yuan, source="县统计局"
        ),
    )
    assert answer.status_code == 302
    assert stored(world, "output_value") == Decimal(yuan)
    assert stored(world, "tax") is None


@pytest.mark.parametrize(
    ("key", "value", "unit", "message"),
    [
        ("tax", "很多", "", "请填写数字"),
        ("tax", "0.001", "元", "最多精确到分"),
        ("tax", "-3", "元", "不能为负数"),
        ("tax", "1e999999", "万元", "数值过大"),
        ("tax", "-1e99999999999", "万元", "数值过大"),
        ("tax", "1e-99999999999", "万元", "小数位数过多"),
        ("employment", "1e30", "", "数值过大"),
        ("tax", "99999999999999999", "亿元", "数值过大"),
        ("employment", "3.5", "", "请填写整数"),
        ("market_share_national", "101", "", "不能超过 100"),
    ],
)
def test_bad_figures_are_told_beside_the_field_and_kept(
    world: World, browse, key: str, value: str, unit: str, message: str
) -> None:
    before = stored(world, "output_value")
    data = typed(output_value="7.77", **{key: value}, **({f"{key}_unit": unit} if unit else {}))
    answer = browse("puxian.filer").post("town-figures", world.towns["puxian"].pk, YEAR, data=data)
    assert answer.status_code == 422
    assert message in answer.text
    assert f'id="id_{key}_error"' in answer.text
    assert f'value="{value}"' in answer.text
    assert 'value="7.77"' in answer.text
    assert stored(world, "output_value") == before


def test_figures_show_last_year_and_open_in_a_suitable_unit(world: World, browse) -> None:
    text = browse("puxian.filer").get("town-figures", world.towns["puxian"].pk, YEAR).text
    assert 'value="26"' in text
    assert f"{YEAR - 1}年" in text
    assert "持平" in text
    future = browse("puxian.filer").get("town-figures", world.towns["puxian"].pk, YEAR + 2)
    assert future.status_code == 404


def test_unit_never_loses_a_digit() -> None:
    assert suitable_unit(Decimal(2864000000)) == "亿元"
    assert suitable_unit(Decimal("2864123456.7")) == "元"
    assert suitable_unit(Decimal(12345600)) == "万元"
    assert suitable_unit(None) == "万元"


def test_stored_figure_returns_unchanged_when_saved_again(world: World) -> None:
    catalogue = list(Indicator.objects.filter(key="tax"))
    value = Decimal("12345678.9000")
    form = FiguresForm(catalogue=catalogue, values={"tax": value}, last={})
    unit = form["tax_unit"].value()
    again = FiguresForm(
        {"tax": str(form["tax"].value()), "tax_unit": unit, "source": ""},
        catalogue=catalogue,
        values={},
        last={},
    )
    assert again.is_valid(), again.errors
    assert again.values() == {"tax": value}


# --- leaps ----------------------------------------------------------------------------------------


def test_a_hundredfold_value_is_not_stored_until_the_tick_names_it(world: World, browse) -> None:
    pk, person = world.towns["puxian"].pk, browse("puxian.filer")
    before = stored(world, "output_value")
    data = typed(output_value="2600", output_value_unit="亿元", employment="3700")
    asked = person.post("town-figures", pk, YEAR, data=data)
    assert asked.status_code == 422
    assert "主导产业年产值 2,600亿元，是上年（26亿元）的 100 倍，确认无误" in asked.text
    assert 'name="output_value_sure" value="260000000000"' in asked.text
    assert 'value="2600"' in asked.text
    assert 'value="3700"' in asked.text
    assert stored(world, "output_value") == before
    other = person.post(
        "town-figures", pk, YEAR, data={**data, "output_value_sure": "260000000001"}
    )
    assert other.status_code == 422, "a tick for another value confirms nothing"
    done = person.post("town-figures", pk, YEAR, data={**data, "output_value_sure": "260000000000"})
    assert done.status_code == 302
    assert stored(world, "output_value") == Decimal(260_000_000_000)


def test_a_tick_stays_when_something_else_is_wrong(world: World, browse) -> None:
    data = typed(output_value="26", output_value_unit="元", output_value_sure="26", tax="很多")
    answer = browse("puxian.filer").post("town-figures", world.towns["puxian"].pk, YEAR, data=data)
    assert answer.status_code == 422
    assert 'value="26" checked' in answer.text
    assert "请填写数字" in answer.text
    assert "id_output_value_error" not in answer.text


# --- a year's way ---------------------------------------------------------------------------------


def test_figures_go_from_the_filer_to_the_city_and_back(world: World, browse) -> None:
    pk = world.towns["puxian"].pk
    filer, city = browse("puxian.filer"), browse("linfen.clerk")
    assert "待本办公室确认" in city.get("figures").text
    data = typed(output_value="27", output_value_unit="亿元", source="县统计局年报")
    assert filer.post("town-figures", pk, YEAR, data=data).status_code == 302
    waiting = city.get("figures", extra="&state=waits")
    assert world.towns["puxian"].name in waiting.text
    assert world.towns["xixian"].name not in waiting.text
    page = city.get("figures-check", pk, YEAR)
    assert "县统计局年报" in page.text
    assert "27亿元" in page.text
    nothing = city.post("figures-check", pk, YEAR, data={"decision": "return", "reason": " "})
    assert nothing.status_code == 422
    assert "请写明退回原因" in nothing.text
    reason = {"decision": "return", "reason": "产值与年报不一致"}
    assert city.post("figures-check", pk, YEAR, data=reason).status_code == 302
    assert "产值与年报不一致" in filer.get("town-figures", pk, YEAR).text
    assert "产值与年报不一致" in filer.get("town-data", pk).text
    again = typed(output_value="27.1", output_value_unit="亿元")
    assert filer.post("town-figures", pk, YEAR, data=again).status_code == 302
    assert city.post("figures-check", pk, YEAR, data={"decision": "confirm"}).status_code == 302
    assert TownYear.objects.get(town_id=pk, year=YEAR).state == "confirmed"
    shown = browse("puxian.clerk").get("town-data", pk).text
    assert "已确认" in shown
    assert "临汾市" in shown


def test_a_confirmed_year_is_corrected_with_a_reason_only(world: World, browse) -> None:
    report_year(world, "puxian", state="confirmed")
    pk, person = world.towns["puxian"].pk, browse("puxian.filer")
    assert "只能更正" in person.get("town-figures", pk, YEAR).text
    data = {row.key: "" for row in Indicator.objects.filter(subject="town", source="reported")}
    data |= typed(output_value="25", output_value_unit="亿元")
    answer = person.post("town-figures", pk, YEAR, data=data)
    assert answer.status_code == 422
    assert "请写明更正原因。" in answer.text
    assert 'value="25"' in answer.text
    assert stored(world, "output_value") == Decimal(2_600_000_000)
    data["reason"] = "年报核定调整"
    assert person.post("town-figures", pk, YEAR, data=data).status_code == 302
    row = FigureCorrection.objects.get(indicator__key="output_value")
    assert (row.before, row.after) == (Decimal(2_600_000_000), Decimal(2_500_000_000))
    page = browse("linfen.checker").get("figures-check", pk, YEAR).text
    assert "年报核定调整" in page
    assert "更正前 26亿元" in page
    assert "年报核定调整" in person.get("town-data", pk).text


def test_figures_changed_behind_the_page_are_shown_again(world: World, browse) -> None:
    row = report_year(world, "puxian")
    pk, city = row.town_id, browse("linfen.clerk")
    seen = row.reported_at
    assert seen is not None
    record_figures(
        actor=world.actor("puxian.filer"), town=row.town, year=YEAR, values={"tax": Decimal(5)}
    )
    data = {"decision": "confirm", "seen": seen.isoformat()}
    answer = city.post("figures-check", pk, YEAR, data=data)
    assert answer.status_code == 302
    assert "figures/" in answer.url
    assert "又有改动" in city.client.get(answer.url).content.decode()
    assert TownYear.objects.get(pk=row.pk).state == "reported"
    fresh = TownYear.objects.get(pk=row.pk).reported_at
    assert fresh is not None
    data = {"decision": "confirm", "seen": fresh.isoformat()}
    assert city.post("figures-check", pk, YEAR, data=data).status_code == 302
    assert TownYear.objects.get(pk=row.pk).state == "confirmed"


@pytest.mark.parametrize("name", ["puxian.clerk", "sx.clerk", "linfen.leader", "puxian.filer"])
def test_only_the_office_above_checks(world: World, browse, name: str) -> None:
    row = report_year(world, "puxian")
    page = browse(name).get("figures-check", row.town_id, YEAR)
    assert page.status_code == 403
    assert "临汾市领导小组办公室" in page.text
    assert browse("jincheng.clerk").get("figures-check", row.town_id, YEAR).status_code == 404


# --- the list -------------------------------------------------------------------------------------


def test_the_list_tells_what_is_missing_and_its_counts_agree(world: World, browse) -> None:
    report_year(world, "puxian")
    report_year(world, "zezhou", state="confirmed")
    page = browse("sx.clerk").get("figures", extra="&state=nothing").text
    assert world.towns["xixian"].name in page
    assert world.towns["puxian"].name not in page
    assert '未填报<span class="count">2</span>' in page
    assert '已确认<span class="count">1</span>' in page
    assert '全部<span class="count">4</span>' in page
    other = browse("sx.clerk").get("figures", extra=f"&year={YEAR - 1}&state=nothing").text
    assert world.towns["puxian"].name in other
    own = browse("puxian.filer").get("figures").text
    assert world.towns["puxian"].name in own
    assert world.towns["xixian"].name not in own


def test_the_list_costs_the_same_for_any_number_of_towns(world: World, browse) -> None:
    row = report_year(world, "puxian")
    clerk = browse("linfen.clerk")
    counts = []
    for extra in (0, 2, 50):
        if extra:
            made = multiply(world.towns["puxian"], extra, name=f"t.name || '-' || n || '-{extra}'")
            multiply(row, extra, town_id=f"{made.start - 1} + n")
        clerk.get("figures")
        with CaptureQueriesContext(connection) as seen:
            assert clerk.get("figures", extra="&state=waits&region=141033").status_code == 200
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 12, counts


# --- the tab, what is counted, an enterprise ------------------------------------------------------


def test_the_tab_costs_the_same_whatever_was_entered(world: World, browse) -> None:
    town = world.towns["puxian"]
    person = browse("puxian.filer")
    counts = []
    for year in (None, YEAR, YEAR - 1):
        if year is not None:
            report_year(world, "puxian", year, state="confirmed")
        make_town(world.regions["141033"], f"另一镇{year}")
        person.get("town-data", town.pk)
        with CaptureQueriesContext(connection) as seen:
            assert person.get("town-data", town.pk, extra="&years=10").status_code == 200
        counts.append(len(seen))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= TAB_QUERIES, counts


def test_a_counted_number_shows_its_rows_on_any_day(world: World, browse) -> None:
    town = world.towns["puxian"]
    person = browse("linfen.clerk")
    page = person.get("town-counted", town.pk, "supporting_enterprises")
    assert "11户" in page.text
    assert "晋政办发〔2022〕80号 二(五)" in page.text
    assert f"{town.name}企业1" in page.text
    town.memberships.filter(role="supporting").update(since="2025-06-01")
    early = person.get("town-counted", town.pk, "supporting_enterprises", extra="&on=2024-12-31")
    assert "0户" in early.text
    wrong = person.get("town-counted", town.pk, "supporting_enterprises", extra="&on=下周")
    assert wrong.status_code == 200
    assert "请填写日期" in wrong.text
    assert person.get("town-counted", town.pk, "no_such_thing").status_code == 404


def test_every_counted_indicator_has_its_page(world: World, browse) -> None:
    town, person = world.towns["puxian"], browse("puxian.filer")
    computed = Indicator.objects.filter(subject="town", source="computed")
    for key in [*computed.values_list("key", flat=True), "ranked_enterprises"]:
        assert person.get("town-counted", town.pk, key).status_code == 200, key


def test_figures_of_an_enterprise_are_typed_with_last_years_beside(world: World, browse) -> None:
    town = world.towns["puxian"]
    enterprise = Enterprise.objects.filter(memberships__town=town).earliest("pk")
    person = browse("puxian.filer")
    known = Indicator.objects.get(key="enterprise_revenue")
    EnterpriseFigure.objects.create(
        enterprise=enterprise, year=YEAR - 1, indicator=known, value=Decimal(5_000_000)
    )
    page = person.get("enterprise-figures", enterprise.pk, YEAR)
    assert "500万元" in page.text
    data = {row.key: "" for row in Indicator.objects.filter(subject="enterprise")}
    data |= {f"{row.key}_unit": "万元" for row in Indicator.objects.filter(type="money")}
    data |= {"enterprise_revenue": "60000", "enterprise_employment": "12", "source": "企业年报"}
    asked = person.post("enterprise-figures", enterprise.pk, YEAR, data=data)
    assert asked.status_code == 422
    assert "是上年（500万元）的 120 倍" in asked.text
    data["enterprise_revenue_sure"] = "600000000"
    assert person.post("enterprise-figures", enterprise.pk, YEAR, data=data).status_code == 302
    row = EnterpriseFigure.objects.get(enterprise=enterprise, year=YEAR, indicator=known)
    assert (row.value, row.source) == (Decimal(600_000_000), "企业年报")
    assert browse("puxian.clerk").get("enterprise-figures", enterprise.pk, YEAR).status_code == 403
    assert browse("xixian.filer").get("enterprise-figures", enterprise.pk, YEAR).status_code == 404


def test_figures_of_an_enterprise_of_a_merged_town_are_kept_in_the_new_one(
    world: World, browse
) -> None:
    home = world.towns["puxian"]
    other = make_town(world.regions["141033"], "蒲县核桃专业镇", "核桃", "agriculture")
    grant_town(world.actor("puxian.filer"), other)
    enterprise = Enterprise.objects.filter(memberships__town=home).earliest("pk")
    merge_towns(
        actor=world.actor("puxian.clerk"),
        towns=[home, other],
        into=other,
        on=clock.today(),
        source="蒲政发〔2026〕3号",
    )
    page = browse("puxian.filer").get("enterprise-figures", enterprise.pk, YEAR)
    assert page.status_code == 200
    assert other.name in page.text


def test_the_home_page_of_the_city_names_what_waits(world: World, browse) -> None:
    row = report_year(world, "puxian")
    assert "待确认年度数据" in browse("linfen.clerk").get("workspace").text
    confirm_figures(actor=world.actor("linfen.checker"), town=row.town, year=YEAR)
    assert "待确认年度数据" in browse("linfen.clerk").get("workspace").text
    assert "待确认年度数据" not in browse("linfen.leader").get("workspace").text
