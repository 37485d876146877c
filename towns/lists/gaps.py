"""The list of towns before their next tier (梯次培育).

What is missing is worked out for the rows of a page. The order is one of the database: output value
of the last complete year as a share of what the next tier's set asks, the nearest first.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import (
    Case,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from criteria.categories import category_choices, category_label
from criteria.models import CriteriaSet
from criteria.queries import assessors_of
from criteria.sentences import is_choice, parts_of
from criteria.specs import CriterionSpec, SetSpec
from portal.core.actor import Actor
from portal.core.constants import LEVELS, UNSTATED
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    Sorting,
    register_list,
)
from portal.core.paging import Order
from portal.core.web import office_url
from towns.constants import STAGE_CHOICES
from towns.gaps import Ground, TownGap, gaps_of, law_in_force
from towns.lists.common import containing, offer_regions
from towns.models import Certification, Town, TownCategory, TownFigure
from towns.queries import reporting_years
from towns.tables.gaps import missing_sentences, outcome_cell
from towns.tables.registers import STAGES, stage_tag

TownBatch = Batch[Town]
MEASURE = "output_value"
LEAST = ("ge", "gt")
UNASKED = Cast(Value(None), FloatField())
TIERS = [(level.key, level.adjective) for level in LEVELS.values()]
NO_TIER = ("none", "没有更高的梯次")


class GapFilter(ListFilter):
    """Conditions above the list."""

    q = forms.CharField(label="名称、产业", max_length=60, required=False)
    tier = forms.ChoiceField(
        label="下一梯次", choices=[EVERYTHING, *TIERS, NO_TIER], required=False
    )
    stage = forms.ChoiceField(
        label="培育阶段", choices=[EVERYTHING, *STAGE_CHOICES], required=False
    )
    category = forms.ChoiceField(label="类别", required=False)
    region = forms.ChoiceField(label="行政区划", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bounds = offer_regions(self, self.actor)
        self.fields["category"].choices = [EVERYTHING, *category_choices()]  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Town], chosen: Chosen) -> QuerySet[Town]:
        """Towns by name, next tier, stage, category and region."""
        if chosen["q"]:
            text = chosen["q"].strip()
            rows = rows.filter(Q(**containing("name", text)) | Q(**containing("industry", text)))
        if chosen["tier"]:
            wanted = "" if chosen["tier"] == NO_TIER[0] else chosen["tier"]
            rows = rows.alias(meant=F("tier")).filter(meant=wanted)
        for name in ("stage", "category"):
            if chosen[name]:
                rows = rows.filter(**{name: chosen[name]})
        if chosen.get("region"):
            rows = rows.filter(**self.bounds[chosen["region"]])
        return rows


# --- the order ------------------------------------------------------------------------------------


def _within(criteria_set: CriteriaSet) -> Q:
    scope = criteria_set.region.scope
    return Q(scope_code__gte=scope.lower, scope_code__lt=scope.upper)


def _is_certified(level: str) -> Exists:
    """Whether a certification of the level is valid."""
    return Exists(Certification.objects.filter(town=OuterRef("pk"), state="valid", level=level))


def _rank() -> Case:
    """The highest level that is certified: 3 province, 2 city, 1 county, 0 none."""
    highest_first = list(enumerate(LEVELS, start=1))[::-1]
    return Case(
        *(
            When(Q(stage=level) | Q(**{f"certified_{level}": True}), then=Value(n))
            for n, level in highest_first
        ),
        default=Value(0),
        output_field=IntegerField(),
    )


def _tier(sets: list[CriteriaSet]) -> Case:
    """The next level above that has a set in force, else the next level, as ``towns.gaps`` does."""
    with_set = [
        When(Q(rank__lt=n) & _within(row), then=Value(level))
        for n, level in enumerate(LEVELS, start=1)
        for row in sets
        if row.level == level
    ]
    without = [When(rank=n, then=Value(level)) for n, level in enumerate(LEVELS)]
    return Case(*with_set, *without, default=Value(""))


def _asked(criterion: CriterionSpec, category: str) -> list[Decimal]:
    """The amounts that a criterion asks of the output value outright, none of them one of several.

    What stands alone or in a group of which all count, as ``criteria.assessment`` joins them.
    """
    meant = [
        row for row in criterion.conditions if not row.categories or category in row.categories
    ]
    parts = parts_of(criterion._replace(conditions=tuple(meant)))
    if criterion.joining == "any" and len(parts) > 1:
        return []
    return [
        row.threshold
        for group, rows in parts
        if not is_choice(group, rows)
        for row in rows
        if row.figure == MEASURE and row.operator in LEAST and row.threshold > 0
    ]


def _listed(level: str) -> Coalesce:
    """The category of a town on the list of a level, as ``towns.gaps`` takes it."""
    rows = TownCategory.objects.filter(town=OuterRef("pk"), level=level)
    return Coalesce(Subquery(rows.values("category")[:1]), F("category"))


def _by_category(level: str, spec: SetSpec) -> Case:
    """What a set asks of a town by the category of its level; nothing where it asks nothing."""
    named = {key for row in spec.criteria for item in row.conditions for key in item.categories}
    keys = [key for key, _ in spec.categories] or [*sorted(named), ""]
    asked = {key: [n for row in spec.criteria for n in _asked(row, key)] for key in keys}
    found = {key: Value(float(max(rows))) if rows else UNASKED for key, rows in asked.items()}
    # Only a set without categories of its own is meant for the others, too.
    others = found.pop("", UNASKED)
    whens = [When(**{f"listed_{level}": key}, then=value) for key, value in found.items()]
    return Case(*whens, default=others, output_field=FloatField())


def _wanted(sets: list[CriteriaSet]) -> Case:
    """What the next tier's set asks of the output value for the town's category on its list."""
    ready = assessors_of(sets)
    return Case(
        *(
            When(
                tier=level,
                then=Case(
                    *(
                        When(_within(row), then=_by_category(level, ready[row.pk].spec))
                        for row in sets
                        if row.level == level
                    ),
                    default=UNASKED,
                    output_field=FloatField(),
                ),
            )
            for level in LEVELS
        ),
        default=UNASKED,
        output_field=FloatField(),
    )


def _towns(actor: Actor) -> QuerySet[Town]:
    """Standing towns with the key of their next tier and how near their output value is."""
    sets = list(actor.once(law_in_force).values())
    output = TownFigure.objects.filter(
        town=OuterRef("pk"), year=reporting_years()[0], indicator__key=MEASURE
    )
    return (
        Town.objects.visible_to(actor)
        .standing()
        .annotate(**{f"certified_{level}": _is_certified(level) for level in LEVELS})
        .annotate(rank=_rank())
        .annotate(tier=_tier(sets))
        .annotate(**{f"listed_{level}": _listed(level) for level in LEVELS})
        .annotate(
            wanted=_wanted(sets),
            output=Cast(Subquery(output.values("value")[:1]), FloatField()),
        )
        .annotate(reach=F("output") / F("wanted"))
    )


# --- cells ----------------------------------------------------------------------------------------


def _gaps(batch: TownBatch) -> dict[int, TownGap]:
    """The distances of a page; what its rows know of levels and lists is not read again."""
    rows = [(town.pk, level, vars(town)) for town in batch.rows for level in LEVELS]
    certified: dict[int, set[str]] = {town.pk: set() for town in batch.rows}
    for pk, level, known in rows:
        if known[f"certified_{level}"]:
            certified[pk].add(level)
    listed = {(pk, level): known[f"listed_{level}"] for pk, level, known in rows}
    ground = Ground(batch.actor.once(law_in_force), certified, listed)
    return gaps_of(batch.rows, reporting_years()[0], ground)


def _gap(town: Town, batch: TownBatch) -> TownGap:
    return batch.fetched(_gaps)[town.pk]


def _name(town: Town, batch: TownBatch) -> dict[str, str]:
    url = office_url(batch.actor, "town-gap", town.pk)
    return {"text": town.name, "url": url, "note": town.demo_note}


def _certified(town: Town, batch: TownBatch) -> str:
    found = _gap(town, batch).certified
    return found.adjective if found is not None else "无"


def _following(town: Town, batch: TownBatch) -> str:
    found = _gap(town, batch).following
    return found.adjective if found is not None else "无"


def _outcome_cell(town: Town, batch: TownBatch) -> dict[str, str]:
    found = _gap(town, batch).following
    return outcome_cell(found) if found is not None else {"text": "", "tone": "neutral"}


def _missing(town: Town, batch: TownBatch) -> int | None:
    found = _gap(town, batch).following
    return found.missing if found is not None else None


def _missing_cell(town: Town, batch: TownBatch) -> int | str:
    found = _missing(town, batch)
    return found if found is not None else UNSTATED if _gap(town, batch).following else "无"


def _words(town: Town, batch: TownBatch) -> str:
    found = _gap(town, batch).following
    return "".join(missing_sentences(found, {})) if found is not None else ""


def _reach_cell(town: Town, batch: TownBatch) -> Decimal | str | None:
    """The share; where there is none, whether it is the threshold or the figure that is missing."""
    if getattr(town, "wanted", None) is None:
        return UNSTATED if _gap(town, batch).following else "无"
    return _reach(town, batch)


def _reach(town: Town, batch: TownBatch) -> Decimal | None:
    found: float | None = getattr(town, "reach", None)
    return None if found is None else Decimal(str(round(found, 4)))


GAPS = register_list(
    ListSpec(
        key="gaps",
        title="梯次培育",
        url_name="gaps",
        rows=_towns,
        related=("county__parent__parent",),
        filter=GapFilter,
        default_order=Order("reach", descending=True, nullable=True),
        order_words="产值达到下一梯次门槛的比例，高的在前",
        noun="个专业镇",
        empty_title="没有符合条件的专业镇",
        columns=(
            ListColumn(
                "name",
                "专业镇",
                lambda town, batch: town.name,
                kind="name",
                cell=_name,
                fixed=True,
                sorting=Sorting("name"),
            ),
            ListColumn(
                "city",
                "市",
                lambda town, batch: town.county.parent.name if town.county.parent else "",
                shown=False,
                width=14,
            ),
            ListColumn(
                "county",
                "县（市、区）",
                lambda town, batch: town.county.name,
                width=16,
                sorting=Sorting("scope_code"),
            ),
            ListColumn(
                "category", "类别", lambda town, batch: category_label(town.category), shown=False
            ),
            ListColumn(
                "stage",
                "培育阶段",
                lambda town, batch: STAGES[town.stage],
                kind="tag",
                cell=lambda town, batch: stage_tag(town),
            ),
            ListColumn("certified", "已认定最高层级", _certified, shown=False),
            ListColumn("tier", "下一梯次", _following),
            ListColumn(
                "outcome",
                "按下一梯次标准",
                lambda town, batch: _outcome_cell(town, batch)["text"],
                kind="tag",
                cell=_outcome_cell,
                fixed=True,
                width=24,
            ),
            ListColumn(
                "missing", "还差条件", _missing, kind="number", unit="项", cell=_missing_cell
            ),
            ListColumn(
                "reach",
                "产值达到门槛",
                _reach,
                kind="percent",
                cell=_reach_cell,
                sorting=Sorting("reach", nullable=True, descending_first=True),
            ),
            ListColumn("words", "还差什么", _words, kind="name", shown=False, width=60),
        ),
    )
)
