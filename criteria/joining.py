"""How the conditions of a criterion are joined, read back from its verdict. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from criteria.assessment import CriterionVerdict, Finding, rank
from criteria.constants import STATUSES, Status

PASSED = (Status.MET, Status.RELAXED)
FAR = Decimal("Infinity")


class Part(NamedTuple):
    """Conditions that are joined before the criterion joins them: a group, or one alone."""

    label: str
    by_all: bool
    findings: tuple[Finding, ...]

    @property
    def weight(self) -> int:
        """How bad it is, as ``rank`` of its conditions."""
        ranks = [rank(row) for row in self.findings]
        return max(ranks) if self.by_all else min(ranks)

    @property
    def passed(self) -> bool:
        """Whether nothing has to change in it."""
        ways = [row.status in PASSED for row in self.findings]
        return all(ways) if self.by_all else any(ways)

    @property
    def open(self) -> tuple[Finding, ...]:
        """What has to change in the nearest way: all that is unmet, or the nearest one."""
        if self.passed:
            return ()
        unmet = tuple(row for row in self.findings if row.status not in PASSED)
        return unmet if self.by_all else (min(unmet, key=shortfall),)

    @property
    def shortfall(self) -> Decimal:
        """How far it is, as a share of the thresholds."""
        return max((shortfall(row) for row in self.open), default=Decimal(0))


class Step(NamedTuple):
    """A condition to meet; ``chosen``: as the nearest of several of which one is enough."""

    condition: str
    chosen: bool


def parts_of(verdict: CriterionVerdict) -> tuple[Part, ...]:
    """The groups and the conditions that stand alone, in the order of the conditions."""
    groups = {group.key: group for group in verdict.spec.groups}
    joined: dict[str, list[Finding]] = {}
    for place, row in enumerate(verdict.findings):
        joined.setdefault(row.spec.group if row.spec.group in groups else f"\n{place}", []).append(
            row
        )
    return tuple(
        Part(
            groups[key].label if key in groups else "",
            key not in groups or groups[key].joining == "all",
            tuple(rows),
        )
        for key, rows in joined.items()
    )


def shortfall(finding: Finding) -> Decimal:
    """What is short as a share of the threshold; without a measure it counts as the farthest."""
    if finding.status in PASSED:
        return Decimal(0)
    if finding.distance is None:
        return FAR
    return abs(finding.distance) / (abs(finding.threshold) or Decimal(1))


def nearest_way(verdict: CriterionVerdict) -> tuple[Step, ...]:
    """The conditions to meet on the nearest way to the criterion; none when it is reached."""
    parts = parts_of(verdict)
    if verdict.spec.joining == "all":
        return tuple(step for part in parts for step in _steps(part, chosen=False))
    if not parts or any(part.passed for part in parts):
        return ()
    return _steps(min(parts, key=lambda part: part.shortfall), chosen=len(parts) > 1)


def _steps(part: Part, *, chosen: bool) -> tuple[Step, ...]:
    own = not part.by_all and len(part.findings) > 1
    return tuple(
        Step(row.condition, own or (chosen and place == 0)) for place, row in enumerate(part.open)
    )


def statement_missing(verdict: CriterionVerdict) -> bool:
    """Whether the statement (情况说明) is missing, whatever the figures come to.

    Verdicts stored before that was kept say it only where no figure is missing.
    """
    if verdict.unstated:
        return True
    if verdict.status != Status.MISSING or verdict.spec.nature == "figures":
        return False
    return _figures_suffice(verdict)


def only_statement_missing(verdict: CriterionVerdict) -> bool:
    """Whether nothing but the statement keeps the criterion from being assessed."""
    missing = verdict.status == Status.MISSING
    return missing and statement_missing(verdict) and _figures_suffice(verdict)


def _figures_suffice(verdict: CriterionVerdict) -> bool:
    weights = [part.weight for part in parts_of(verdict)]
    if not weights:
        return True
    joined = max(weights) if verdict.spec.joining == "all" else min(weights)
    return joined < STATUSES[Status.MISSING].weight
