"""Charts laid out by pure functions, and the component that draws them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.template.loader import render_to_string

from portal.core.charting import (
    WIDTH,
    Chart,
    Series,
    axis_unit,
    nice_step,
    series_chart,
    ticks_of,
)


def chart(values: dict[int, Any], unit: str = "元", **more: Any) -> Chart:
    years = more.pop("years", range(2021, 2026))
    return series_chart("c", "年产值", unit, years, [Series("年产值", values)], **more)


@pytest.mark.parametrize(
    ("span", "step"),
    [("28", "10"), ("4", "1"), ("7", "2"), ("9.5", "2.5"), ("0.8", "0.2"), ("3900", "1000")],
)
def test_steps_are_round_and_cover_the_span(span: str, step: str) -> None:
    found = nice_step(Decimal(span))
    assert found == Decimal(step)
    assert found * 4 >= Decimal(span)


@pytest.mark.parametrize("top", ["1", "2", "3", "4", "7", "11", "26"])
def test_counts_have_no_half_ticks(top: str) -> None:
    ticks = ticks_of(Decimal(0), Decimal(top), whole=True)
    assert all(tick == tick.to_integral_value() for tick in ticks)
    assert ticks[-1] >= Decimal(top)
    assert len(set(ticks)) == len(ticks) <= 7


@pytest.mark.parametrize(
    ("low", "high"),
    [("0", "0"), ("5", "9"), ("-8.25", "12.4"), ("-30", "-2"), ("0.0001", "0.0004")],
)
def test_the_axis_holds_zero_and_every_value(low: str, high: str) -> None:
    ticks = ticks_of(Decimal(low), Decimal(high))
    assert Decimal(0) in ticks
    assert ticks[0] <= Decimal(low)
    assert ticks[-1] >= Decimal(high)
    assert 2 <= len(ticks) <= 7


def test_money_is_drawn_in_the_unit_of_the_largest_amount() -> None:
    assert axis_unit("元", [Decimal(500), Decimal(320_000_000)]) == ("亿元", Decimal(100_000_000))
    assert axis_unit("元", [Decimal(-86_400)]) == ("万元", Decimal(10_000))
    assert axis_unit("元", [Decimal(99)]) == ("元", Decimal(1))
    assert axis_unit("万元", [Decimal(99_999)]) == ("亿元", Decimal(10_000))
    assert axis_unit("人", [Decimal(99_999)]) == ("人", Decimal(1))
    assert axis_unit("元", []) == ("元", Decimal(1))


def test_a_larger_value_stands_higher_and_on_its_tick() -> None:
    drawn = chart({2021: 100_000_000, 2022: 300_000_000, 2023: 200_000_000})
    at = {tick.label: tick.at for tick in drawn.ticks}
    assert drawn.unit == "亿元"
    assert [mark.y for mark in drawn.series[0].marks] == [at["1"], at["3"], at["2"]]
    assert [mark.label for mark in drawn.series[0].marks] == ["1", "3", "2"]
    assert at["0"] == drawn.bottom


def test_missing_years_are_gaps_in_the_line() -> None:
    drawn = chart({2021: 1, 2022: 2, 2024: 3, 2025: 4}, unit="人")
    assert len(drawn.series[0].marks) == 4
    assert [line.count(",") for line in drawn.series[0].lines] == [2, 2]
    assert drawn.gaps == (drawn.years[2].at,)
    assert drawn.rows[2].cells == (("未填报", "—"),)
    assert drawn.rows[3].cells == (("3人", "—"),)
    assert "2023年 未填报" in drawn.said


def test_a_value_between_gaps_is_a_mark_without_a_line() -> None:
    drawn = chart({2023: 5}, unit="%")
    assert drawn.series[0].lines == ()
    assert len(drawn.series[0].marks) == 1


def test_one_year_alone_stands_in_the_middle() -> None:
    drawn = chart({2025: 86_400}, years=[2025])
    mark = drawn.series[0].marks[0]
    assert mark.x == pytest.approx((drawn.left + drawn.right) / 2, abs=0.1)
    assert drawn.rows[0].cells == (("8.64万元", "—"),)


def test_nothing_reported_is_empty() -> None:
    drawn = chart({}, unit="%")
    assert drawn.empty
    assert drawn.gaps == ()
    assert "尚无数据" in draw(drawn)
    assert "<polyline" not in draw(drawn)
    assert series_chart("c", "无", "人", [], [Series("无", {})]).empty


def test_negative_columns_hang_from_zero_and_their_change_is_signed() -> None:
    drawn = chart({2022: "-3.5", 2023: "6", 2024: "-8.25"}, unit="%", kind="column")
    zero = next(tick.at for tick in drawn.ticks if tick.zero)
    below, above, _ = drawn.series[0].marks
    assert above.y < zero < below.y
    assert below.label_y > below.y
    assert above.label_y < above.y
    assert f"V{zero}Z" in below.path
    assert drawn.rows[3].cells == (("-8.25%", "-14.25 个百分点"),)


def test_long_labels_of_the_axis_stay_on_the_paper() -> None:
    drawn = chart({2024: 1_234_567_890, 2025: 9_876_543_210}, unit="人", whole=True)
    longest = max(len(tick.label) for tick in drawn.ticks)
    assert longest >= len("10,000,000,000")
    assert drawn.left >= longest * 7
    assert all(drawn.left < mark.x < WIDTH for mark in drawn.series[0].marks)


def test_columns_of_three_series_stand_apart() -> None:
    rows = [Series(name, {2024: 4, 2025: 5}) for name in ("甲", "乙", "丙")]
    drawn = series_chart("c", "比较", "人", [2024, 2025], rows, kind="column")
    places = [mark.x for row in drawn.series for mark in row.marks]
    assert len(set(places)) == 6
    assert {mark.label for row in drawn.series for mark in row.marks} == {""}
    assert drawn.series[1].marks[0].said == "乙：2024年 4人"


def test_more_than_three_series_are_refused() -> None:
    rows = [Series(str(at), {}) for at in range(4)]
    with pytest.raises(ValueError, match="one to 3"):
        series_chart("c", "比较", "人", [2025], rows)
    with pytest.raises(ValueError, match="no such chart"):
        series_chart("c", "比较", "人", [2025], rows[:1], kind="pie")


def draw(drawn: Chart, **more: Any) -> str:
    return render_to_string("components/series_chart.html", {"chart": drawn, **more})


def test_the_drawing_is_named_and_described_and_has_its_table() -> None:
    html = draw(chart({2024: 1, 2025: 2}, unit="人"), export_url="/x.xlsx")
    assert 'role="img"' in html
    assert 'aria-labelledby="c-title c-said"' in html
    assert '<title id="c-title">年产值</title>' in html
    assert re.search(r'<desc id="c-said">年产值：.*2024年 1人，2025年 2人。</desc>', html)
    assert '<th scope="row">2025年</th><td class="num">2人</td><td class="num">+100%</td>' in html
    assert 'href="/x.xlsx"' in html
    assert "style=" not in html
    assert "<script" not in html


def test_names_are_escaped_and_series_differ_in_more_than_colour() -> None:
    rows = [Series(name, {2024: 1, 2025: 2}) for name in ("<甲>", "乙&", "丙")]
    drawn = series_chart("c", "比较", "人", [2024, 2025], rows)
    html = draw(drawn)
    assert "&lt;甲&gt;" in html
    assert "<甲>" not in html
    assert len({row.sample for row in drawn.series}) == 3
    assert html.count('class="chart-line chart-line-2"') == 2
