"""Shape of a condition, and of the rules that join conditions, as they are typed; no rules.

Rows that repeat are fields with numbers in their names, so the forms work without JavaScript; how
many there are stands in hidden fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from criteria.condition_facts import NO_QUOTE, ConditionFacts, RulesFacts
from criteria.constants import DECISION_CHOICES, JOINING_CHOICES, Firmness
from criteria.forms.comparisons import (
    OWN_UNIT,
    ComparisonsForm,
    Row,
    typed_comparison,
    typed_number,
)
from criteria.forms.numbers import NumberField
from criteria.limits import LABEL_LENGTH, MOST_COMPARISONS, QUOTE_LENGTH
from criteria.models import Indicator
from criteria.specs import ConditionSpec, GroundSpec, GroupSpec
from portal.core.formatting import MONEY_UNITS

FIRMNESS = [
    (Firmness.FIRM.value, "刚性：没有达到就是不符合"),
    (Firmness.IN_PRINCIPLE.value, "原则上：没有达到时提示，由审定环节决定"),
    (Firmness.APPROXIMATE.value, "左右：约数，没有达到时提示，由审定环节决定"),
]
ALONE = "单独成立"
KEYS_LENGTH = MOST_COMPARISONS * 51  # each with a space
KEY = re.compile(r"[-\w]{1,50}", re.ASCII)


def row_count(text: Any, first: int) -> int:
    """How many rows a hidden field asks for."""
    given = str(text or "")
    return min(int(given), MOST_COMPARISONS) if given.isdecimal() and len(given) < 4 else first


class ConditionForm(ComparisonsForm):
    """One condition, read from left to right."""

    categories = forms.MultipleChoiceField(
        label="适用类别",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一个也不勾，适用全部类别。",
    )
    firmness = forms.ChoiceField(
        label="用语",
        choices=FIRMNESS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择原文的用语。"},
    )
    year = forms.IntegerField(
        label="年度",
        required=False,
        help_text="原文写明年度的才填，例如 2022；不填按申报批次的年度。",
        error_messages={"invalid": "请填写四位年度，例如 2022。"},
    )
    quote = forms.CharField(
        label="这句话在原文中的写法",
        required=False,
        max_length=QUOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="从左侧条款原文中复制，不要改写；全角半角和空格不影响。",
    )
    relaxation_quote = forms.CharField(
        label="原文中允许放宽的话",
        required=False,
        max_length=QUOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="从左侧条款原文中复制。原文没有写可以放宽的，放宽各项都不填。",
    )
    preconditions = forms.CharField(
        label="放宽的前提（原文）",
        required=False,
        max_length=QUOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="由人判断的前提，从左侧条款原文中复制；申请放宽的人会看到这段话。",
    )
    floor = NumberField(
        label="放宽后仍须达到",
        places=12,
        help_text="原文没有写明的，留空即为“未载明”。应比本条要求容易达到。",
    )
    floor_unit = forms.ChoiceField(
        label="放宽后仍须达到的数值单位",
        required=False,
        choices=[("", OWN_UNIT), *((unit, unit) for unit, _ in MONEY_UNITS)],
    )
    decision = forms.ChoiceField(
        label="放宽由谁决定",
        required=False,
        choices=DECISION_CHOICES,
        help_text="原文没有写明、本办公室也没有确定的，保留“未载明”。放宽须经决定，不自动适用。",
    )
    ground_rows = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        categories: Sequence[tuple[str, str]],
        indicators: Iterable[Indicator],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, indicators=indicators, **kwargs)
        for name, present in self.fields.items():
            # What may stay empty says so itself: the part on relaxation as a whole, the categories.
            present.needed_later = name != "year"  # type: ignore[attr-defined]
        field = self.fields["categories"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(categories)
        if not categories:
            del self.fields["categories"]
        self.main = self.add_comparison("", "")
        given = self.data if self.is_bound else self.initial
        count = row_count(given.get("ground_rows"), 1)
        self.initial["ground_rows"] = str(count)
        self.grounds = [
            self.add_comparison(
                f"ground_{place}_", f"第 {place + 1} 项：", number=place + 1, empty="不另设"
            )
            for place in range(count)
        ]
        self.ground_places: list[int] = []

    @property
    def relaxation_begun(self) -> bool:
        """Whether anything stands in the part on relaxation, so that it is shown unfolded."""
        names = ("relaxation_quote", "preconditions", "floor", "decision", "ground_0_indicator")
        return any(self[name].value() for name in names) or any(
            name.startswith(("relaxation", "precond", "floor", "decision", "ground"))
            for name in (self.errors if self.is_bound else ())
        )

    def clean(self) -> dict[str, Any]:
        """The comparison, the floor and the grounds in base units."""
        cleaned = super().clean() or {}
        cleaned["comparison"] = self.comparison("")
        if "quote" in cleaned and not cleaned["quote"].strip():
            self.add_error("quote", NO_QUOTE)
        cleaned["floor"] = self._floor(cleaned)
        grounds, self.ground_places = [], []
        for place in range(len(self.grounds)):
            prefix = f"ground_{place}_"
            if self.is_blank(prefix):
                continue
            ground = self.comparison(prefix)
            if ground is not None:
                grounds.append(ground)
                self.ground_places.append(place)
        cleaned["grounds"] = tuple(grounds)
        return cleaned

    def _floor(self, cleaned: Mapping[str, Any]) -> Any:
        row, number = self.indicators.get(cleaned.get("indicator") or ""), cleaned.get("floor")
        if row is None or number is None:
            return None
        missing: dict[str, str] = {}
        value = self.in_base(row, number, cleaned.get("floor_unit") or "", "", missing)
        if "unit" in missing:
            self.add_error("floor_unit", missing["unit"])
        return value

    def facts(self) -> ConditionFacts | None:
        """What was typed, as far as it is legible; None while it is no comparison yet."""
        cleaned = self.cleaned_data
        main: GroundSpec | None = cleaned.get("comparison")
        if main is None:
            return None
        return ConditionFacts(
            indicator=main.indicator,
            operator=main.operator,
            threshold=main.threshold,
            firmness=cleaned.get("firmness") or Firmness.FIRM.value,
            categories=tuple(cleaned.get("categories") or ()),
            quote=cleaned.get("quote") or "",
            year=cleaned.get("year"),
            relaxation_quote=cleaned.get("relaxation_quote") or "",
            floor=cleaned.get("floor"),
            grounds=cleaned["grounds"],
            preconditions=cleaned.get("preconditions") or "",
            decision=cleaned.get("decision") or "",
        )

    def renamed(self) -> dict[str, str]:
        """The action's names -> the fields they were typed in."""
        names = {"threshold": self.field_of_threshold("")}
        for at, place in enumerate(self.ground_places):
            here, there = f"ground_{at}_", f"ground_{place}_"
            names |= {f"{here}{part}": f"{there}{part}" for part in ("indicator", "operator")}
            names[f"{here}threshold"] = self.field_of_threshold(there)
            names[f"{here}quote"] = f"{there}indicator"
        return names


def typed_condition(facts: ConditionFacts, indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    """A condition as the form shows it."""
    found = {
        "categories": list(facts.categories),
        "firmness": facts.firmness,
        "year": facts.year,
        "quote": facts.quote,
        "relaxation_quote": facts.relaxation_quote,
        "preconditions": facts.preconditions,
        "decision": facts.decision,
        "ground_rows": str(len(facts.grounds) or 1),
    }
    main = GroundSpec(facts.indicator, facts.operator, facts.threshold)
    found |= {**typed_comparison("", main, indicators), "quote": facts.quote}
    if facts.floor is not None:
        shown = typed_number("floor_", facts.floor, indicators.get(facts.indicator))
        found |= {"floor": shown["floor_number"], "floor_unit": shown["floor_unit"]}
    for place, ground in enumerate(facts.grounds):
        found |= typed_comparison(f"ground_{place}_", ground, indicators)
    return found


class GroupRow(NamedTuple):
    """The fields of one group."""

    key: str
    number: int
    is_new: bool
    label: BoundField
    joining: BoundField
    remove: BoundField


class MemberRow(NamedTuple):
    """A condition and the group it is put into."""

    condition: ConditionSpec
    group: BoundField


class RulesForm(ComparisonsForm):
    """How the conditions of a criterion are joined, and its priorities."""

    joining = forms.ChoiceField(
        label="各组、各个单独成立的条件之间",
        choices=JOINING_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择各项之间的关系。"},
    )
    group_keys = forms.CharField(required=False, max_length=KEYS_LENGTH, widget=forms.HiddenInput)
    priority_rows = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        conditions: Sequence[ConditionSpec],
        groups: Sequence[GroupSpec],
        indicators: Iterable[Indicator],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, indicators=indicators, **kwargs)
        given = self.data if self.is_bound else self.initial
        standing = [row.key for row in groups]
        keys = [key for key in str(given.get("group_keys") or "").split() if KEY.fullmatch(key)]
        self.keys = list(dict.fromkeys(keys))[:MOST_COMPARISONS]
        self.initial["group_keys"] = " ".join(self.keys)
        choices = [("", ALONE), *((key, f"第 {at} 组") for at, key in enumerate(self.keys, 1))]
        self.groups = [
            self._group(key, at, key not in standing) for at, key in enumerate(self.keys, 1)
        ]
        self.members = []
        for row in conditions:
            self.fields[f"in_{row.key}"] = forms.ChoiceField(
                label="放入", required=False, choices=choices
            )
            self.members.append(MemberRow(row, self[f"in_{row.key}"]))
        count = row_count(given.get("priority_rows"), 1)
        self.initial["priority_rows"] = str(count)
        self.priorities: list[Row] = [
            self.add_comparison(
                f"priority_{place}_",
                f"优先情形第 {place + 1} 行：",
                number=place + 1,
                quote=f"优先情形第 {place + 1} 行：原文",
                empty="不设",
            )
            for place in range(count)
        ]
        self.priority_places: list[int] = []

    def _group(self, key: str, number: int, is_new: bool) -> GroupRow:
        fields: dict[str, forms.Field] = {
            "label": forms.CharField(
                label=f"第 {number} 组组名", required=False, max_length=LABEL_LENGTH
            ),
            "joining": forms.ChoiceField(label=f"第 {number} 组组内", choices=JOINING_CHOICES),
            "remove": forms.BooleanField(
                label=f"撤销第 {number} 组（组内条件保留，改为单独成立）", required=False
            ),
        }
        for name, field in fields.items():
            self.fields[f"group_{key}_{name}"] = field
        label, joining, remove = (self[f"group_{key}_{name}"] for name in fields)
        return GroupRow(key, number, is_new, label, joining, remove)

    def clean(self) -> dict[str, Any]:
        """The priorities in base units."""
        cleaned = super().clean() or {}
        found, self.priority_places = [], []
        for place in range(len(self.priorities)):
            prefix = f"priority_{place}_"
            if self.is_blank(prefix):
                continue
            priority = self.comparison(prefix)
            if priority is not None:
                found.append(priority)
                self.priority_places.append(place)
        cleaned["priorities"] = tuple(found)
        return cleaned

    def facts(self) -> RulesFacts:
        """What was typed, as far as it is legible: a group that nobody named or used is none."""
        cleaned = self.cleaned_data
        members = tuple(
            (row.condition.key, cleaned.get(f"in_{row.condition.key}") or "")
            for row in self.members
        )
        used = {group for _, group in members}
        groups = tuple(
            GroupSpec(
                row.key,
                cleaned.get(f"group_{row.key}_joining") or "all",
                cleaned.get(f"group_{row.key}_label") or "",
            )
            for row in self.groups
            if not cleaned.get(f"group_{row.key}_remove")
            and (not row.is_new or row.key in used or cleaned.get(f"group_{row.key}_label"))
        )
        kept = {row.key for row in groups}
        return RulesFacts(
            joining=cleaned.get("joining") or "all",
            groups=groups,
            members=tuple((key, group if group in kept else "") for key, group in members),
            priorities=cleaned["priorities"],
        )

    def renamed(self) -> dict[str, str]:
        """The action's names of rows -> the fields they were typed in."""
        names: dict[str, str] = {}
        for at, place in enumerate(self.priority_places):
            here, there = f"priority_{at}_", f"priority_{place}_"
            names |= {
                f"{here}{part}": f"{there}{part}" for part in ("indicator", "operator", "quote")
            }
            names[f"{here}threshold"] = self.field_of_threshold(there)
        return names


def typed_rules(facts: RulesFacts, indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    """The rules as the form shows them."""
    found: dict[str, Any] = {
        "joining": facts.joining,
        "group_keys": " ".join(row.key for row in facts.groups),
        "priority_rows": str(len(facts.priorities) or 1),
    }
    for group in facts.groups:
        found |= {
            f"group_{group.key}_label": group.label,
            f"group_{group.key}_joining": group.joining,
        }
    found |= {f"in_{condition}": group for condition, group in facts.members}
    for place, priority in enumerate(facts.priorities):
        found |= typed_comparison(f"priority_{place}_", priority, indicators)
    return found


def one_more(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What was typed with one more empty row: a ground, a priority or a group."""
    found = dict(values)
    if kind == "group_keys":
        keys = str(found.get(kind) or "").split()
        number = 1
        while f"g{number}" in keys:
            number += 1
        if len(keys) < MOST_COMPARISONS:
            found[kind] = " ".join([*keys, f"g{number}"])
    elif kind in ("ground_rows", "priority_rows"):
        found[kind] = str(min(row_count(found.get(kind), 1) + 1, MOST_COMPARISONS))
    return found


class MoveConditionForm(forms.Form):
    """Which way, and from which place."""

    way = forms.ChoiceField(choices=[("up", "上移"), ("down", "下移")])
    seen = forms.IntegerField(min_value=1)
