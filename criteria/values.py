"""Values of indicators whatever their type: how one is written, chosen, bounded. No ORM, no I/O.

``shown(value, type, unit, choices)`` is how a page, sentence, workbook or paper writes a value:
money in 元, 万元 or 亿元, 是 or 否, the name of a choice, a number with its unit. ``choices`` are
pairs of key and name, as ``ConditionSpec.choices`` has them; ``pairs`` makes them of an
indicator's rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal.core.formatting import DASH, quantity, to_decimal

Pairs = Sequence[tuple[str, str]]
YES_NO: Pairs = (("1", "是"), ("0", "否"))
# Types whose values are chosen, not measured: no sums, no changes, no charts.
CHOSEN = ("yes_no", "choice")


def pairs(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    """The rows of ``Indicator.choices`` as pairs of key and name."""
    return tuple((str(row["key"]), str(row["name"])) for row in rows)


def options(type: str, choices: Pairs = ()) -> Pairs:
    """What may be chosen for a value of this type; nothing where a number is entered."""
    if type == "yes_no":
        return YES_NO
    return choices if type == "choice" else ()


def shown(value: object, type: str, unit: str = "", choices: Pairs = (), digits: int = 2) -> str:
    """A value as it is read; a dash for none.

    >>> shown(Decimal(1), "yes_no")
    '是'
    >>> shown(Decimal(2), "choice", choices=(("1", "县级"), ("2", "市级")))
    '市级'
    >>> shown(Decimal(2000000000), "money", "元")
    '20亿元'
    """
    if value in (None, ""):
        return DASH
    if type == "text":
        return str(value)
    offered = dict(options(type, choices))
    amount = to_decimal(value)
    if offered and amount is not None and amount == amount.to_integral_value():
        name = offered.get(str(int(amount)))
        if name is not None:
            return name
    return quantity(value, unit, digits)


def out_of_range(
    value: Decimal,
    type: str,
    unit: str = "",
    minimum: Decimal | None = None,
    maximum: Decimal | None = None,
    choices: Pairs = (),
) -> str:
    """Why an indicator cannot have this value, in words for who enters it; empty when it can."""
    offered = options(type, choices)
    if offered:
        known = {Decimal(key) for key, _ in offered}
        return "" if value in known else f"请在{'、'.join(name for _, name in offered)}中选择。"
    if minimum is not None and value < minimum:
        if minimum == 0:
            return "数值不能为负数，请核对。"
        return f"数值不能小于 {quantity(minimum, unit, 4)}，请核对。"
    if maximum is not None and value > maximum:
        if type == "percent" and maximum == 100:
            return "百分比不能超过 100，请核对。"
        return f"数值不能大于 {quantity(maximum, unit, 4)}，请核对。"
    return ""


def too_fine(value: Decimal, type: str, unit: str, decimals: int) -> str:
    """Why a value has more digits behind the point than its indicator; empty when it has not."""
    if value == round(value, decimals):
        return ""
    if type == "money":
        return "金额最多精确到分，请核对小数位数和单位。"
    if decimals == 0:
        return f"请填写整数（{unit}）。" if unit else "请填写整数。"
    return f"最多保留 {decimals} 位小数。"
