"""How figures, money, dates and counts are written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from portal.core import formatting

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=formatting.SHANGHAI)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal(1235000000), "12.35亿元"),
        (Decimal(2000000000), "20亿元"),
        (Decimal(56780000), "5,678万元"),
        (Decimal("123456.78"), "12.35万元"),
        (Decimal("9999.5"), "9,999.5元"),
        (Decimal(0), "0元"),
        (Decimal(-56780000), "-5,678万元"),
        (Decimal("9999.996"), "1万元"),  # rounding reaches the next unit
        (Decimal("99999999.99"), "1亿元"),
        ("1,200,000", "120万元"),
        (None, "—"),
        ("", "—"),
        ("十二亿", "—"),
        (Decimal("NaN"), "—"),
        (True, "—"),
    ],
)
def test_money_chooses_its_unit_by_size(value: Any, text: str) -> None:
    assert formatting.money(value) == text


def test_money_rounds_half_up_not_to_even() -> None:
    assert formatting.money(Decimal(1225000), 1) == "122.5万元"
    assert formatting.money(Decimal(1225000), 0) == "123万元"
    assert formatting.money(Decimal(1215000), 0) == "122万元"


def test_full_figure_shows_fen_only_where_there_are_any() -> None:
    assert formatting.money_full(Decimal(1235000000)) == "1,235,000,000元"
    assert formatting.money_full(Decimal("12.5")) == "12.50元"
    assert formatting.money_full(None) == "—"


def test_money_in_a_given_unit_keeps_its_digits() -> None:
    assert formatting.money_in(Decimal(123456789), "万元") == "12,345.68"
    assert formatting.money_in(Decimal(200000000), "亿元") == "2.00"
    with pytest.raises(KeyError):
        formatting.money_in(1, "美元")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal(200000), "万元", "20亿元"),
        (Decimal("0.5"), "万元", "5,000元"),
        (Decimal(30), "%", "30%"),
        (Decimal("10.0000"), "家", "10家"),
        (None, "家", "—"),
    ],
)
def test_quantity_writes_the_unit(value: Any, unit: str, text: str) -> None:
    assert formatting.quantity(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"), [(Decimal("0.305"), "30.5%"), (1, "100%"), (Decimal("-0.0001"), "0%")]
)
def test_percent_takes_a_ratio(value: Any, text: str) -> None:
    assert formatting.percent(value) == text


@pytest.mark.parametrize(
    ("current", "previous", "text"),
    [(120, 100, "+20%"), (80, 100, "-20%"), (100, 100, "0%"), (5, 0, "—"), (None, 1, "—")],
)
def test_change_against_last_year(current: Any, previous: Any, text: str) -> None:
    assert formatting.change_percent(current, previous) == text


def test_a_share_changes_by_points() -> None:
    assert formatting.change_of("1.5", "1.3", "%") == "+0.2 个百分点"
    assert formatting.change_of("1.3", "1.5", "%") == "-0.2 个百分点"
    assert formatting.change_of("120", "100", "元") == "+20%"
    assert formatting.change_of(None, "1.3", "%") == formatting.DASH


def test_counts_are_capped_only_where_counting_stopped() -> None:
    assert formatting.count(1234) == "1,234"
    assert formatting.count(1000, capped=True) == "1,000+"
    assert formatting.count(999, capped=True) == "999"
    assert formatting.count(None) == "—"


def test_dates_are_read_in_shanghai() -> None:
    evening_in_utc = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)
    assert formatting.cn_date(evening_in_utc) == "2026年11月21日"
    assert formatting.iso_date(evening_in_utc) == "2026-11-21"
    assert formatting.cn_datetime(evening_in_utc) == "2026年11月21日 01:05"
    assert formatting.iso_datetime(evening_in_utc) == "2026-11-21 01:05"
    assert formatting.cn_date(date(2026, 1, 5)) == "2026年1月5日"
    assert formatting.cn_date(None) == formatting.iso_datetime(None) == "—"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 22, 10, 29, 40, tzinfo=formatting.SHANGHAI), "刚刚"),
        (datetime(2026, 11, 22, 10, 18, tzinfo=formatting.SHANGHAI), "12分钟前"),
        (datetime(2026, 11, 22, 7, 30, tzinfo=formatting.SHANGHAI), "3小时前"),
        (datetime(2026, 11, 22, 17, 0, tzinfo=formatting.SHANGHAI), "6小时后"),
        (datetime(2026, 11, 21, 23, 59, tzinfo=formatting.SHANGHAI), "昨天"),
        (date(2026, 11, 22), "今天"),
        (date(2026, 11, 23), "明天"),
        (date(2026, 12, 12), "20天后"),
        (date(2026, 10, 13), "40天前"),
        (date(2026, 7, 1), "4个月前"),
        (date(2023, 11, 1), "3年前"),
    ],
)
def test_relative_time(value: date | datetime, text: str) -> None:
    assert formatting.relative(value, NOW) == text


def test_relative_time_stands_beside_the_absolute_one() -> None:
    assert formatting.since(date(2026, 11, 21), NOW) == "2026-11-21（昨天）"
    assert formatting.since(None, NOW) == "—"


def test_yes_no_and_not_answered_differ() -> None:
    assert [formatting.yesno(v) for v in (True, False, None, "", 0)] == [
        "是",
        "否",
        "未填",
        "未填",
        "否",
    ]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (812, "812 B"), (1536, "1.5 KB"), (20 * 1024 * 1024, "20 MB"), (None, "—")],
)
def test_file_size(size: int | None, text: str) -> None:
    assert formatting.file_size(size) == text


def test_digest_is_shortened_for_the_eye() -> None:
    assert formatting.short_digest("9f86d081884c7d65") == "9f86d081884c…"
    assert formatting.short_digest("9f86") == "9f86"
    assert formatting.short_digest("") == "—"


@pytest.mark.parametrize(
    ("value", "whole", "length"), [(3, 4, 75), (9, 4, 100), (0, 4, 0), (-1, 4, 0), (1, 0, 0)]
)
def test_share_is_the_length_of_a_bar(value: int, whole: int, length: int) -> None:
    assert formatting.share(value, whole) == length
