"""What holds a condition back: words that the clause does not have, amounts out of range, doubles.

Pure. The errors are keyed by field and say what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.constants import OPERATORS
from criteria.drafts import plain_number
from criteria.limits import FIRST_YEAR, LARGEST, LAST_YEAR, PLACES
from criteria.quotes import stands_in
from criteria.sentences import IndicatorLine, amount
from criteria.specs import ConditionSpec, GroundSpec, GroupSpec

OPTION_TYPES = ("yes_no", "choice")  # compared by 为 alone
WHOLE_TYPES = ("count", "entries")
WORDLESS_TYPES = ("text",)  # nothing to compare
COUNTED_TYPES = ("money", "count", "percent", "entries")  # bands may be made of them
COPY_FROM_CLAUSE = "本条原文中没有这段话。请从左侧的条款原文中复制，不要改写。"


class Measure(NamedTuple):
    """An indicator as far as conditions depend on it."""

    line: IndicatorLine
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    year_rule: str = "latest"
    source: str = "reported"


class Setting(NamedTuple):
    """What a condition is checked against: the clause, the set's categories, the catalogue.

    ``others``: the conditions of the criterion besides this one. ``joining`` and ``groups``: how
    they are joined. ``group``: the group that the condition stands in.
    """

    text: str
    names: Mapping[str, str]
    measures: Mapping[str, Measure]
    others: tuple[ConditionSpec, ...] = ()
    joining: str = "all"
    groups: tuple[GroupSpec, ...] = ()
    group: str = ""

    @property
    def lines(self) -> dict[str, IndicatorLine]:
        """How the indicators are written."""
        return {key: row.line for key, row in self.measures.items()}


def collide(
    one: ConditionSpec, other: ConditionSpec, joining: str, groups: Sequence[GroupSpec]
) -> bool:
    """Whether two conditions ask the same thing twice, so that one of them is void.

    Two ways of which one is enough may ask different amounts of the same indicator, and options of
    a choice may stand in one any-of group.
    """
    same = (
        one.figure == other.figure
        and OPERATORS[one.operator].sign == OPERATORS[other.operator].sign
        and (
            not one.categories
            or not other.categories
            or bool(set(one.categories) & set(other.categories))
        )
    )
    if not same:
        return False
    ways = {row.key: row.joining for row in groups}
    if one.group == other.group and one.group in ways:
        sign = OPERATORS[one.operator].sign
        return bool(sign or ways[one.group] == "all" or one.threshold == other.threshold)
    any_of = (joining, ways.get(one.group, "all"), ways.get(other.group, "all"))
    return "any" not in any_of


def ground_errors(
    setting: Setting, row: GroundSpec, prefix: str, *, quoted: bool = False
) -> dict[str, str]:
    """What is wrong with a comparison that stands inside another rule, by field."""
    errors = comparison_errors(
        setting, row.indicator, row.operator, row.threshold, prefix, "threshold"
    )
    measure = setting.measures.get(row.indicator)
    if measure is not None and not errors:
        yearless = yearless_error(measure.line.name, measure.source, measure.year_rule)
        errors |= {f"{prefix}indicator": yearless} if yearless else {}
    if quoted and not row.quote.strip():
        errors[f"{prefix}quote"] = "请从左侧的条款原文中复制写明优先的话。"
    elif row.quote.strip() and not stands_in(row.quote, setting.text):
        errors[f"{prefix}quote"] = COPY_FROM_CLAUSE
    return errors


def comparison_errors(
    setting: Setting, indicator: str, operator: str, threshold: Decimal, prefix: str, name: str
) -> dict[str, str]:
    """What is wrong with an indicator, a comparison and a number that belong together."""
    measure = setting.measures.get(indicator)
    if measure is None or measure.line.type in WORDLESS_TYPES:
        return {f"{prefix}indicator": "请从列出的指标中选择。"}
    if operator not in OPERATORS:
        return {f"{prefix}operator": "请选择怎样比较。"}
    if unfit := operator_error(measure.line.type, operator):
        return {f"{prefix}operator": unfit}
    wrong = number_error(measure, threshold)
    return {f"{prefix}{name}": wrong} if wrong else {}


def operator_error(type_: str, operator: str) -> str:
    """Why an indicator of a type is not compared in a way, empty when it is."""
    if (operator == "eq") == (type_ in OPTION_TYPES):
        return ""
    if operator != "eq":
        return "是/否和选项请选择“为”。"
    return "数值请选择不低于、高于、不高于或低于。"


def year_error(name: str, source: str, year_rule: str, year: int | None) -> str:
    """Why nobody can supply the figure of a condition for a year, empty when somebody can."""
    if year is not None and source == "computed":
        return f"“{name}”按登记台账现状计算，没有以前年度的数，请不填年度或改用填报的指标。"
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        return f"年度应在 {FIRST_YEAR} 和 {LAST_YEAR} 之间；原文没有写明年度的，请留空。"
    if year is None and year_rule == "stated" and source != "computed":
        return f"“{name}”须写明年度，请填写原文所说的年度。"
    return ""


def yearless_error(name: str, source: str, year_rule: str) -> str:
    """Why a rule that names no year (ground, priority, band) cannot use an indicator."""
    if year_rule == "stated" and source != "computed":
        return f"“{name}”按注明的年度取数，这里没有年度，取不到数，请改用其他指标。"
    return ""


def number_error(measure: Measure, value: Decimal) -> str:
    """What is wrong with a number of an indicator, empty when nothing is."""
    line = measure.line
    if line.type == "yes_no":
        return "" if value in (0, 1) else "请选择是或否。"
    if line.type == "choice":
        return "" if (plain_number(value) or "") in dict(line.choices) else "请从列出的选项中选择。"
    if abs(value) >= LARGEST:
        return "数值过大，请核对数值和单位。"
    if -int(value.normalize().as_tuple().exponent) > PLACES:
        return f"换算后最多保留 {PLACES} 位小数，请核对数值和单位。"
    low = measure.minimum
    if low is None and line.type in WHOLE_TYPES:
        low = Decimal(0)
    if low is not None and value < low:
        return f"“{line.name}”不小于 {amount(low, line.unit)}，请核对数值和单位。"
    if measure.maximum is not None and value > measure.maximum:
        return f"“{line.name}”不大于 {amount(measure.maximum, line.unit)}，请核对数值和单位。"
    return ""
