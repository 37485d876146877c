"""Cells as people fill them are read as what they mean, or refused with what to do."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from portal.core.workbooks.cells import BadCell, clean, reader_of
from portal.core.workbooks.spec import Field, Kind
from tests.factories import uscc

CODE = uscc(7)
WIDE = CODE.translate({ord(c): ord(c) + 0xFEE0 for c in CODE})


def field(kind: Kind, **more: Any) -> Field:
    """A column of a kind."""
    return Field("x", "列", kind, **more)


def read(kind: Kind, value: Any, unit: str = "", **more: Any) -> Any:
    """A cell of a column of that kind."""
    return reader_of(field(kind, **more), unit)(value)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (" 山西 某某（集团）  有限公司 ", "山西某某（集团）有限公司"),
        ("ＡＢＣ１２３", "ABC123"),
        ("Acme  Tools\n Ltd", "Acme Tools Ltd"),
        ("\u3000蒲县\u200b\ufeff", "蒲县"),
        ("第1行_x000D_", "第1行"),
        (12.0, "12"),
        (1.5, "1.5"),
        (True, "是"),
        (datetime.fromisoformat("2024-01-05"), "2024-01-05"),
        ("  ", None),
        ("", None),
        (None, None),
        # Full-width marks of Chinese text are no slips.
        ("陶瓷、琉璃，砂器", "陶瓷、琉璃，砂器"),
    ],
)
def test_text(value: Any, meant: str | None) -> None:
    assert read("text", value) == meant


def test_text_has_its_length() -> None:
    with pytest.raises(BadCell, match="最多 3 字，现有 4 字"):
        read("text", "一二三四", max_length=3)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (date(2024, 1, 5), date(2024, 1, 5)),
        (datetime.fromisoformat("2024-01-05T13:30"), date(2024, 1, 5)),
        (45296, date(2024, 1, 5)),
        (45296.5, date(2024, 1, 5)),
        ("45296", date(2024, 1, 5)),
        ("2024-01-05", date(2024, 1, 5)),
        ("2024/1/5", date(2024, 1, 5)),
        ("2024.1.5", date(2024, 1, 5)),
        ("2024年1月5日", date(2024, 1, 5)),
        ("２０２４年０１月０５日", date(2024, 1, 5)),
        ("2024年 1 月 5 日", date(2024, 1, 5)),
        (20240105, date(2024, 1, 5)),
        ("2024-01-05 00:00:00", date(2024, 1, 5)),
        ("二〇二四年一月五日", date(2024, 1, 5)),
        ("二〇一九年十二月三十一日", date(2019, 12, 31)),
        ("二〇一九年十月二十日", date(2019, 10, 20)),
        ("—", None),
        (" / ", None),
        ("无", None),
    ],
)
def test_dates(value: Any, meant: date | None) -> None:
    assert read("date", value) == meant


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2024年5月", "没有写到日"),
        ("2024.5", "没有写到日"),
        (2024, "没有写到日"),
        ("202405", "没有写到日"),
        ("2024-02-30", "不是日期"),
        ("去年", "不是日期"),
        ("24.1.5", "不是日期"),
        ("0024-01-05", "不是日期"),
        (time(9, 30), "不是日期"),
        (True, "不是日期"),
        (12.5, "不是日期"),
    ],
)
def test_what_is_no_day(value: Any, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read("date", value)


@pytest.mark.parametrize(
    ("value", "unit", "meant"),
    [
        (1234.5, "", "12345000"),
        (1234.5, "元", "1234.5"),
        (1234.5, "亿元", "123450000000"),
        ("1,234.50", "", "12345000"),
        ("１，２３４．５", "", "12345000"),
        (" 1 234.5 ", "", "12345000"),
        ("12亿", "", "1200000000"),
        ("12亿元", "元", "1200000000"),
        ("3500元", "亿元", "3500"),
        ("1.5万", "元", "15000"),
        ("80百万元", "", "80000000"),
        ("¥1200元整", "", "1200"),
        ("￥1200", "元", "1200"),
        ("-5", "", "-50000"),
        ("1.2E+3", "元", "1200"),
        (0, "", "0"),
        # Binary fractions come out as the sheet shows them.
        (0.1 + 0.2, "元", "0.3"),
        (1234567.89, "", "12345678900"),
    ],
)
def test_money(value: Any, unit: str, meant: str) -> None:
    assert read("money", value, unit) == Decimal(meant)


@pytest.mark.parametrize("value", ["-", "——", "/", "无", "", None, " "])
def test_nothing_is_no_amount(value: Any) -> None:
    assert read("money", value) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("约1200", "“约1200”不是数"),
        ("1,23,4", "不是数"),
        ("1200-1500", "不是数"),
        ("12万美元", "外币"),
        (1e15, "数值过大"),
        (date(2024, 1, 1), "不是数"),
        (True, "不是数"),
        ("=SUM(A1:A2)", "不是数"),
    ],
)
def test_what_is_no_amount(value: Any, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read("money", value)


@pytest.mark.parametrize(
    ("value", "unit", "meant"),
    [
        (120, "", 120),
        ("1,200人", "", 1200),
        ("３００", "", 300),
        ("1.2万人", "", 12000),
        (1.2, "万", 12000),
        ("45家", "", 45),
    ],
)
def test_counts(value: Any, unit: str, meant: int) -> None:
    assert read("count", value, unit) == meant


def test_a_count_is_whole() -> None:
    with pytest.raises(BadCell, match=r"“12\.5”不是整数"):
        read("count", 12.5)


@pytest.mark.parametrize(
    ("value", "meant"), [("30%", 30), ("３０％", 30), (30, 30), ("12.5", "12.5"), (0.5, "0.5")]
)
def test_percentages(value: Any, meant: Any) -> None:
    assert read("percent", value) == Decimal(meant)


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (2024, 2024),
        (2024.0, 2024),
        ("2024年", 2024),
        ("２０２４年度", 2024),
        (date(2024, 12, 31), 2024),
        ("/", None),
    ],
)
def test_years(value: Any, meant: int | None) -> None:
    assert read("year", value) == meant


@pytest.mark.parametrize("value", ["24", 1800, "去年", 2024.5, 45296])
def test_what_is_no_year(value: Any) -> None:
    with pytest.raises(BadCell, match="不是年度。请填写四位年份"):
        read("year", value)


@pytest.mark.parametrize(
    "value", [CODE, WIDE, CODE.lower(), f" {CODE[:9]} {CODE[9:]}\n", f"'{CODE}"]
)
def test_codes_of_enterprises(value: str) -> None:
    assert read("uscc", value) == CODE


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (CODE[:-1], "应为18位，现为17位"),
        (CODE[:-1] + ("A" if CODE[-1] != "A" else "B"), "校验位不符"),
        (CODE[:9] + "I" + CODE[10:], "不使用字母I、O、S、V、Z"),
        (911405001234567890, "数字格式，末几位已被表格软件改成 0"),
        (9.11405e17, "数字格式"),
    ],
)
def test_wrong_codes_say_what_is_wrong(value: Any, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        read("uscc", value)


CHOICES = (("leading", "龙头"), ("supporting", "配套"))


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("龙头", "leading"),
        (" 龙 头 ", "leading"),
        ("LEADING", "leading"),
        ("龙头企业", "leading"),
        ("-", None),
        (None, None),
    ],
)
def test_choices(value: Any, meant: str | None) -> None:
    aliases = (("龙头企业", "leading"),)
    assert read("choice", value, choices=CHOICES, choice_aliases=aliases) == meant


def test_a_wrong_choice_names_the_right_ones() -> None:
    with pytest.raises(BadCell, match="“老大”不在可填的内容中。请填写：龙头、配套。"):
        read("choice", "老大", choices=CHOICES)


def test_equal_values_of_different_types_are_not_mixed_up() -> None:
    """1, 1.0 and True are equal and share a hash; what one means is not what another means."""
    reader = reader_of(field("text"))
    assert [reader(True), reader(1), reader(1.0)] == ["是", "1", "1"]


def test_clean_leaves_ordinary_text_alone() -> None:
    assert clean("蒲县肉牛专业镇") == "蒲县肉牛专业镇"


@pytest.mark.parametrize("kind", ["money", "count", "percent"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 1e308])
def test_numbers_that_are_none_are_said_to_be(kind: Kind, value: float) -> None:
    with pytest.raises(BadCell, match=r"不是数|数值过大"):
        read(kind, value)
