"""The fields of a criteria file and what each may hold; ``docs/criteria-file.md`` shows the same.

Types, lengths and ranges only: what the parts of a set have to do with one another is checked in
``criteria.exchange.rules``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from criteria.constants import (
    DECISION_CHOICES,
    FIRMNESS_CHOICES,
    JOINING_CHOICES,
    NATURE_CHOICES,
    OPERATOR_CHOICES,
    PASS_RULE_CHOICES,
    SCORE_MODE_CHOICES,
    SET_KIND_CHOICES,
)
from criteria.limits import (
    ASK_LENGTH,
    CLAUSE_LENGTH,
    FIRST_DAY_YEAR,
    FIRST_YEAR,
    LABEL_LENGTH,
    LAST_YEAR,
    LINE_LENGTH,
    MOST_BANDS,
    MOST_COMPARISONS,
    MOST_DIGITS,
    MOST_RUBRIC,
    MOST_STEPS,
    NOTES_LENGTH,
    QUOTE_LENGTH,
    RUBRIC_LENGTH,
)
from portal.core.constants import LEVEL_CHOICES

FORMAT = "specialty-town-criteria"
FORMAT_VERSION = 1
MAX_BYTES = 1_000_000
MAX_DEPTH = 8
MAX_ROWS = 500

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,50}")
_NUMBER = re.compile(r"-?\d{1,16}(\.\d{1,4})?")
_POINTS = re.compile(r"\d{1,5}(\.\d{1,2})?")
_REGION = re.compile(r"\d{6}")
# What no text may hold: control marks other than line breaks and tabs, halves of a surrogate pair.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Check = Callable[[Any], str]


class Problem(NamedTuple):
    """What is wrong and where. ``criterion``: number of the criterion, 0 for the set itself."""

    place: str
    message: str
    criterion: int = 0

    def __str__(self) -> str:
        return f"{self.place}：{self.message}" if self.place else self.message


class Field(NamedTuple):
    """A field: what it is called on screen and what it may hold.

    ``rows``: the fields of each row when it holds a list of objects; ``part``: the fields of the
    object it holds (or null). ``default`` stands for a field that was left out.
    ``most``: how many rows there may be.
    """

    key: str
    label: str
    check: Check | None = None
    required: bool = False
    default: Any = ""
    rows: tuple[Field, ...] = ()
    part: tuple[Field, ...] = ()
    row_word: str = ""
    most: int = MAX_ROWS


def shown(value: Any) -> str:
    """A value as a message quotes it, never long."""
    text = _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return text if len(text) <= 40 else text[:40] + "…"


def text(longest: int, *, filled: bool = False) -> Check:
    """Text up to a length; ``filled``: it may not be empty."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            return "须为文字"
        if filled and not value.strip():
            return "不能为空"
        if len(value) > longest:
            return f"最多 {longest} 字，现有 {len(value)} 字"
        return "含有不能显示的字符" if _UNREADABLE.search(value) else ""

    return check


def slug(*, blank: bool = False) -> Check:
    """A key of Latin letters."""

    def check(value: Any) -> str:
        if blank and value == "":
            return ""
        if not isinstance(value, str) or not _SLUG.fullmatch(value):
            return f"“{shown(value)}”须由字母、数字、连字符或下划线组成，1 至 50 位"
        return ""

    return check


def one_of(choices: Iterable[tuple[str, str]]) -> Check:
    """One of the keys of a table."""
    names = dict(choices)

    def check(value: Any) -> str:
        if isinstance(value, str) and value in names:
            return ""
        known = "、".join(f"{key or '（空）'} {label}" for key, label in names.items())
        return f"“{shown(value)}”不在可选范围内，可选：{known}"

    return check


def day(value: Any) -> str:
    """A date or null."""
    if value is None:
        return ""
    try:
        return (
            ""
            if isinstance(value, str) and date.fromisoformat(value).year >= FIRST_DAY_YEAR
            else _DAY
        )
    except ValueError:
        return _DAY


_DAY = "须写成 2023-01-04 这样的日期，没有的写 null"


def number(value: Any) -> str:
    """A decimal as text."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'数值须加引号写成文字，如 "{shown(value)}"'
    return f"“{shown(value)}”不是数值（整数最多 16 位，小数最多 4 位）"


def number_or_none(value: Any) -> str:
    """A decimal as text, or null."""
    return "" if value is None else number(value)


def points(value: Any) -> str:
    """Points as text: never below zero, at most 99999.99."""
    return number(value) or (
        ""
        if _POINTS.fullmatch(value)
        else f"“{shown(value)}”不是分值（0 至 99999.99，小数最多 2 位）"
    )


def points_or_none(value: Any) -> str:
    """Points as text, or null for 未载明."""
    return "" if value is None else points(value)


def whole(low: int, high: int) -> Check:
    """A whole number in a range, or null."""

    def check(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return f"须为 {low} 至 {high} 的整数，没有的写 null"
        return ""

    return check


def region(value: Any) -> str:
    """A code of GB/T 2260."""
    ok = isinstance(value, str) and _REGION.fullmatch(value)
    return "" if ok else f"“{shown(value)}”不是六位行政区划代码"


def each(check: Check, most: int = MAX_ROWS) -> Check:
    """A list, every item of which passes a check."""

    def every(value: Any) -> str:
        if not isinstance(value, list):
            return "须为列表"
        if len(value) > most:
            return f"最多 {most} 行，现有 {len(value)} 行"
        for place, item in enumerate(value, start=1):
            if message := check(item):
                return f"第 {place} 项{message}"
        return ""

    return every


def step(value: Any) -> str:
    """A step of a band: [from, points]."""
    if not isinstance(value, list) or len(value) != 2:
        return "须为 [起点数值, 分值] 两项"
    return number(value[0]) or points(value[1])


def anything(value: Any) -> str:
    """The annex is not read."""
    return "" if isinstance(value, Mapping) else "须为对象"


def _format(value: Any) -> str:
    return "" if value == FORMAT else f"“{shown(value)}”不是本平台的标准文件，应为 {FORMAT}"


def _format_version(value: Any) -> str:
    known = isinstance(value, int) and not isinstance(value, bool) and value == FORMAT_VERSION
    return "" if known else f"格式版本 {shown(value)} 不能识别，本平台可读版本 {FORMAT_VERSION}"


GROUND = (
    Field("indicator", "指标", slug(), required=True),
    Field("operator", "比较", one_of(OPERATOR_CHOICES), required=True),
    Field("threshold", "数值", number, required=True),
    Field("quote", "原文", text(QUOTE_LENGTH)),
)
RELAXATION = (
    Field("floor", "放宽下限", number_or_none, default=None),
    Field("quote", "放宽条款原文", text(QUOTE_LENGTH, filled=True), required=True),
    Field(
        "grounds",
        "放宽的数据条件",
        default=(),
        rows=GROUND,
        row_word="个放宽条件",
        most=MOST_COMPARISONS,
    ),
    Field("preconditions", "放宽的前提（原文）", text(QUOTE_LENGTH)),
    Field("decision", "放宽由谁决定", one_of(DECISION_CHOICES)),
)
CONDITION = (
    Field("key", "标识", slug(), required=True),
    Field("indicator", "指标", slug(), required=True),
    Field("operator", "比较", one_of(OPERATOR_CHOICES), required=True),
    Field("threshold", "数值", number, required=True),
    Field("unit", "单位", text(10), default=None),
    Field("firmness", "用语", one_of(FIRMNESS_CHOICES), required=True),
    Field("categories", "适用类别", each(slug()), default=()),
    Field("quote", "原文", text(QUOTE_LENGTH), required=True),
    Field("group", "条件组", slug(blank=True)),
    Field("year", "年度", whole(FIRST_YEAR, LAST_YEAR), default=None),
    Field("relaxation", "放宽", default=None, part=RELAXATION),
)
GROUP = (
    Field("key", "标识", slug(), required=True),
    Field("joining", "组内关系", one_of(JOINING_CHOICES), required=True),
    Field("label", "组名", text(LABEL_LENGTH)),
)
BAND = (
    Field("indicator", "指标", slug(), required=True),
    Field("categories", "适用类别", each(slug()), default=()),
    Field("steps", "分档", each(step, MOST_STEPS), required=True),
)
RUBRIC = (
    Field("low", "起", points, required=True),
    Field("high", "止", points, required=True),
    Field("words", "评分参考", text(RUBRIC_LENGTH, filled=True), required=True),
)
CRITERION = (
    Field("key", "标识", slug(), required=True),
    Field("clause", "条款号", text(30), required=True),
    Field("title", "条目", text(60, filled=True), required=True),
    Field("text", "原文", text(CLAUSE_LENGTH), required=True),
    Field("nature", "性质", one_of(NATURE_CHOICES), required=True),
    Field("ask", "填报提示", text(ASK_LENGTH)),
    Field("joining", "各组关系", one_of(JOINING_CHOICES), default="all"),
    Field("groups", "条件组", default=(), rows=GROUP, row_word="个条件组", most=MOST_COMPARISONS),
    Field("conditions", "条件", default=(), rows=CONDITION, row_word="个条件"),
    Field(
        "priorities",
        "优先评定情形",
        default=(),
        rows=GROUND,
        row_word="个优先情形",
        most=MOST_COMPARISONS,
    ),
    Field("score_max", "满分", points_or_none, default=None),
    Field("score_mode", "计分方式", one_of(SCORE_MODE_CHOICES)),
    Field("bands", "分档计分", default=(), rows=BAND, row_word="个分档", most=MOST_BANDS),
    Field("rubric", "评分参考", default=(), rows=RUBRIC, row_word="行评分参考", most=MOST_RUBRIC),
    Field("notes", "说明", text(NOTES_LENGTH)),
)
CATEGORY = (
    Field("key", "标识", slug(), required=True),
    Field("name", "名称", text(30, filled=True), required=True),
)
TIER = (
    Field("name", "名称", text(30, filled=True), required=True),
    Field("amount", "金额（元）", number, required=True),
    Field("quote", "原文", text(QUOTE_LENGTH)),
    Field("clause", "条款号", text(30)),
)
SET = (
    Field("format", "格式", _format, required=True),
    Field("format_version", "格式版本", _format_version, required=True),
    Field("key", "标识", slug(), required=True),
    Field("kind", "种类", one_of(SET_KIND_CHOICES), default="certification"),
    Field("level", "层级", one_of(LEVEL_CHOICES), required=True),
    Field("region", "行政区划", region, required=True),
    Field("version", "版本", whole(0, 9999), default=0),
    Field("title", "名称", text(120, filled=True), required=True),
    Field("document_number", "发文字号", text(60)),
    Field("document_title", "文件", text(200)),
    Field("scope_clause", "条款", text(60)),
    Field("issued_on", "印发日期", day, default=None),
    Field("effective_from", "施行日期", day, default=None),
    Field("effective_to", "失效日期", day, default=None),
    Field("categories", "类别", default=(), rows=CATEGORY, row_word="个类别"),
    Field("pass_rule", "合格规则", one_of(PASS_RULE_CHOICES)),
    Field("pass_points", "合格线", points_or_none, default=None),
    Field("digits", "得分保留小数位", whole(0, MOST_DIGITS), default=None),
    Field("silent", "文件未载明事项", each(text(LINE_LENGTH, filled=True)), default=()),
    Field("notes", "说明", each(text(LINE_LENGTH, filled=True)), default=()),
    Field("tiers", "规模层级", default=(), rows=TIER, row_word="个规模层级"),
    Field("criteria", "认定条件", required=True, rows=CRITERION, row_word="条"),
    Field("annex", "附记", anything, default=None),
)


def number_text(value: Decimal | str) -> str:
    """A decimal as the file writes it: no exponent, no zeros that say nothing."""
    plain = Decimal(value)
    return f"{plain.normalize():f}" if plain else "0"


def check_fields(
    fields: tuple[Field, ...], value: Any, place: str, criterion: int = 0
) -> list[Problem]:
    """What is wrong with an object: unknown and missing fields, then each value."""
    if not isinstance(value, Mapping):
        return [Problem(place, "须为对象（用花括号括起）", criterion)]
    known = {field.key: field for field in fields}
    found = [
        Problem(place, f"有不认识的字段“{shown(key)}”", criterion)
        for key in value
        if key not in known
    ]
    for field in fields:
        if field.key not in value:
            if field.required:
                message = f"缺少字段 {field.key}（{field.label}）"
                found.append(Problem(place, message, criterion))
            continue
        found += _check_value(field, value[field.key], place, criterion)
    return found


def _check_value(field: Field, value: Any, place: str, criterion: int) -> list[Problem]:
    said = f"{field.key}（{field.label}）"
    if field.part:
        inner = f"{place} {field.label}".strip()
        return [] if value is None else check_fields(field.part, value, inner, criterion)
    if field.check is not None:
        message = field.check(value)
        return [Problem(place, f"{said}{message}", criterion)] if message else []
    if not isinstance(value, list):
        return [Problem(place, f"{said}须为列表", criterion)]
    if len(value) > field.most:
        return [Problem(place, f"{said}最多 {field.most} 行，现有 {len(value)} 行", criterion)]
    found = []
    for number_, row in enumerate(value, start=1):
        if field.rows is CRITERION:
            found += check_fields(CRITERION, row, criterion_place(number_, row), number_)
        else:
            inner = f"{place} 第 {number_} {field.row_word}".strip()
            found += check_fields(field.rows, row, inner, criterion)
    return found


def criterion_place(number_: int, row: Any) -> str:
    """第 4 条 二(四): the place of a criterion in the file and its clause."""
    clause = row.get("clause") if isinstance(row, Mapping) else ""
    return f"第 {number_} 条 {shown(clause) if isinstance(clause, str) else ''}".strip()
