"""What a check says and what it looks at. No ORM, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from criteria.condition_checks import Measure
from criteria.specs import CriterionSpec, SetSpec


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCKING = "blocking"
    ADVICE = "advice"
    UNSTATED = "unstated"


class SeverityRow(NamedTuple):
    """A severity with its word, its colour and what it means for publication."""

    key: Severity
    label: str
    tone: str
    meaning: str


SEVERITIES: dict[str, SeverityRow] = {
    row.key: row
    for row in (
        SeverityRow(Severity.BLOCKING, "须改正", "danger", "改正后才能提请发布。"),
        SeverityRow(Severity.ADVICE, "提醒", "warning", "请核对是否符合文件原意，不影响发布。"),
        SeverityRow(Severity.UNSTATED, "未载明", "info", "文件没有写明，不影响发布。"),
    )
}


class CheckFinding(NamedTuple):
    """Something found: how much it weighs, where, what, and what to do.

    ``criterion``, ``condition``: keys, empty when it concerns the whole set. ``code`` names the
    rule.
    """

    severity: Severity
    code: str
    message: str
    place: str = ""
    criterion: str = ""
    condition: str = ""


class IndicatorState(NamedTuple):
    """What is asked of an indicator before a set relies on it.

    ``usable``: it is the documents' own or of an office of the set's region or above.
    ``measure``: its range and options, None where they are not looked at.
    """

    name: str
    type: str
    subject: str
    source: str
    retired: bool = False
    supplied: bool = True
    usable: bool = True
    year_rule: str = "latest"
    measure: Measure | None = None


class Checked(NamedTuple):
    """A draft as it is checked. ``states``: by key of the indicator."""

    spec: SetSpec
    states: Mapping[str, IndicatorState]
    kind: str = "certification"
    effective_from: date | None = None
    effective_to: date | None = None
    silent: tuple[str, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """The set's categories by key."""
        return dict(self.spec.categories)


def categories_said(keys: Iterable[str], names: Mapping[str, str]) -> str:
    """制造业、特优农业."""
    return "、".join(names.get(key, key) for key in keys)


def place_of(number: int, criterion: CriterionSpec, condition: int = 0) -> str:
    """第 4 条 二(四) 第 2 个条件."""
    said = f"第 {number} 条 {criterion.clause}".strip()
    return f"{said} 第 {condition} 个条件" if condition else said
