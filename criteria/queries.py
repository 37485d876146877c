"""Reading criteria sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from criteria.assessment import Assessor
from criteria.models import Condition, CriteriaSet, CriteriaSetQuerySet, Criterion, Indicator
from criteria.sentences import IndicatorLine
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    PassRule,
    RelaxationSpec,
    RubricSpec,
    ScoringSpec,
    SetSpec,
)
from criteria.wording import IndicatorName
from portal.core import clock
from portal.core.constants import OfficeKind
from portal.core.models import Office, Region

# What was published never changes: it is read once in a process.
_fixed: dict[int, Assessor] = {}
_fixed_names: dict[int, dict[str, IndicatorName]] = {}


def leading_group_of(criteria_set: CriteriaSet) -> Office | None:
    """The office that authors for the region of a set, which the reader has fetched."""
    offices = criteria_set.region.offices.select_related("region")
    return offices.filter(kind=OfficeKind.LEADING_GROUP_OFFICE).first()


def spec_of(criteria_set: CriteriaSet) -> SetSpec:
    """The set ready to assess with; a published one never changes and is kept in memory."""
    return assessor_of(criteria_set).spec


def assessor_of(criteria_set: CriteriaSet) -> Assessor:
    """The set made ready to assess many towns; kept in memory once published."""
    return assessors_of([criteria_set])[criteria_set.pk]


def assessors_of(sets: Iterable[CriteriaSet]) -> dict[int, Assessor]:
    """The same of several sets by their keys, in two queries however many are not in memory."""
    wanted = {row.pk: row for row in sets}
    found = {pk: _fixed[pk] for pk in wanted if pk in _fixed}
    missing = [row for pk, row in wanted.items() if pk not in found]
    for spec in _read(missing):
        found[spec.pk] = Assessor(spec)
        if wanted[spec.pk].is_fixed:
            _fixed[spec.pk] = found[spec.pk]
    return found


def names_of(criteria_set: CriteriaSet) -> dict[str, IndicatorName]:
    """Names of the indicators that the set looks at; kept in memory once published."""
    if not criteria_set.is_fixed:
        return indicator_names(spec_of(criteria_set).indicators)
    if criteria_set.pk not in _fixed_names:
        _fixed_names[criteria_set.pk] = indicator_names(spec_of(criteria_set).indicators)
    return _fixed_names[criteria_set.pk]


def indicator_names(keys: Iterable[str]) -> dict[str, IndicatorName]:
    """Names, units and sources of indicators as the catalogue has them now."""
    rows = Indicator.objects.filter(key__in=keys)
    return {row.key: IndicatorName(row.name, row.unit, row.source) for row in rows}


def _read(sets: Sequence[CriteriaSet]) -> Iterator[SetSpec]:
    if not sets:
        return
    conditions: dict[int, list[ConditionSpec]] = defaultdict(list)
    rows = Condition.objects.filter(criterion__criteria_set__in=sets)
    for row in rows.select_related("indicator"):
        conditions[row.criterion_id].append(condition_spec(row))
    criteria: dict[int, list[CriterionSpec]] = defaultdict(list)
    for criterion in Criterion.objects.filter(criteria_set__in=sets):
        spec = criterion_spec(criterion, conditions[criterion.pk])
        criteria[criterion.criteria_set_id].append(spec)
    for row_of_set in sets:
        yield SetSpec(
            pk=row_of_set.pk,
            title=row_of_set.title,
            document_number=row_of_set.document_number,
            categories=tuple((item["key"], item["name"]) for item in row_of_set.categories),
            criteria=tuple(criteria[row_of_set.pk]),
            pass_rule=PassRule(row_of_set.pass_rule, row_of_set.pass_points),
            digits=row_of_set.digits,
        )


def condition_spec(row: Condition) -> ConditionSpec:
    """A condition as it is assessed with; its indicator is read with it."""
    indicator = row.indicator
    return ConditionSpec(
        key=row.key,
        indicator=indicator.key,
        indicator_name=indicator.name,
        unit=indicator.unit,
        type=indicator.type,
        operator=row.operator,
        threshold=row.threshold,
        firmness=row.firmness,
        categories=tuple(row.categories),
        quote=row.quote,
        relaxation=RelaxationSpec(
            floor=row.floor,
            quote=row.relaxation_quote,
            grounds=tuple(_ground(item) for item in row.relaxation_grounds),
            preconditions=row.relaxation_preconditions,
            decision=row.relaxation_decision,
        )
        if row.relaxable
        else None,
        group=row.group,
        year=row.year,
        choices=tuple((str(item["key"]), item["name"]) for item in indicator.choices),
    )


def criterion_spec(row: Criterion, conditions: Iterable[ConditionSpec]) -> CriterionSpec:
    """A criterion as it is assessed with, with its conditions."""
    return CriterionSpec(
        key=row.key,
        ordinal=row.ordinal,
        clause=row.clause,
        title=row.title,
        text=row.text,
        nature=row.nature,
        ask=row.ask,
        conditions=tuple(conditions),
        priorities=tuple(_ground(item) for item in row.priorities),
        groups=tuple(
            GroupSpec(item["key"], item["joining"], item.get("label", "")) for item in row.groups
        ),
        joining=row.joining,
        scoring=ScoringSpec(
            maximum=row.score_max,
            mode=row.score_mode,
            bands=tuple(
                BandSpec(
                    item["indicator"],
                    tuple(item.get("categories", ())),
                    tuple((Decimal(start), Decimal(points)) for start, points in item["steps"]),
                )
                for item in row.bands
            ),
            rubric=tuple(
                RubricSpec(Decimal(item["low"]), Decimal(item["high"]), item["words"])
                for item in row.rubric
            ),
        ),
    )


def _ground(item: Mapping[str, str]) -> GroundSpec:
    return GroundSpec(
        item["indicator"], item["operator"], Decimal(item["threshold"]), item.get("quote", "")
    )


def indicators(subject: str, source: str | None = None) -> list[Indicator]:
    """The catalogue for towns or enterprises, in its order."""
    rows = Indicator.objects.filter(subject=subject)
    return list(rows.filter(source=source) if source else rows)


def indicator_lines(keys: Iterable[str] | None = None) -> dict[str, IndicatorLine]:
    """How indicators are written in sentences: those named, or the whole catalogue; one query."""
    rows = Indicator.objects.all()
    if keys is not None:
        rows = rows.filter(key__in=set(keys))
    return {
        row.key: IndicatorLine(
            row.name,
            row.unit,
            row.type,
            tuple((str(item["key"]), item["name"]) for item in row.choices),
        )
        for row in rows
    }


def validity_on(criteria_set: CriteriaSet, day: date) -> str:
    """有效, 已过期 or 有效期未载明 on a day."""
    if criteria_set.effective_to is None:
        return "有效期未载明"
    return "已过期" if criteria_set.effective_to < day else "有效"


def sets_in_force(
    regions: Mapping[str, Region], day: date | None = None, kind: str = "certification"
) -> dict[str, CriteriaSet]:
    """Level -> the published set in force on a day for its region; levels without one are left out.

    The latest version that has begun, has not ended and was not withdrawn by then; one query.
    """
    rows = CriteriaSet.objects.filter(
        kind=kind,
        state__in=("published", "withdrawn"),
        region__in=[region.pk for region in regions.values()],
    )
    found = latest_in_force(rows, day)
    return {
        level: found[level, region.pk]
        for level, region in regions.items()
        if (level, region.pk) in found
    }


def latest_in_force(
    rows: CriteriaSetQuerySet, day: date | None = None
) -> dict[tuple[str, int], CriteriaSet]:
    """(level, region) -> the set in force on a day, of those given, which are of one kind."""
    day = day or clock.today()
    found: dict[tuple[str, int], CriteriaSet] = {}
    for row in rows.filter(state__in=("published", "withdrawn")).order_by("version"):
        begun = row.effective_from is None or row.effective_from <= day
        lasts = row.effective_to is None or row.effective_to >= day
        stands = row.withdrawn_on is None or row.withdrawn_on > day
        if not (begun and stands):
            continue
        # A version that has begun takes the place of the one before it, even once it has ended.
        if lasts:
            found[row.level, row.region_id] = row
        else:
            found.pop((row.level, row.region_id), None)
    return found
