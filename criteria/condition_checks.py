"""What holds a condition back: words that the clause does not have, amounts out of range, doubles.

Pure. The errors are keyed by field and say what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.constants import OPERATORS
from criteria.drafts import plain_number
from criteria.quotes import stands_in
from criteria.sentences import IndicatorLine, amount
from criteria.specs import ConditionSpec, GroundSpec, GroupSpec

OPTION_TYPES = ("yes_no", "choice")  # compared by 为 alone
WHOLE_TYPES = ("count", "entries")
WORDLESS_TYPES = ("text",)  # nothing to compare
PLACES = 4  # decimals that a threshold is stored with
LARGEST = Decimal(10) ** 16
COPY_FROM_CLAUSE = "本条原文中没有这段话。请从左侧的条款原文中复制，不要改写。"


class Measure(NamedTuple):
    """An indicator as far as conditions depend on it."""

    line: IndicatorLine
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    year_rule: str = "latest"


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
    if (operator == "eq") != (measure.line.type in OPTION_TYPES):
        return {
            f"{prefix}operator": "是/否和选项请选择“为”。"
            if operator != "eq"
            else "数值请选择不低于、高于、不高于或低于。"
        }
    wrong = number_error(measure, threshold)
    return {f"{prefix}{name}": wrong} if wrong else {}


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
