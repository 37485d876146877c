"""How figures, money, dates and counts are written: pure functions, no Django, no I/O.

Amounts come in as yuan (Decimal) and leave in 元, 万元 or 亿元 by size; rounding is 四舍五入.
Dates are read in Asia/Shanghai whatever zone they were stored in.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
DASH = "—"
COUNT_CAP = 1000

YUAN = Decimal(1)
WAN = Decimal(10_000)
YI = Decimal(100_000_000)
# Smallest first: the last unit that the rounded amount reaches is the one written.
MONEY_UNITS: tuple[tuple[str, Decimal], ...] = (("元", YUAN), ("万元", WAN), ("亿元", YI))
MONEY_FACTORS: dict[str, Decimal] = dict(MONEY_UNITS)

BYTE_UNITS = ("B", "KB", "MB", "GB", "TB")


def to_decimal(value: object) -> Decimal | None:
    """The value as a finite Decimal, or None when it is empty or not a number."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        number = value
    else:
        text = str(value).strip().replace(",", "").replace("，", "")
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            return None
    return number if number.is_finite() else None


def round_half_up(value: Decimal, digits: int) -> Decimal:
    """四舍五入 at the stated digit."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def number(value: object, digits: int = 2, *, fixed: bool = False) -> str:
    """1234.50 -> "1,234.5"; with ``fixed`` the digits stay: "1,234.50"."""
    amount = to_decimal(value)
    if amount is None:
        return DASH
    rounded = round_half_up(amount, digits)
    if rounded == 0:
        rounded = abs(rounded)
    text = f"{rounded:,f}"
    if not fixed and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def money(value: object, digits: int = 2) -> str:
    """1235000000 -> "12.35亿元"; the unit is chosen by size, after rounding."""
    amount = to_decimal(value)
    if amount is None:
        return DASH
    shown, unit = money_scaled(amount, digits)
    return f"{number(shown, digits)}{unit}"


def money_scaled(amount: Decimal, digits: int = 2) -> tuple[Decimal, str]:
    """An amount in yuan as ``money`` writes it: rounded in the unit that its size chooses."""
    unit, shown = "元", round_half_up(amount, digits)
    for larger, factor in MONEY_UNITS[1:]:
        if abs(shown) * MONEY_FACTORS[unit] < factor:
            break
        unit, shown = larger, round_half_up(amount / factor, digits)
    return shown, unit


def money_full(value: object) -> str:
    """The whole figure in yuan: 1235000000 -> "1,235,000,000元"; fen only where there are any."""
    amount = to_decimal(value)
    if amount is None:
        return DASH
    rounded = round_half_up(amount, 2)
    whole = rounded == rounded.to_integral_value()
    return f"{number(rounded, 0 if whole else 2, fixed=True)}元"


def money_in(value: object, unit: str, digits: int = 2) -> str:
    """The amount in a given unit, without the unit: for columns that name it in their head."""
    amount = to_decimal(value)
    if amount is None:
        return DASH
    return number(amount / MONEY_FACTORS[unit], digits, fixed=True)


def percent(value: object, digits: int = 1) -> str:
    """A ratio as a percentage: 0.305 -> "30.5%"."""
    amount = to_decimal(value)
    if amount is None:
        return DASH
    return f"{number(amount * 100, digits)}%"


def change_percent(current: object, previous: object, digits: int = 1) -> str:
    """Change against last year, signed: (120, 100) -> "+20%"; a dash when there is no base."""
    now, before = to_decimal(current), to_decimal(previous)
    if now is None or before is None or before == 0:
        return DASH
    ratio = (now - before) / abs(before)
    text = percent(ratio, digits)
    return f"+{text}" if ratio > 0 and text != "0%" else text


def change_of(current: object, previous: object, unit: str = "", digits: int = 1) -> str:
    """Change against last year, signed; a share in points: (1.5, 1.3, "%") -> "+0.2 个百分点"."""
    if unit != "%":
        return change_percent(current, previous, digits)
    now, before = to_decimal(current), to_decimal(previous)
    if now is None or before is None:
        return DASH
    text = number(now - before, 2)
    return f"{'+' if now > before and text != '0' else ''}{text} 个百分点"


def quantity(value: object, unit: str = "", digits: int = 2) -> str:
    """A figure with its unit, as indicators need it: money units are chosen by size."""
    amount = to_decimal(value)
    if amount is None:
        return DASH
    if unit in MONEY_FACTORS:
        return money(amount * MONEY_FACTORS[unit], digits)
    return f"{number(amount, digits)}{unit}"


def count(value: int | None, *, capped: bool = False, cap: int = COUNT_CAP) -> str:
    """A count: "1,234", or "1,000+" when counting stopped at the cap."""
    if value is None:
        return DASH
    if capped and value >= cap:
        return f"{cap:,}+"
    return f"{value:,}"


def local(value: datetime) -> datetime:
    """The moment in Shanghai; a naive datetime is taken as Shanghai time already."""
    return value.astimezone(SHANGHAI) if value.tzinfo else value.replace(tzinfo=SHANGHAI)


def local_date(value: date | datetime) -> date:
    return local(value).date() if isinstance(value, datetime) else value


def cn_date(value: date | datetime | None) -> str:
    """2026年11月21日, for text."""
    if not isinstance(value, date):
        return DASH
    day = local_date(value)
    return f"{day.year}年{day.month}月{day.day}日"


def iso_date(value: date | datetime | None) -> str:
    """2026-11-21, for tables."""
    return local_date(value).isoformat() if isinstance(value, date) else DASH


def cn_datetime(value: datetime | None) -> str:
    """2026年11月21日 09:30, for text."""
    if not isinstance(value, datetime):
        return DASH
    return f"{cn_date(value)} {local(value):%H:%M}"


def iso_datetime(value: datetime | None) -> str:
    """2026-11-21 09:30, for tables."""
    return f"{local(value):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else DASH


def relative(value: date | datetime, now: datetime) -> str:
    """刚刚, 5分钟前, 3小时前, 昨天, 12天前, 3个月前, 2年前; 明天, 12天后 for what is to come."""
    today = local_date(now)
    if isinstance(value, datetime) and local_date(value) == today:
        delta = local(now) - local(value)
        past = delta >= timedelta(0)
        minutes = int(abs(delta).total_seconds() // 60)
        if minutes < 1:
            return "刚刚" if past else "马上"
        amount = f"{minutes}分钟" if minutes < 60 else f"{minutes // 60}小时"
        return amount + ("前" if past else "后")
    days = (today - local_date(value)).days
    near = {0: "今天", 1: "昨天", 2: "前天", -1: "明天", -2: "后天"}
    if days in near:
        return near[days]
    distance = abs(days)
    if distance < 60:
        amount = f"{distance}天"
    elif distance < 365:
        amount = f"{distance // 30}个月"
    else:
        amount = f"{distance // 365}年"
    return amount + ("前" if days > 0 else "后")


def since(value: date | datetime | None, now: datetime) -> str:
    """The absolute time with the relative one beside it: 2026-11-21 09:30（3小时前）."""
    if not isinstance(value, date):
        return DASH
    absolute = iso_datetime(value) if isinstance(value, datetime) else iso_date(value)
    return f"{absolute}（{relative(value, now)}）"


def yesno(value: object) -> str:
    """是, 否, or 未填 for what nobody answered."""
    if value is None or value == "":
        return "未填"
    return "是" if value else "否"


def file_size(size: int | None) -> str:
    """1536 -> "1.5 KB"."""
    if size is None:
        return DASH
    amount = Decimal(size)
    for unit in BYTE_UNITS:
        if round_half_up(amount, 1) < 1024 or unit == BYTE_UNITS[-1]:
            return f"{number(amount, 0 if unit == 'B' else 1)} {unit}"
        amount /= 1024
    raise AssertionError("the last unit takes every size")


def short_digest(value: str | None, length: int = 12) -> str:
    """The first characters of a digest, enough to compare by eye."""
    return f"{value[:length]}…" if value and len(value) > length else value or DASH


def share(value: object, whole: object) -> Decimal:
    """How much of the whole, in percent between 0 and 100: the length of a bar."""
    part, total = to_decimal(value), to_decimal(whole)
    if part is None or total is None or total <= 0 or part <= 0:
        return Decimal(0)
    return min(round_half_up(part / total * 100, 2), Decimal(100))
