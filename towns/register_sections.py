"""The sections of an application that show the town's registers and are typed there all the same.

What is typed waits until it is saved; saving goes through the actions of the registers, so that
their rules, their entries in the ledger and their confirmation by a second office hold. Names of
fields: ``<year>.<indicator>``, ``<year>.source``; ``state_<function>``, ``platform_<function>``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError

from criteria.indicator_queries import asked_of
from criteria.models import Indicator
from portal.core.actor import Actor
from towns.actions.figures import record_figures
from towns.actions.keeping import maintained
from towns.actions.services import set_functions
from towns.constants import FUNCTION_STATE_CHOICES, SERVICE_FUNCTIONS
from towns.correcting import YEARS
from towns.figure_queries import demands_on
from towns.figure_rules import joined_sources
from towns.figure_texts import read_figure, text_of, unit_of
from towns.models import Application, FigureCorrection, TownFigure, TownFunction, TownYear
from towns.sections import Section, Texts, register_section

SOURCE = "source"
LONGEST_SOURCE = 120
LONGEST_PLATFORM = 120
LONGEST_FIGURE = 60
FUNCTIONS = dict(SERVICE_FUNCTIONS)
# Sections in which typed texts wait until they are saved into a register.
WAITING_SECTIONS = ("figures", "functions")


def figure_years(application: Application) -> tuple[int, ...]:
    """The years of the section, the year of the round first."""
    latest = application.round.figures_year
    return tuple(range(latest, latest - YEARS, -1))


@dataclass(frozen=True)
class FigureTable:
    """The figures of the years of an application as the register holds them, read once.

    ``asked``: year -> keys of its indicators. ``values`` also has the year before all of them, for
    comparing. ``sealed``: years that were confirmed once and are only corrected.
    """

    years: tuple[int, ...]
    catalogue: tuple[Indicator, ...]
    asked: Mapping[int, frozenset[str]]
    values: Mapping[int, Mapping[str, Decimal]]
    sources: Mapping[int, str]
    states: Mapping[int, TownYear]
    sealed: frozenset[int]

    @property
    def open_years(self) -> tuple[int, ...]:
        """The years that can be typed."""
        return tuple(year for year in self.years if year not in self.sealed)

    def labels(self) -> Texts:
        """Names of the fields that can be typed, with their labels."""
        found = {}
        for year in self.open_years:
            for row in self.catalogue:
                if row.key in self.asked[year]:
                    unit = unit_of(row)
                    label = f"{year}年{row.name}"
                    found[f"{year}.{row.key}"] = f"{label}（{unit}）" if unit else label
            found[f"{year}.{SOURCE}"] = f"{year}年数据来源"
        return found

    def label_of(self, name: str) -> str:
        """The label of any field, also of one that cannot be typed any more."""
        year, _, key = name.partition(".")
        names = {row.key: row.name for row in self.catalogue} | {SOURCE: "数据来源"}
        return f"{year}年{names.get(key, key)}"

    def texts(self) -> Texts:
        """Names of these fields, with what is stored."""
        rows = {row.key: row for row in self.catalogue}
        found = {}
        for name in self.labels():
            year, _, key = name.partition(".")
            if key == SOURCE:
                found[name] = self.sources[int(year)]
            else:
                found[name] = text_of(rows[key], self.values[int(year)].get(key))
        return found


def figure_table(application: Application) -> FigureTable:
    """Read it: a handful of queries whatever the rows."""
    town, years = application.town, figure_years(application)
    values: dict[int, dict[str, Decimal]] = {year: {} for year in (*years, years[-1] - 1)}
    given: dict[int, list[str]] = {year: [] for year in values}
    stored = TownFigure.objects.filter(town=town, year__in=list(values)).order_by("pk")
    for year, key, value, source in stored.values_list("year", "indicator__key", "value", "source"):
        values[year][key] = value
        given[year].append(source)
    sources = {year: joined_sources(texts) for year, texts in given.items()}
    catalogue = asked_of("town", town.county, kept={key for row in values.values() for key in row})
    stated = any(row.year_rule != "latest" for row in catalogue)
    demands = demands_on(town) if stated else {}
    asked = {
        year: frozenset(
            row.key
            for row in catalogue
            if row.key in values[year]
            or (
                row.retired_at is None
                and (row.year_rule == "latest" or year in demands.get(row.key, {}))
            )
        )
        for year in years
    }
    shown = frozenset().union(*asked.values())
    states = {row.year: row for row in TownYear.objects.filter(town=town, year__in=years)}
    corrected = set(
        FigureCorrection.objects.filter(town=town, year__in=years).values_list("year", flat=True)
    )
    sealed = {
        year
        for year, row in states.items()
        if row.state in ("confirmed", "corrected") or row.confirmed_at or year in corrected
    }
    rows = tuple(row for row in catalogue if row.key in shown)
    return FigureTable(years, rows, asked, values, sources, states, frozenset(sealed))


def _write_figures(actor: Actor, application: Application, changed: Mapping[str, str]) -> None:
    # Locked before it is read: what is reported at the same moment is neither undone nor missed.
    maintained(actor, application.town)
    table = figure_table(application)
    values, sources = read_figures(table, changed)
    for year in sorted({*values, *sources}):
        try:
            record_figures(
                actor=actor,
                town=application.town,
                year=year,
                # A source is that of the whole year; else only what was changed is written.
                values={
                    **(table.values[year] if year in sources else {}),
                    **values.get(year, {}),
                },
                source=sources.get(year, table.sources[year]),
            )
        except ValidationError as error:
            raise _beside_fields(error, year, changed) from error


def read_figures(
    table: FigureTable, typed: Mapping[str, str]
) -> tuple[dict[int, dict[str, Decimal | None]], dict[int, str]]:
    """Year -> indicator -> value, and year -> source; ValidationError beside the names."""
    rows = {row.key: row for row in table.catalogue}
    values: dict[int, dict[str, Decimal | None]] = defaultdict(dict)
    sources: dict[int, str] = {}
    errors: dict[str, list[str]] = {}
    for name, text in typed.items():
        year, _, key = name.partition(".")
        if key == SOURCE:
            sources[int(year)] = text.strip()
            if len(text.strip()) > LONGEST_SOURCE:
                errors[name] = [f"数据来源不超过 {LONGEST_SOURCE} 字，请精简。"]
            continue
        try:
            values[int(year)][key] = read_figure(rows[key], text)
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return dict(values), sources


def _beside_fields(
    error: ValidationError, year: int, changed: Mapping[str, str]
) -> ValidationError:
    """A complaint of the register's action, beside the fields of the section."""
    if hasattr(error, "error_dict"):
        return ValidationError(
            {f"{year}.{key}": messages for key, messages in error.message_dict.items()}
        )
    first = next(name for name in changed if name.startswith(f"{year}."))
    return ValidationError({first: [f"{year}年：{text}" for text in error.messages]})


FIGURES_SECTION = register_section(
    Section(
        "figures",
        "年度数据",
        False,
        lambda application: figure_table(application).labels(),
        lambda application: figure_table(application).texts(),
        _write_figures,
        lambda name: f"figures.{name}",
        lambda name: LONGEST_SOURCE if name.endswith(f".{SOURCE}") else LONGEST_FIGURE,
    )
)


# --- the eight functions ----------------------------------------------------------------------


def _function_labels(application: Application) -> Texts:
    found = {}
    for key, name in SERVICE_FUNCTIONS:
        found[f"state_{key}"] = name
        found[f"platform_{key}"] = f"{name}的平台名称"
    return found


def _function_texts(application: Application) -> Texts:
    found = dict.fromkeys(_function_labels(application), "")
    for row in TownFunction.objects.on().filter(town=application.town):
        found[f"state_{row.key}"], found[f"platform_{row.key}"] = row.state, row.platform
    return found


def _write_functions(actor: Actor, application: Application, changed: Mapping[str, str]) -> None:
    maintained(actor, application.town)
    now = {**_function_texts(application), **changed}
    keys = [key for key in FUNCTIONS if {f"state_{key}", f"platform_{key}"} & changed.keys()]
    errors = {}
    for key in keys:
        if now[f"state_{key}"] not in dict(FUNCTION_STATE_CHOICES):
            errors[f"state_{key}"] = f"{FUNCTIONS[key]}：请选择有、在建或无。"
        if len(now[f"platform_{key}"].strip()) > LONGEST_PLATFORM:
            errors[f"platform_{key}"] = f"平台名称不超过 {LONGEST_PLATFORM} 字，请精简。"
    if errors:
        raise ValidationError(errors)
    set_functions(
        actor=actor,
        town=application.town,
        states={key: now[f"state_{key}"] for key in keys},
        platforms={key: now[f"platform_{key}"].strip() for key in keys},
    )


FUNCTIONS_SECTION = register_section(
    Section(
        "functions",
        "公共服务功能",
        False,
        _function_labels,
        _function_texts,
        _write_functions,
        lambda name: f"functions.{name.partition('_')[2]}",
        lambda name: LONGEST_PLATFORM,
    )
)
