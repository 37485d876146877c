"""What a condition and the rules of a criterion hold, as plain values: read, checked, stored. Pure.

``plain`` gives them as data that can be compared field by field and carried by a form (decimals as
texts); ``of_plain`` reads that back. ``checked`` raises ValidationError keyed by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError

from criteria.condition_checks import (
    COPY_FROM_CLAUSE,
    OPTION_TYPES,
    Setting,
    collide,
    comparison_errors,
    ground_errors,
    number_error,
    year_error,
)
from criteria.constants import (
    DECISION_CHOICES,
    FIRMNESS_CHOICES,
    JOINING_CHOICES,
    OPERATORS,
    Firmness,
)
from criteria.drafts import plain_number
from criteria.limits import LABEL_LENGTH
from criteria.quotes import stands_in
from criteria.sentences import amount, condition_sentence
from criteria.specs import ConditionSpec, GroundSpec, GroupSpec, RelaxationSpec

NO_QUOTE = "请从左侧的条款原文中复制写明这项要求的话。"
BOTH_WAYS = "请修改那一条；确是两种达标方式的，请先在“条件组和优先评定”中选择满足其一。"


def plain_ground(ground: GroundSpec) -> dict[str, str]:
    """A ground or priority as it is stored."""
    return {
        "indicator": ground.indicator,
        "operator": ground.operator,
        "threshold": plain_number(ground.threshold) or "0",
        "quote": ground.quote,
    }


def ground_of(row: Mapping[str, str]) -> GroundSpec:
    """A ground or priority back from data."""
    threshold = Decimal(row["threshold"])
    return GroundSpec(row["indicator"], row["operator"], threshold, row.get("quote", ""))


@dataclass(frozen=True)
class ConditionFacts:
    """One condition as it is typed; ``threshold`` and ``floor`` in the indicator's base unit."""

    indicator: str
    operator: str
    threshold: Decimal
    firmness: str
    categories: tuple[str, ...] = ()
    quote: str = ""
    year: int | None = None
    relaxation_quote: str = ""
    floor: Decimal | None = None
    grounds: tuple[GroundSpec, ...] = ()
    preconditions: str = ""
    decision: str = ""

    @property
    def relaxable(self) -> bool:
        """Whether anything about a relaxation was typed."""
        return bool(
            self.relaxation_quote
            or self.floor is not None
            or self.grounds
            or self.preconditions
            or self.decision
        )

    @classmethod
    def of(cls, spec: ConditionSpec) -> ConditionFacts:
        """As it stands."""
        relaxation = spec.relaxation or RelaxationSpec(None, "")
        return cls(
            indicator=spec.indicator,
            operator=spec.operator,
            threshold=spec.threshold,
            firmness=spec.firmness,
            categories=spec.categories,
            quote=spec.quote,
            year=spec.year,
            relaxation_quote=relaxation.quote,
            floor=relaxation.floor,
            grounds=relaxation.grounds,
            preconditions=relaxation.preconditions,
            decision=relaxation.decision,
        )

    def plain(self) -> dict[str, Any]:
        """As data."""
        return {
            **self.__dict__,
            "threshold": plain_number(self.threshold),
            "categories": list(self.categories),
            "floor": plain_number(self.floor),
            "grounds": [plain_ground(row) for row in self.grounds],
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> ConditionFacts:
        """Back from data."""
        return cls(
            **{
                **data,
                "threshold": Decimal(data["threshold"]),
                "categories": tuple(data["categories"]),
                "floor": None if data["floor"] is None else Decimal(data["floor"]),
                "grounds": tuple(ground_of(row) for row in data["grounds"]),
            }
        )

    def spec(self, key: str, setting: Setting) -> ConditionSpec:
        """As it would be assessed with and said."""
        line = setting.measures[self.indicator].line
        relaxation = RelaxationSpec(
            self.floor, self.relaxation_quote, self.grounds, self.preconditions, self.decision
        )
        return ConditionSpec(
            key=key,
            indicator=self.indicator,
            indicator_name=line.name,
            unit=line.unit,
            type=line.type,
            operator=self.operator,
            threshold=self.threshold,
            firmness=self.firmness,
            categories=self.categories,
            quote=self.quote,
            relaxation=relaxation if self.relaxable else None,
            group=setting.group,
            year=self.year,
            choices=line.choices,
        )

    def checked(self, setting: Setting) -> ConditionFacts:
        """The facts with their categories in the set's order and their words trimmed."""
        facts = replace(
            self,
            categories=tuple(key for key in setting.names if key in self.categories),
            quote=self.quote.strip(),
            relaxation_quote=self.relaxation_quote.strip(),
            preconditions=self.preconditions.strip(),
        )
        if len(facts.categories) == len(setting.names):
            facts = replace(facts, categories=())
        errors = comparison_errors(
            setting, facts.indicator, facts.operator, facts.threshold, "", "threshold"
        )
        errors |= facts._wording_errors(setting)
        errors |= facts._relaxation_errors(setting)
        if set(self.categories) - set(setting.names):
            errors["categories"] = "其中有的类别已不在本标准的类别中，请重新勾选。"
        if not errors:
            errors |= facts._duplicate_errors(setting)
        if errors:
            raise ValidationError(errors)
        return facts

    def _wording_errors(self, setting: Setting) -> dict[str, str]:
        errors: dict[str, str] = {}
        measure = setting.measures.get(self.indicator)
        if self.firmness not in dict(FIRMNESS_CHOICES):
            errors["firmness"] = "请选择原文的用语。"
        elif (
            self.firmness == Firmness.APPROXIMATE
            and measure is not None
            and measure.line.type in OPTION_TYPES
        ):
            errors["firmness"] = "是/否和选项没有“左右”，请选择刚性或原则上。"
        if not self.quote:
            errors["quote"] = NO_QUOTE
        elif not stands_in(self.quote, setting.text):
            errors["quote"] = COPY_FROM_CLAUSE
        if measure is not None:
            name, source, rule = measure.line.name, measure.source, measure.year_rule
            if wrong := year_error(name, source, rule, self.year):
                errors["year"] = wrong
        return errors

    def _relaxation_errors(self, setting: Setting) -> dict[str, str]:
        errors: dict[str, str] = {}
        if not self.relaxable:
            return errors
        for name, words in (
            ("relaxation_quote", self.relaxation_quote),
            ("preconditions", self.preconditions),
        ):
            if words and not stands_in(words, setting.text):
                errors[name] = COPY_FROM_CLAUSE
        if not self.relaxation_quote:
            errors["relaxation_quote"] = (
                "请从左侧的条款原文中复制允许放宽的话；原文没有写可以放宽的，请把放宽各项清空。"
            )
        if self.decision not in dict(DECISION_CHOICES):
            errors["decision"] = "请从列出的决定方式中选择。"
        floor_error = self._floor_error(setting)
        if floor_error:
            errors["floor"] = floor_error
        for place, row in enumerate(self.grounds):
            errors |= ground_errors(setting, row, f"ground_{place}_")
        return errors

    def _floor_error(self, setting: Setting) -> str:
        measure = setting.measures.get(self.indicator)
        sign = OPERATORS[self.operator].sign if self.operator in OPERATORS else 0
        if self.floor is None or measure is None:
            return ""
        if not sign:
            return "是/否和选项没有可放宽到的数值，请清空这一栏。"
        wrong = number_error(measure, self.floor)
        if wrong:
            return wrong
        if (self.threshold - self.floor) * sign <= 0:
            asked = amount(self.threshold, measure.line.unit)
            easier = "小于" if sign > 0 else "大于"
            return f"放宽后仍须达到的数值应{easier}本条要求的 {asked}。请核对数值和单位。"
        return ""

    def _duplicate_errors(self, setting: Setting) -> dict[str, str]:
        spec = self.spec("", setting)
        for other in setting.others:
            if collide(spec, other, setting.joining, setting.groups):
                said = condition_sentence(other, setting.names, setting.lines)
                return {
                    "indicator": f"本条已有同一指标、同一类别、同一方向的条件：“{said}”。"
                    f"{BOTH_WAYS}"
                }
        return {}


@dataclass(frozen=True)
class RulesFacts:
    """How the conditions of a criterion are joined, and its priorities.

    ``members``: pairs of a condition's key and the key of its group, "" for none.
    """

    joining: str
    groups: tuple[GroupSpec, ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    priorities: tuple[GroundSpec, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As data."""
        return {
            "joining": self.joining,
            "groups": [row._asdict() for row in self.groups],
            "members": [list(row) for row in self.members],
            "priorities": [plain_ground(row) for row in self.priorities],
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> RulesFacts:
        """Back from data."""
        return cls(
            data["joining"],
            tuple(GroupSpec(**row) for row in data["groups"]),
            tuple((condition, group) for condition, group in data["members"]),
            tuple(ground_of(row) for row in data["priorities"]),
        )

    def placed(self, conditions: Iterable[ConditionSpec]) -> tuple[ConditionSpec, ...]:
        """The conditions in the groups that these rules put them into."""
        standing = {row.key for row in self.groups}
        chosen = {key: group for key, group in self.members if group in standing}
        return tuple(row._replace(group=chosen.get(row.key, "")) for row in conditions)

    def checked(self, setting: Setting) -> RulesFacts:
        """The rules; ``setting.others`` are all conditions of the criterion."""
        errors: dict[str, str] = {}
        if self.joining not in dict(JOINING_CHOICES):
            errors["joining"] = "请选择各项之间的关系。"
        for row in self.groups:
            if row.joining not in dict(JOINING_CHOICES):
                errors[f"group_{row.key}_joining"] = "请选择组内的关系。"
            if len(row.label.strip()) > LABEL_LENGTH:
                errors[f"group_{row.key}_label"] = f"组名最多 {LABEL_LENGTH} 个字，请缩短。"
        for place, ground in enumerate(self.priorities):
            errors |= ground_errors(setting, ground, f"priority_{place}_", quoted=True)
        if not errors:
            errors |= self._collisions(setting)
        if errors:
            raise ValidationError(errors)
        standing = {row.key for row in self.groups}
        known = {row.key for row in setting.others}
        return RulesFacts(
            self.joining,
            tuple(row._replace(label=row.label.strip()) for row in self.groups),
            tuple(
                (key, group if group in standing else "")
                for key, group in self.members
                if key in known
            ),
            tuple(row._replace(quote=row.quote.strip()) for row in self.priorities),
        )

    def _collisions(self, setting: Setting) -> dict[str, str]:
        for one, other in combinations(self.placed(setting.others), 2):
            if collide(one, other, self.joining, self.groups):
                said = condition_sentence(one, setting.names, setting.lines)
                return {
                    f"in_{other.key}": f"这样合起来，与“{said}”成了同一指标、同一类别、"
                    "同一方向的两个条件。请放入不同的组并选择满足其一，或移除其中一个。"
                }
        return {}
