"""Cells as people fill them, typed by the kind of their column.

``reader_of`` gives a function for a column: a raw value in, the typed value (None for an empty
cell) out; what cannot be read is a ``BadCell`` whose sentence says what to do in the sheet.
"""

from __future__ import annotations

import math
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from portal.core import uscc
from portal.core.workbooks.dates import NOT_A_DATE, read_day, read_month
from portal.core.workbooks.spec import Field

Read = Callable[[Any], Any]

# What people put where there is nothing to say.
NOTHING = frozenset({"", "-", "--", "—", "——", "–", "/", "//", "\\", "无", "N/A", "n/a", "NA", "…"})
MONEY_UNITS: dict[str, int] = {
    "元": 1,
    "百元": 100,
    "千元": 1_000,
    "万元": 10_000,
    "百万元": 1_000_000,
    "千万元": 10_000_000,
    "亿元": 100_000_000,
}
COUNT_UNITS: dict[str, int] = {"千": 1_000, "万": 10_000, "亿": 100_000_000}
_FACTORS = MONEY_UNITS | {name[:-1]: factor for name, factor in MONEY_UNITS.items() if name[:-1]}
_MEASURES = "人次|人|家|个|户|名|项|件|次|台|套"
_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_MONEY = re.compile(
    rf"[¥$]?(?P<number>{_NUMBER.pattern})(?P<unit>{'|'.join(sorted(_FACTORS, key=len)[::-1])})?整?"
)
_COUNT = re.compile(rf"(?P<number>{_NUMBER.pattern})(?P<unit>[千万亿])?(?:{_MEASURES})?")
_PERCENT = re.compile(rf"(?P<number>{_NUMBER.pattern})[%％]?")
_YEAR = re.compile(r"(\d{4})年?度?")
_FOREIGN = re.compile(r"美元|欧元|港元|港币|日元|英镑|USD|EUR")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x08\x0b-\x1f]|_x000D_")
_BETWEEN = re.compile(r"(?<=[\u2e80-\uffef]) (?=[\u2e80-\uffef])")
_WIDE = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3000]")
_HALF = {
    code: code - 0xFEE0
    for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
    for code in range(first, last + 1)
} | {0x3000: 0x20}
# The register keeps twenty digits, four of them behind the point.
LARGEST = Decimal(10) ** 15
# A number cell keeps fifteen digits; longer codes have lost their end.
EXACT = 10**15
# A number cell drops the nought at the end: what was typed as 2024.10 arrives as 2024.1.
WHICH_MONTH = "“{}”看不出是 1 月还是 10 月。请写成 2024-01、2024-10 的样子。"
MONTH_ONLY = {"first": "只写到月，按该月1日登记", "last": "只写到月，按该月最后一日登记"}
NOT_A_NUMBER = "“{}”不是数。请只填数字，例如 1234.5。"
LOST_DIGITS = (
    "这个单元格是数字格式，末几位已被表格软件改成 0。"
    "请先把该列设为“文本”格式，再重新填写完整的代码。"
)


class BadCell(ValueError):
    """A cell that cannot be read; ``str()`` says why and what to do."""


def clean(text: str) -> str:
    """Text without stray blanks and marks nobody sees; digits and letters in half width."""
    if _WIDE.search(text):
        text = text.translate(_HALF)
    if not text.isprintable() or "_x000D_" in text:
        text = _HIDDEN.sub("", text)
    text = " ".join(text.split())
    return _BETWEEN.sub("", text) if " " in text else text


def text_of(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as days."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(value, ".15g")
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value)
    if value is None:
        return ""
    return str(value)


def is_empty(value: Any) -> bool:
    """Whether a cell holds nothing."""
    if isinstance(value, str):
        return not value or not (value[0].isalnum() or clean(value))
    return value is None


def reader_of(field: Field, unit: str = "") -> Read:
    """What reads the cells of a column; ``unit`` is what its header says."""
    if field.kind == "choice":
        return remembered(_choices(field))
    if field.kind == "text":
        return remembered(lambda value: _text(value, field.max_length))
    if field.kind == "date":
        return remembered(lambda value: _date(value, field.month))
    if field.kind == "money":
        factor = MONEY_UNITS[unit or field.unit]
        return lambda value: _amount(value, _MONEY, factor, _FACTORS)
    if field.kind == "count":
        factor = COUNT_UNITS.get(unit, 1)
        return lambda value: _whole(_amount(value, _COUNT, factor, COUNT_UNITS))
    simple: dict[str, Read] = {
        "code": lambda value: _code(value, field.max_length),
        "uscc": _uscc,
        "year": remembered(_year),
        "percent": _percent,
    }
    return simple[field.kind]


def remembered(read: Read) -> Read:
    """The same, for columns whose values come again and again."""
    known: dict[tuple[type, Any], Any] = {}

    def look_up(value: Any) -> Any:
        key = (type(value), value)
        if key not in known:
            if len(known) > 5_000:
                known.clear()
            known[key] = read(value)
        return known[key]

    return look_up


def _text(value: Any, longest: int) -> str | None:
    text = text_of(value)
    if len(text) > longest:
        raise BadCell(f"最多 {longest} 字，现有 {len(text)} 字。请删减。")
    return text or None


def _code(value: Any, longest: int) -> str | None:
    if isinstance(value, float | int) and not isinstance(value, bool) and abs(value) >= EXACT:
        raise BadCell(LOST_DIGITS)
    text = text_of(value).lstrip("'‘’`").strip()
    return None if text in NOTHING else _text(text, longest)


def _uscc(value: Any) -> str | None:
    code = _code(value, 200)
    if code is None:
        return None
    try:
        return uscc.validate(code)
    except ValueError as error:
        raise BadCell(str(error)) from error


def _choices(field: Field) -> Read:
    known = {_folded(key): key for key, _ in field.choices}
    known |= {_folded(alias): key for alias, key in field.choice_aliases}
    known |= {_folded(label): key for key, label in field.choices}
    labels = "、".join(dict(field.choices).values())

    def read(value: Any) -> str | None:
        text = text_of(value)
        if text in NOTHING and _folded(text) not in known:
            return None
        if (found := known.get(_folded(text))) is None:
            raise BadCell(f"“{text[:20]}”不在可填的内容中。请填写：{labels}。")
        return found

    return read


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def month_note(field: Field, value: Any) -> str:
    """The remark on a cell that was read to the month only; "" when it says the day."""
    if not field.month or isinstance(value, date) or _month(value, field.month) is None:
        return ""
    return f"{field.label}“{_plain(value)[:20]}”{MONTH_ONLY[field.month]}。"


def _month(value: Any, which: str) -> date | None:
    """The first or last day of a month without a day, where a column takes such."""
    text = _plain(value)
    first = read_month(text) if which else None
    if first is None:
        return None
    if isinstance(value, float) and text.endswith(".1"):
        raise BadCell(WHICH_MONTH.format(text))
    return first if which == "first" else first.replace(day=monthrange(first.year, first.month)[1])


def _date(value: Any, month: str = "") -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool | time | timedelta):
        raise BadCell(NOT_A_DATE.format(text_of(value)))
    text = _plain(value)
    if text in NOTHING:
        return None
    if (kept := _month(value, month)) is not None:
        return kept
    day, problem = read_day(text)
    if problem:
        raise BadCell(problem)
    return day


def _year(value: Any) -> int | None:
    if isinstance(value, date):  # a datetime is one too
        return value.year
    text = _plain(value)
    if text in NOTHING:
        return None
    found = _YEAR.fullmatch(text)
    if found is None or not 1949 <= int(found[1]) <= 2100:
        raise BadCell(f"“{text[:20]}”不是年度。请填写四位年份，例如 2025。")
    return int(found[1])


def _amount(
    value: Any, pattern: re.Pattern[str], factor: int, factors: dict[str, int]
) -> Decimal | None:
    """A number with its unit, in units of one."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise BadCell(NOT_A_NUMBER.format(value))
        # Fifteen digits are what the sheet shows; the rest is the binary fraction's.
        number = Decimal(format(value, ".15g"))
    elif isinstance(value, str) or value is None:
        text = _plain(value)
        if text in NOTHING:
            return None
        found = pattern.fullmatch(text)
        if found is None:
            if _FOREIGN.search(text):
                raise BadCell(f"“{text[:20]}”是外币。请折算为人民币后填写。")
            raise BadCell(NOT_A_NUMBER.format(text[:20]))
        number = Decimal(found["number"].replace(",", ""))
        factor = factors.get(found.groupdict().get("unit") or "", factor)
    else:
        raise BadCell(NOT_A_NUMBER.format(text_of(value)[:20]))
    if factor != 1:
        number *= factor
    if not -LARGEST < number < LARGEST:
        raise BadCell("数值过大，请核对单位。")
    return number


def _whole(number: Decimal | None) -> Decimal | None:
    if number is not None and number != number.to_integral_value():
        raise BadCell(f"“{number.normalize():f}”不是整数。请填写整数。")
    return number


def _percent(value: Any) -> Decimal | None:
    """Thirty of a hundred is 30, whether the cell says 30, 30% or, formatted so, 0.3."""
    number = _amount(value, _PERCENT, 1, {})
    if number is not None and abs(number) > 100_000:
        raise BadCell("百分比过大，请核对。")
    return number


def _plain(value: Any) -> str:
    """A cell as text for reading numbers and days: half width, no blanks at all."""
    text = value if isinstance(value, str) else text_of(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text))
    return "".join(text.split()).lstrip("'‘’`")


def as_choices(labels: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Choices whose keys are their labels."""
    return tuple((label, label) for label in labels)
