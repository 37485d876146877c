"""Reads of the towns app: values that criteria count on, and assessments."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from criteria.assessment import NO_ORIGINS, CriterionVerdict, Origin
from criteria.queries import assessor_of, spec_of
from criteria.stored import from_json
from criteria.values import pairs
from portal.core import clock
from portal.core.actor import Actor
from portal.core.models import LedgerEntry
from towns.constants import Filing
from towns.correcting import unlocked_paths
from towns.counting import INDICATORS, Books, count_all
from towns.declared import merged
from towns.figure_queries import asked_indicators
from towns.honours import AWARD, BRAND, HONOUR_KINDS, STANDARD
from towns.missing import gaps_of, request_of
from towns.models import (
    Application,
    Membership,
    Town,
    TownFigure,
    TownYear,
    by_role,
)

# A count has no year of its own: registers are counted as they stand on a day.
COUNTED = Origin(None, "computed")


class FigureRow(NamedTuple):
    """One indicator over the years: newest first, None where nothing was reported."""

    key: str
    name: str
    unit: str
    type: str
    values: tuple[Decimal | None, ...]
    choices: tuple[tuple[str, str], ...] = ()


def figure_rows(town: Town, years: tuple[int, ...]) -> list[FigureRow]:
    """The reported indicators over these years: every one that is asked for or has a value."""
    reported = figures_by_year(town)
    kept = {key for year in years for key in reported.get(year, ())}
    return [
        FigureRow(
            key=row.key,
            name=row.name,
            unit=row.unit,
            type=row.type,
            values=tuple(reported.get(year, {}).get(row.key) for year in years),
            choices=pairs(row.choices),
        )
        for row in asked_indicators(town, years, kept)
    ]


def current_memberships(town: Town) -> QuerySet[Membership]:
    """Enterprises in the town today."""
    return (
        Membership.objects.filter(Q(until__isnull=True) | Q(until__gt=clock.today()), town=town)
        .select_related("enterprise")
        .order_by(by_role(), "id")
    )


def figures_by_year(town: Town) -> dict[int, dict[str, Decimal]]:
    """year -> indicator key -> value, of everything reported."""
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    rows = TownFigure.objects.filter(town=town).values_list("year", "indicator__key", "value")
    for year, key, value in rows:
        found[year][key] = value
    return dict(found)


def computed_values(
    town: Town, day: date | None = None, only: Collection[str] | None = None
) -> dict[str, Decimal]:
    """What the portal counts itself, as it stood on a day: the rules are ``towns.counting``'s."""
    return _computed(Books(town, day), only)


def _computed(books: Books, only: Collection[str] | None = None) -> dict[str, Decimal]:
    return {key: counted.value for key, counted in count_all(books, only).items()}


def values_of(
    town: Town, year: int, only: Collection[str] | None = None, day: date | None = None
) -> dict[str, Decimal]:
    """Indicator key -> value: figures of a year and what is counted on a day, all or those named.

    Figures of another year are read only where they are named, as ``key@year``.
    ``towns.bulk_values.values_of_many`` gives the same for many towns.
    """
    reported = figures_by_year(town)
    return {**_figures_asked(reported, year, only), **computed_values(town, day, only)}


def _figures_asked(
    reported: Mapping[int, Mapping[str, Decimal]], year: int, only: Collection[str] | None
) -> dict[str, Decimal]:
    of_year = reported.get(year, {})
    if only is None:
        return dict(of_year)
    found = {key: value for key, value in of_year.items() if key in only}
    for name in only:
        key, _, stated = name.partition("@")
        value = reported.get(int(stated), {}).get(key) if stated else None
        if value is not None:
            found[name] = value
    return found


def origins_of(town: Town, year: int, keys: Iterable[str]) -> dict[str, Origin]:
    """Where each value comes from: counted from registers, or a year's figure and its state."""
    states = dict(TownYear.objects.filter(town=town).values_list("year", "state"))
    found = {}
    for key in keys:
        _, _, stated = key.partition("@")
        of_year = int(stated) if stated else year
        if key in INDICATORS:
            found[key] = COUNTED
        else:
            confirmed = states.get(of_year) == "confirmed"
            found[key] = Origin(of_year, "confirmed" if confirmed else "reported")
    return found


def assess_town(
    application: Application,
    values: Mapping[str, Decimal],
    answered: Iterable[str],
    origins: Mapping[str, Origin] = NO_ORIGINS,
) -> tuple[CriterionVerdict, ...]:
    """Assess against the pinned criteria set, with the relaxations granted so far."""
    relaxed = [r.condition for r in application.relaxations.all() if r.granted]
    return assessor_of(application.criteria_set).assess(
        application.category,
        values,
        answered=answered,
        relaxed=relaxed,
        origins=origins,
    )


def verdicts_of(application: Application) -> tuple[CriterionVerdict, ...]:
    """The assessment a page shows: live until it is submitted (again), then the stored one."""
    if application.state not in (Filing.DRAFT, Filing.READY, Filing.RETURNED):
        stored = application.assessments.filter(criteria_set=application.criteria_set_id).first()
        if stored is not None:
            return from_json(spec_of(application.criteria_set), stored.verdicts)
    unlocked = unlocked_paths(application)
    if unlocked is not None:
        living = _assessed_part(application)
        return _assess_declared(application, merged(application.snapshot, living, unlocked))
    town, year = application.town, application.round.figures_year
    values = values_of(town, year, spec_of(application.criteria_set).figures)
    origins = origins_of(town, year, values)
    return assess_town(application, values, _answered(application), origins)


def _assessed_part(application: Application) -> dict[str, Any]:
    """Of what stands now only what is assessed, for ``merged``: registers are read if needed."""
    town, year = application.town, application.round.figures_year
    needed = spec_of(application.criteria_set).figures
    figures, books = figures_by_year(town), Books(town)
    values = {**_figures_asked(figures, year, needed), **_computed(books, needed)}
    part = {
        "figures": {
            str(each): {key: str(value) for key, value in row.items()}
            for each, row in figures.items()
        },
        "values": {key: str(value) for key, value in values.items()},
        "origins": {key: [*o] for key, o in origins_of(town, year, values).items()},
        "answers": {row.criterion: row.text for row in application.answers.all()},
    }
    if "service_functions" in needed:
        part["functions"] = {row.key: row.state for row in books.functions}
    return part


def _answered(application: Application) -> list[str]:
    return [row.criterion for row in application.answers.all() if row.text.strip()]


def snapshot_of(application: Application) -> dict[str, Any]:
    """Everything the filer declares, as plain data: what is frozen on submission."""
    town, year = application.town, application.round.figures_year
    figures, books = figures_by_year(town), Books(town)
    functions = {row.key: row.state for row in books.functions}
    # Beside the year's figures, those of other years that clauses of the pinned set name.
    dated = [key for key in spec_of(application.criteria_set).figures if "@" in key]
    values = {
        **figures.get(year, {}),
        **_figures_asked(figures, year, dated),
        **_computed(books),
    }
    origins = origins_of(town, year, values)
    return {
        "town": {
            "name": town.name,
            "county": town.county.name,
            "county_code": town.county.code,
            "industry": town.industry,
            "products": town.products,
            "category": application.category,
            "lead_bureau": town.lead_bureau,
        },
        "contact": application.contact,
        "contact_phone": application.contact_phone,
        "summary": application.summary,
        "industry_text": application.industry_text,
        "year": year,
        "figures": {
            str(each): {key: str(value) for key, value in sorted(row.items())}
            for each, row in sorted(figures.items())
        },
        "values": {key: str(value) for key, value in sorted(values.items())},
        "origins": {key: [*origin] for key, origin in sorted(origins.items())},
        "enterprises": [
            {
                "name": m.enterprise.name,
                "uscc": m.enterprise.uscc,
                "role": m.role,
                "entity": m.enterprise.entity,
                "products": m.main_products,
            }
            for m in books.members
        ],
        "honours": honours_declared(books, (AWARD, BRAND)),
        "standards": honours_declared(books, (STANDARD,)),
        "functions": functions,
        "answers": {
            a.criterion: a.text for a in sorted(application.answers.all(), key=lambda a: a.pk)
        },
        "relaxations": {
            r.condition: r.reason for r in sorted(application.relaxations.all(), key=lambda r: r.pk)
        },
        "evidence": [
            {
                "id": e.pk,
                "criterion": e.criterion,
                "slot": e.slot,
                "pages": e.pages,
                "title": e.title,
                "name": e.file.name,
                "size": e.file.size,
                "sha256": e.file.sha256,
            }
            for e in application.evidence.filter(removed_at__isnull=True).select_related("file")
        ],
        "request": request_of(application),
        "commitments": application.commitments,
        "entered": _entered(application),
    }


def honours_declared(books: Books, groups: Collection[str]) -> list[dict[str, Any]]:
    """Honours, standards or brands in force, as plain data."""
    return [
        {
            "kind": row.kind,
            "level": row.level,
            "part": row.part,
            "title": row.title,
            "number": row.number,
            "holder": row.enterprise.name if row.enterprise else "",
            "awarded_on": row.awarded_on.isoformat() if row.awarded_on else "",
        }
        for row in sorted(books.honours, key=lambda row: row.pk)
        if HONOUR_KINDS[row.kind].group in groups
    ]


def _entered(application: Application) -> dict[str, str] | None:
    """Which office entered it on behalf of the unit (代录), and why."""
    office = application.entered_by
    return {"office": office.name, "reason": application.entered_reason} if office else None


def declared_now(application: Application) -> dict[str, Any]:
    """What would be submitted now: after a return only the named fields differ from before.

    The commitments are those made for this submission, whatever was named.
    """
    data, unlocked = snapshot_of(application), unlocked_paths(application)
    if unlocked is None:
        return data
    return merged(application.snapshot, data, unlocked | {"commitments"})


class Declaration(NamedTuple):
    """An application as its reader may see it: what is declared, and the assessment of it."""

    data: dict[str, Any]
    verdicts: tuple[CriterionVerdict, ...]
    frozen: bool


def declaration_of(application: Application, actor: Actor) -> Declaration:
    """What was submitted, frozen; or the living draft, for whoever writes it.

    An office that sees a returned application sees what was submitted, never the corrections
    being made.
    """
    drafted = application.state in (Filing.DRAFT, Filing.READY, Filing.RETURNED)
    if application.submitted_at is not None and not (drafted and application.is_written_by(actor)):
        stored = application.assessments.filter(criteria_set=application.criteria_set_id).first()
        if stored is not None:
            return Declaration(
                application.snapshot,
                from_json(spec_of(application.criteria_set), stored.verdicts),
                frozen=True,
            )
    data = declared_now(application)
    return Declaration(data, _assess_declared(application, data), frozen=False)


def _assess_declared(
    application: Application, data: Mapping[str, Any]
) -> tuple[CriterionVerdict, ...]:
    values = {key: Decimal(value) for key, value in data["values"].items()}
    origins = {key: Origin(*origin) for key, origin in data["origins"].items()}
    answered = [key for key, text in data["answers"].items() if text.strip()]
    return assess_town(application, values, answered, origins)


class LastTouch(NamedTuple):
    """Who last worked on a draft, and the submitter's remark when it was given back."""

    name: str
    post: str
    summary: str
    at: datetime
    remark: str


def last_touch(application: Application) -> LastTouch | None:
    """The last entry of the application's own chain, with the remark if it was sent back."""
    entries = list(
        LedgerEntry.objects.filter(
            chain=f"{application._meta.label_lower}:{application.pk}"
        ).order_by("-seq")[:30]
    )
    if not entries:
        return None
    remark = ""
    for entry in entries:
        if entry.verb == "hand_over":
            break
        if entry.verb == "send_back_to_filer":
            remark = json.loads(entry.payload).get("reason", "")
            break
    last = entries[0]
    return LastTouch(last.actor_name, last.post_label, last.summary, last.at, remark)


def missing_parts(application: Application) -> list[tuple[str, str]]:
    """What still has to be filled before handing over: (criterion key or field, sentence)."""
    return [(row.key, row.text) for row in gaps_of(application, declared_now(application))]


def reporting_years(latest: int | None = None, span: int = 3) -> tuple[int, ...]:
    """The years a town page shows: the last complete year and those before it."""
    newest = latest or clock.today().year - 1
    return tuple(range(newest, newest - span, -1))


def days_left(closes_on: date) -> int:
    """Calendar days until a date, negative once it has passed."""
    return (closes_on - clock.today()).days
