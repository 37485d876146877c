"""Pure assessment: a criteria set and values in, a verdict per criterion out. No ORM, no I/O.

原则上 and 左右 are wordings of the documents, not walls: an unmet condition so worded is a warning
that a decision may override. Relaxation (放宽, 晋政办发〔2022〕80号 二(四)) is never automatic: the
assessment only says that it may be applied for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.constants import (
    FIRMNESS_LABELS,
    HARD,
    OPERATORS,
    OUTCOME_OF,
    STATUSES,
    Firmness,
    Outcome,
    Status,
)
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    RelaxationSpec,
    SetSpec,
)

_STATUS_OF = {row.weight: row.key for row in STATUSES.values()} | {HARD: Status.NOT_MET}
_WEIGHT = {row.key: row.weight for row in STATUSES.values()}


class Origin(NamedTuple):
    """Where a value came from: its year, and a key of ORIGIN_LABELS."""

    year: int | None = None
    source: str = ""


NO_ORIGIN = Origin()
NO_ORIGINS: Mapping[str, Origin] = {}


class Finding(NamedTuple):
    """What one condition gives.

    ``distance`` in the indicator's unit: what is to spare (zero or more) or what is short (below
    zero); None where there is no value or nothing to measure. ``lacking``: indicators without a
    figure on which it hangs whether a relaxation may be applied for; the status is then MISSING.
    """

    spec: ConditionSpec
    value: Decimal | None
    status: Status
    distance: Decimal | None
    overridable: bool
    origin: Origin = NO_ORIGIN
    lacking: tuple[str, ...] = ()

    @property
    def condition(self) -> str:
        """The key of the condition."""
        return self.spec.key

    @property
    def indicator(self) -> str:
        """The key of the indicator."""
        return self.spec.indicator

    @property
    def indicator_name(self) -> str:
        """The indicator's name."""
        return self.spec.indicator_name

    @property
    def unit(self) -> str:
        """The indicator's unit."""
        return self.spec.unit

    @property
    def threshold(self) -> Decimal:
        """The threshold, in the base unit."""
        return self.spec.threshold

    @property
    def operator(self) -> str:
        """The comparison in words."""
        return OPERATORS[self.spec.operator].word

    @property
    def firmness(self) -> str:
        """The document's wording: 原则上, 左右 or nothing."""
        return FIRMNESS_LABELS[self.spec.firmness]

    @property
    def quote(self) -> str:
        """The words of the document."""
        return self.spec.quote


class CriterionVerdict(NamedTuple):
    """The verdict of one criterion. ``points``: what bands give, None where none apply.

    ``unstated``: the statement that it asks for is not written.
    """

    spec: CriterionSpec
    status: Status
    overridable: bool
    priority: bool
    findings: tuple[Finding, ...]
    points: Decimal | None = None
    unstated: bool = False

    @property
    def key(self) -> str:
        """The key of the criterion."""
        return self.spec.key

    @property
    def ordinal(self) -> int:
        """Its place in the set."""
        return self.spec.ordinal

    @property
    def clause(self) -> str:
        """The clause number."""
        return self.spec.clause

    @property
    def title(self) -> str:
        """The title."""
        return self.spec.title

    @property
    def text(self) -> str:
        """The clause, word for word."""
        return self.spec.text


class _Check(NamedTuple):
    """A condition made ready: what is looked up and compared, without another lookup."""

    spec: ConditionSpec
    figure: str
    holds: Callable[[Decimal, Decimal], bool]
    threshold: Decimal
    sign: int
    soft: bool
    relaxation: RelaxationSpec | None


class _Plan(NamedTuple):
    """A criterion made ready for one category. ``slots``: places of its checks by group.

    ``unanswered`` and ``answered``: its verdict where it looks at no figure at all.
    """

    spec: CriterionSpec
    checks: tuple[_Check, ...]
    slots: tuple[tuple[bool, tuple[int, ...]], ...]
    joined_by_all: bool
    judged: bool
    band: BandSpec | None
    unanswered: CriterionVerdict | None
    answered: CriterionVerdict | None


class Assessor:
    """A criteria set made ready to assess many towns; keeps a plan for each category."""

    def __init__(self, spec: SetSpec) -> None:
        self.spec = spec
        self._plans: dict[str, tuple[_Plan, ...]] = {}

    def assess(
        self,
        category: str,
        values: Mapping[str, Decimal | None],
        *,
        answered: Iterable[str] = (),
        relaxed: Iterable[str] = (),
        origins: Mapping[str, Origin] = NO_ORIGINS,
    ) -> tuple[CriterionVerdict, ...]:
        """Assess a town of one category; see ``assess``."""
        plans = self._plans.get(category)
        if plans is None:
            plans = self._plans[category] = tuple(
                _plan(criterion, category) for criterion in self.spec.criteria
            )
        answered, relaxed = frozenset(answered), frozenset(relaxed)
        return tuple([_verdict(plan, values, answered, relaxed, origins) for plan in plans])


def assess(
    spec: SetSpec,
    category: str,
    values: Mapping[str, Decimal | None],
    *,
    answered: Iterable[str] = (),
    relaxed: Iterable[str] = (),
    origins: Mapping[str, Origin] = NO_ORIGINS,
) -> tuple[CriterionVerdict, ...]:
    """Assess a town of one category.

    ``values``: indicator key (or ``key@year``) -> value in base units, None or absent when there
    is no figure. ``answered``: criteria for which a statement was written (a judgement without
    one is missing). ``relaxed``: keys of conditions that a decision has relaxed. ``origins``:
    the same keys as ``values`` -> year and source.
    """
    return Assessor(spec).assess(
        category, values, answered=answered, relaxed=relaxed, origins=origins
    )


def overall(verdicts: Iterable[CriterionVerdict]) -> Outcome:
    """What the verdicts come to: the worst of them decides."""
    return OUTCOME_OF[max(map(rank, verdicts), default=_WEIGHT[Status.NEEDS_JUDGEMENT])]


def rank(found: CriterionVerdict | Finding) -> int:
    """How bad it is: from 1, met, to HARD, not met without a way out."""
    if found.status == Status.NOT_MET and not found.overridable:
        return HARD
    return _WEIGHT[found.status]


def counts(verdicts: Iterable[CriterionVerdict]) -> dict[str, int]:
    """How many criteria have each status."""
    found = dict.fromkeys((status.value for status in Status), 0)
    for verdict in verdicts:
        found[verdict.status] += 1
    return found


def holds(ground: GroundSpec, values: Mapping[str, Decimal | None]) -> bool:
    """Whether a ground is satisfied; never without a value."""
    value = values.get(ground.indicator)
    return value is not None and OPERATORS[ground.operator].holds(value, ground.threshold)


def distance(operator: str, value: Decimal, threshold: Decimal) -> Decimal | None:
    """What is to spare, or short when below zero, in the unit of the value."""
    sign = OPERATORS[operator].sign
    if sign > 0:
        return value - threshold
    return threshold - value if sign < 0 else None


def band_of(criterion: CriterionSpec, category: str) -> BandSpec | None:
    """The steps by which a criterion is scored in a category: the first that is meant for it."""
    if criterion.scoring.mode != "bands":
        return None
    for band in criterion.scoring.bands:
        if not band.categories or category in band.categories:
            return band
    return None


def _plan(criterion: CriterionSpec, category: str) -> _Plan:
    chosen = [
        row for row in criterion.conditions if not row.categories or category in row.categories
    ]
    checks = tuple(
        _Check(
            spec=row,
            figure=row.figure,
            holds=OPERATORS[row.operator].holds,
            threshold=row.threshold,
            sign=OPERATORS[row.operator].sign,
            soft=row.firmness != Firmness.FIRM,
            relaxation=row.relaxation,
        )
        for row in chosen
    )
    joinings = {group.key: group.joining for group in criterion.groups}
    groups: dict[str, list[int]] = {}
    for place, row in enumerate(chosen):
        # A condition without a group of its own stands alone.
        groups.setdefault(row.group if row.group in joinings else f"\n{place}", []).append(place)
    judged, band = criterion.nature != "figures", band_of(criterion, category)
    bare = not checks and not criterion.priorities and band is None
    return _Plan(
        spec=criterion,
        checks=checks,
        slots=tuple(
            (joinings.get(key, "all") == "all", tuple(places)) for key, places in groups.items()
        ),
        joined_by_all=criterion.joining == "all",
        judged=judged,
        band=band,
        unanswered=_without_figures(criterion, answered=not judged) if bare else None,
        answered=_without_figures(criterion, answered=True) if bare else None,
    )


def _without_figures(criterion: CriterionSpec, *, answered: bool) -> CriterionVerdict:
    """Where the document sets no threshold for the category the office judges what is written."""
    status = Status.NEEDS_JUDGEMENT if answered else Status.MISSING
    return CriterionVerdict(criterion, status, False, False, (), None, not answered)


def _verdict(
    plan: _Plan,
    values: Mapping[str, Decimal | None],
    answered: frozenset[str],
    relaxed: frozenset[str],
    origins: Mapping[str, Origin],
) -> CriterionVerdict:
    spec = plan.spec
    if plan.answered is not None and plan.unanswered is not None:
        return plan.answered if spec.key in answered else plan.unanswered
    findings = tuple([_finding(check, values, relaxed, origins) for check in plan.checks])
    weight = 0
    unstated = plan.judged and spec.key not in answered
    if findings:
        weights = [
            HARD if row[2] is Status.NOT_MET and not row[4] else _WEIGHT[row[2]] for row in findings
        ]
        if plan.joined_by_all and len(plan.slots) == len(weights):
            weight = max(weights)
        else:
            weight = _joined(plan, weights)
    if plan.judged:
        own = Status.MISSING if unstated else Status.NEEDS_JUDGEMENT
        weight = max(weight, _WEIGHT[own])
    elif not findings:
        # The document sets no threshold for this category: the office judges.
        weight = _WEIGHT[Status.NEEDS_JUDGEMENT]
    status = _STATUS_OF[weight]
    return CriterionVerdict(
        spec,
        status,
        status is Status.NOT_MET and weight != HARD,
        bool(spec.priorities) and any(holds(ground, values) for ground in spec.priorities),
        findings,
        _banded(plan.band, values) if plan.band is not None else None,
        unstated,
    )


def _joined(plan: _Plan, weights: Sequence[int]) -> int:
    parts = [
        (max if by_all else min)([weights[place] for place in places])
        for by_all, places in plan.slots
    ]
    return max(parts) if plan.joined_by_all else min(parts)


def _banded(band: BandSpec, values: Mapping[str, Decimal | None]) -> Decimal | None:
    value = values.get(band.indicator)
    if value is None:
        return None
    return max((points for start, points in band.steps if value >= start), default=Decimal(0))


def _finding(
    check: _Check,
    values: Mapping[str, Decimal | None],
    relaxed: frozenset[str],
    origins: Mapping[str, Origin],
) -> Finding:
    spec, figure, compare, threshold, sign, soft, relaxation = check
    value = values.get(figure)
    origin = origins.get(figure, NO_ORIGIN) if origins else NO_ORIGIN
    if value is None:
        return Finding(spec, None, Status.MISSING, None, soft, origin)
    if sign > 0:
        away: Decimal | None = value - threshold
    else:
        away = threshold - value if sign else None
    if compare(value, threshold):
        return Finding(spec, value, Status.MET, away, soft, origin)
    if spec.key in relaxed:
        return Finding(spec, value, Status.RELAXED, away, soft, origin)
    if relaxation is None:
        return Finding(spec, value, Status.NOT_MET, away, soft, origin)
    floor = relaxation.floor
    reached = floor is None or (value <= floor if sign < 0 else value >= floor)
    lacking = tuple(
        [row.indicator for row in relaxation.grounds if values.get(row.indicator) is None]
    )
    if not reached or not all(
        holds(row, values) for row in relaxation.grounds if row.indicator not in lacking
    ):
        return Finding(spec, value, Status.NOT_MET, away, False, origin)
    if lacking:
        # Whether it may be relaxed is not known: that is no refusal.
        return Finding(spec, value, Status.MISSING, away, soft, origin, lacking)
    return Finding(spec, value, Status.MAY_RELAX, away, soft, origin)
