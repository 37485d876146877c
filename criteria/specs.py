"""The shape of a criteria set once it is read: plain tuples, no database."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class GroundSpec(NamedTuple):
    """A comparison of one indicator that stands inside another rule (priority, relaxation)."""

    indicator: str
    operator: str
    threshold: Decimal
    quote: str = ""


class RelaxationSpec(NamedTuple):
    """When and by whom a condition may be relaxed (放宽). Never automatic.

    ``floor``: the value that must be reached all the same, in the base unit; None: 未载明.
    ``grounds``: further comparisons that must hold. ``preconditions``: words that people judge.
    ``decision``: key of DECISION_CHOICES, "" for 未载明.
    """

    floor: Decimal | None
    quote: str
    grounds: tuple[GroundSpec, ...] = ()
    preconditions: str = ""
    decision: str = ""


class ConditionSpec(NamedTuple):
    """An executable condition; ``threshold`` in the indicator's base unit (yuan, %, 1 for 是).

    ``categories``: those it applies to, empty for all. ``group``: key of the group it is joined
    in, "" when it stands alone. ``year``: the year that the clause names, None for the round's.
    """

    key: str
    indicator: str
    indicator_name: str
    unit: str
    type: str
    operator: str
    threshold: Decimal
    firmness: str
    categories: tuple[str, ...]
    quote: str
    relaxation: RelaxationSpec | None = None
    group: str = ""
    year: int | None = None
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def figure(self) -> str:
        """The key of its value: the indicator, with the year where the clause names one."""
        return self.indicator if self.year is None else f"{self.indicator}@{self.year}"


class GroupSpec(NamedTuple):
    """Conditions of a criterion joined by all-of or any-of (``joining``: all, any)."""

    key: str
    joining: str
    label: str = ""


class BandSpec(NamedTuple):
    """Points that an indicator gives by steps: (from this value on, points), highest reached."""

    indicator: str
    categories: tuple[str, ...]
    steps: tuple[tuple[Decimal, Decimal], ...]


class RubricSpec(NamedTuple):
    """What an expert's points mean: from, to, in words."""

    low: Decimal
    high: Decimal
    words: str


class ScoringSpec(NamedTuple):
    """How a criterion is scored, as the office set it. ``maximum`` None: 未载明.

    ``mode``: "" 未载明, expert, or bands.
    """

    maximum: Decimal | None = None
    mode: str = ""
    bands: tuple[BandSpec, ...] = ()
    rubric: tuple[RubricSpec, ...] = ()


NO_SCORING = ScoringSpec()


class CriterionSpec(NamedTuple):
    """One criterion with its verbatim text. ``joining``: how its groups are joined."""

    key: str
    ordinal: int
    clause: str
    title: str
    text: str
    nature: str
    ask: str
    conditions: tuple[ConditionSpec, ...]
    priorities: tuple[GroundSpec, ...]
    groups: tuple[GroupSpec, ...] = ()
    joining: str = "all"
    scoring: ScoringSpec = NO_SCORING


class PassRule(NamedTuple):
    """When a scored set is passed: "" 未载明, all_met, points, both; ``points``: the pass mark."""

    kind: str = ""
    points: Decimal | None = None


class SetSpec(NamedTuple):
    """A criteria set, ready to assess with. ``digits``: rounding of points, None: 未载明."""

    pk: int
    title: str
    document_number: str
    categories: tuple[tuple[str, str], ...]
    criteria: tuple[CriterionSpec, ...]
    pass_rule: PassRule = PassRule()
    digits: int | None = None

    @property
    def indicators(self) -> frozenset[str]:
        """Keys of every indicator that the set looks at."""
        return frozenset(key.partition("@")[0] for key in self.figures)

    @property
    def figures(self) -> frozenset[str]:
        """Keys of every value that an assessment looks up, ``key@year`` where a year is stated."""
        found: set[str] = set()
        for criterion in self.criteria:
            for condition in criterion.conditions:
                found.add(condition.figure)
                if condition.relaxation is not None:
                    found.update(ground.indicator for ground in condition.relaxation.grounds)
            found.update(ground.indicator for ground in criterion.priorities)
            found.update(band.indicator for band in criterion.scoring.bands)
        return frozenset(found)

    def covers(self, category: str) -> bool:
        """Whether the set is meant for towns of a category; one without categories is for all."""
        return not self.categories or any(key == category for key, _ in self.categories)
