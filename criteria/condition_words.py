"""Fields of conditions and of the rules that join them, in words: for the page of two versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from criteria.condition_checks import Setting
from criteria.condition_facts import ground_of
from criteria.constants import (
    DECISION_CHOICES,
    FIRMNESS_CHOICES,
    JOINING_CHOICES,
    OPERATOR_CHOICES,
)
from criteria.sentences import (
    ALL_CATEGORIES,
    IndicatorLine,
    amount,
    categories_words,
    comparison,
    ground_words,
)
from portal.core.constants import UNSTATED
from portal.core.formatting import DASH

CONDITION_LABELS: dict[str, str] = {
    "categories": "适用类别",
    "indicator": "指标",
    "operator": "比较",
    "threshold": "数值",
    "firmness": "用语",
    "year": "年度",
    "quote": "原文",
    "relaxation_quote": "允许放宽的原文",
    "floor": "放宽后仍须达到",
    "grounds": "放宽的数据条件",
    "preconditions": "放宽的前提",
    "decision": "放宽由谁决定",
}
RULES_LABELS: dict[str, str] = {
    "joining": "各项之间",
    "groups": "条件组",
    "members": "条件放入哪一组",
    "priorities": "优先评定情形",
}
_WORDS: dict[str, dict[str, str]] = {
    "operator": dict(OPERATOR_CHOICES),
    "firmness": dict(FIRMNESS_CHOICES),
    "decision": dict(DECISION_CHOICES),
    "joining": dict(JOINING_CHOICES),
}


def show_condition(setting: Setting, *plain: Mapping[str, Any]) -> Callable[[str, Any], str]:
    """Field and value of a condition -> words.

    ``plain``: the versions that are compared; an amount is written in the unit of its indicator.
    """
    units = {row["threshold"]: row["indicator"] for row in reversed(plain) if row.get("indicator")}
    units |= {row["floor"]: row["indicator"] for row in reversed(plain) if row.get("floor")}

    def show(name: str, value: Any) -> str:
        if value in (None, "", []):
            return ALL_CATEGORIES if name == "categories" else UNSTATED
        if name == "categories":
            return categories_words(value, setting.names)
        if name == "indicator":
            return _line(setting, value).name
        if name in ("threshold", "floor"):
            return _amount(_line(setting, units.get(value, "")), Decimal(value))
        if name == "grounds":
            return _grounds(setting, value)
        return _WORDS.get(name, {}).get(value, str(value))

    return show


def show_rules(setting: Setting, places: Mapping[str, str]) -> Callable[[str, Any], str]:
    """Field and value of the rules -> words. ``places``: key of a condition -> its name."""

    def show(name: str, value: Any) -> str:
        if name == "joining":
            return _WORDS[name].get(value, DASH)
        if not value:
            return "没有"
        if name == "groups":
            return "\n".join(
                f"第 {at} 组{row['label']}：{_WORDS['joining'].get(row['joining'], DASH)}"
                for at, row in enumerate(value, 1)
            )
        if name == "members":
            return "\n".join(
                f"{places.get(condition, condition)}：{'在一组中' if group else '单独成立'}"
                for condition, group in value
            )
        return _grounds(setting, value)

    return show


def _line(setting: Setting, key: str) -> IndicatorLine:
    return setting.lines.get(key, IndicatorLine(key))


def _amount(line: IndicatorLine, value: Decimal) -> str:
    if line.type in ("yes_no", "choice"):
        return comparison(line, "eq", value)
    return amount(value, line.unit)


def _grounds(setting: Setting, rows: list[Mapping[str, str]]) -> str:
    return "\n".join(ground_words(ground_of(row), setting.lines) for row in rows)
