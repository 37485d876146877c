"""The header is found by name, whatever stands above, beside or in brackets."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.core.workbooks.headers import Header, column_letter, find_header, require_columns
from portal.core.workbooks.spec import Field

FIELDS = (
    Field("code", "统一社会信用代码", "uscc", True, ("信用代码",)),
    Field("name", "企业名称", required=True, aliases=("名称", "单位名称")),
    Field("year", "数据年度", "year", True),
    Field("revenue", "营业收入", "money", aliases=("主营业务收入",)),
    Field("jobs", "从业人数", "count"),
)


def found(*rows: list[Any]) -> Header:
    """The header of these rows."""
    header = find_header(rows, FIELDS)
    assert header is not None
    return header


@pytest.mark.parametrize(
    "label",
    [
        "企业名称",
        " 企 业 名 称 ",
        "企业\n名称",
        "*企业名称",
        "企业名称（全称）",
        "企业名称(与营业执照一致)*",
        "企业名称【必填】",
        "企业名称：",
        "名称",
        "单位名称（盖章",
    ],
)
def test_labels_are_recognised(label: str) -> None:
    assert found(["信用代码", label]).columns == {"code": 0, "name": 1}


def test_titles_and_remarks_may_stand_above() -> None:
    header = found(
        ["蒲县企业名单", ""],
        ["填报单位：蒲县工信局", "单位：万元"],
        [],
        ["序号", "企业名称", "信用代码", "联系人", "检查结果"],
    )
    assert (header.row, header.first) == (4, 4)
    assert header.columns == {"name": 1, "code": 2}
    assert header.ignored == ["联系人"]


def test_a_header_far_down_is_not_looked_for() -> None:
    rows: list[list[Any]] = [["说明"]] * 15 + [["企业名称", "信用代码"]]
    assert find_header(rows, FIELDS) is None


@pytest.mark.parametrize(
    ("label", "unit"),
    [
        ("营业收入（亿元）", "亿元"),
        ("营业收入(元)", "元"),
        ("营业收入\n（单位：千元）", "千元"),
        ("营业收入/万元", "万元"),
        ("营业收入万元", "万元"),
        ("2024年营业收入（亿元）", "亿元"),
        ("营业收入", None),
    ],
)
def test_the_unit_stands_in_the_label(label: str, unit: str | None) -> None:
    assert found(["企业名称", label]).units.get("revenue") == unit


def test_the_unit_may_stand_above_the_table() -> None:
    header = found(["", "", "单位：亿元、人"], ["企业名称", "营业收入", "从业人数（万人）"])
    assert header.units == {"revenue": "亿元", "jobs": "万"}
    own = found(["单位:万元"], ["企业名称", "营业收入（元）"])
    assert own.units == {"revenue": "元"}


def test_foreign_money_is_not_converted() -> None:
    with pytest.raises(ValidationError, match="外币。请折算为人民币"):
        find_header([["企业名称", "营业收入（万美元）"]], FIELDS)


def test_a_year_in_the_labels_is_every_rows_year() -> None:
    header = found(["信用代码", "企业名称", "2024年营业收入（万元）", "从业人数（2024年）"])
    assert header.year == 2024
    require_columns(header, FIELDS)


def test_several_years_side_by_side_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"2023、2024.*每个年度一行"):
        find_header([["企业名称", "2023年营业收入", "2024年从业人数"]], FIELDS)


def test_labels_in_two_rows_below_a_merged_one() -> None:
    header = found(
        ["序号", "企业名称", "信用代码", "经济指标", ""],
        ["", "", "", "营业收入（亿元）", "从业人数"],
        [1, "甲公司", "x", 1, 2],
    )
    assert (header.row, header.first) == (2, 2)
    assert header.columns == {"name": 1, "code": 2, "revenue": 3, "jobs": 4}
    assert header.units == {"revenue": "亿元"}


def test_missing_columns_are_named_in_one_sentence() -> None:
    with pytest.raises(ValidationError, match="缺少列：统一社会信用代码、数据年度。"):
        require_columns(found(["企业名称", "营业收入"]), FIELDS)


def test_a_column_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="“企业名称”出现了两次（A 列和 C 列）"):
        find_header([["企业名称", "信用代码", "企业名称（新）"]], FIELDS)


def test_the_label_itself_is_preferred_to_an_alias() -> None:
    header = found(["名称", "信用代码", "企业名称"])
    assert header.columns["name"] == 2
    assert header.ignored == ["名称"]


def test_without_labels_there_is_no_header() -> None:
    assert find_header([["甲", "乙"], [1, 2]], FIELDS) is None


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")]
)
def test_letters_of_columns(index: int, letters: str) -> None:
    assert column_letter(index) == letters
