"""Days as people write them."""

from __future__ import annotations

import re
from datetime import date, timedelta

NOT_A_DATE = "“{}”不是日期。请写成 2026-01-05 的样子。"
NO_DAY = "“{}”没有写到日。请写成 2026-01-05 的样子。"

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"\d{4}年?|\d{4}[-/.年]\d{1,2}月?|\d{4}(?:0[1-9]|1[0-2])")
_YEAR_MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})月?|(0[1-9]|1[0-2]))")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_TIME = re.compile(r"[T\s]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
# Day 1 of a sheet is 1900-01-01, and its 1900 has a 29th of February.
_EPOCH = date(1899, 12, 30)
_SERIALS = range(18_264, 73_051)  # 1950 to 2099
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_WORDS = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日?"
)


def read_date(text: str) -> date | None:
    """A day as people write it: 2026-01-05, 2026/1/5, 2026年1月5日, 20260105."""
    found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def read_day(text: str) -> tuple[date | None, str]:
    """The same from a cell without blanks, also 二〇二六年一月五日 and the day's number.

    What cannot be read comes with the sentence to say; a month without a day is no day.
    """
    text = _TIME.sub("", _spelled(text)) if ":" in text else _spelled(text)
    day = read_date(text)
    if day is None and (found := _SERIAL.fullmatch(text)) and int(found[1]) in _SERIALS:
        day = _EPOCH + timedelta(days=int(found[1]))
    if day is not None and 1900 <= day.year <= 2100:
        return day, ""
    return None, (NO_DAY if _MONTH.fullmatch(text) else NOT_A_DATE).format(text[:20])


def read_month(text: str) -> date | None:
    """The first day of a month that is written without a day, in a cell without blanks."""
    found = _YEAR_MONTH.fullmatch(text)
    if found is None or not 1900 <= int(found[1]) <= 2100:
        return None
    month = int(found[2] or found[3])
    return date(int(found[1]), month, 1) if 1 <= month <= 12 else None


def _spelled(text: str) -> str:
    """二〇二六年一月五日 in digits; anything else as it is."""
    found = _WORDS.fullmatch(text)
    if found is None:
        return text
    year, month, day = found.groups()
    return f"{year.translate(_DIGITS)}-{_tens(month)}-{_tens(day)}"


def _tens(words: str) -> int:
    """十二, 二十, 三十一 as a number."""
    tens, ten, ones = words.rpartition("十")
    if not ten:
        return int(words.translate(_DIGITS))
    return int(tens.translate(_DIGITS) or "1") * 10 + int(ones.translate(_DIGITS) or "0")
