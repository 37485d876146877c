"""Shapes of the sections of an application that show registers: figures of years, functions."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from criteria.models import Indicator
from criteria.values import CHOSEN, options, pairs
from towns.constants import FUNCTION_STATE_CHOICES, SERVICE_FUNCTIONS
from towns.figure_rules import leap_from, plain
from towns.figure_texts import read_figure, unit_of
from towns.forms.figures import Doubt
from towns.register_sections import LONGEST_PLATFORM, LONGEST_SOURCE, SOURCE, FigureTable
from towns.sections import Working

STATES = [("", "未选"), *FUNCTION_STATE_CHOICES]


def _whole(data: QueryDict | None, shown: Mapping[str, Working]) -> QueryDict | None:
    """What was sent; a field that was not sent comes back as it stands, never empty."""
    if data is None:
        return None
    found = data.copy()
    for name, row in shown.items():
        if name not in found:
            found[name] = row.text
    return found


class FigureCell(NamedTuple):
    """One year of one indicator: its field, or only its value.

    ``state``: open, sealed (confirmed once), locked (not asked to be corrected) or none (not asked
    of that year). ``stored``: what the register holds. ``shown``: what the field says now.
    ``asked``: a return asks for it, also where it is sealed; ``reason`` says what.
    """

    year: int
    state: str
    field: forms.BoundField | None
    stored: Decimal | None
    shown: Decimal | None
    working: Working
    doubt: Doubt | None
    reason: str = ""
    asked: bool = False


class FigureLine(NamedTuple):
    """An indicator over the years, newest first; changes: (newer, older) of neighbouring years."""

    indicator: Indicator
    unit: str
    cells: list[FigureCell]
    changes: list[tuple[Decimal | None, Decimal | None]]


class FiguresSectionForm(forms.Form):
    """Three years side by side. A value a hundred times last year's needs the tick that names it.

    ``names``: the fields that can be typed now, each with why a return asks for it; the others are
    shown. ``asked``: path -> why, of all that a return asks for.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        table: FigureTable,
        shown: Mapping[str, Working],
        names: Mapping[str, str],
        asked: Mapping[str, str],
    ) -> None:
        super().__init__(_whole(data, shown))
        self.table, self.shown, self.asked = table, shown, asked
        self.read: dict[str, Decimal | None] = {}
        self.doubts: dict[str, Doubt] = {}
        self.typed = {row.key: row for row in table.catalogue}
        for name, label in table.labels().items():
            if name in names:
                self.fields[name] = self._field(name, label)
                self.fields[name].widget.attrs["id"] = f"id_{name.replace('.', '_')}"

    def _field(self, name: str, label: str) -> forms.Field:
        initial, key = self.shown[name].text, name.partition(".")[2]
        row = self.typed.get(key)
        if key == SOURCE or row is None:
            return forms.CharField(
                label=label,
                required=False,
                initial=initial,
                max_length=LONGEST_SOURCE,
                help_text="例如：县统计局年报、行业协会测算。",
            )
        if row.type in CHOSEN:
            offered = [("", "未填报"), *options(row.type, pairs(row.choices))]
            widget = forms.Select(choices=offered)
            return forms.CharField(label=label, required=False, initial=initial, widget=widget)
        return forms.CharField(
            label=label, required=False, initial=initial, strip=True, widget=forms.NumberInput()
        )

    def clean(self) -> dict[str, Any]:
        """Every figure can be read, and a leap from the year before is ticked."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in [name for name in self.fields if not name.endswith(f".{SOURCE}")]:
            if name not in cleaned:
                continue
            try:
                self.read[name] = read_figure(self.typed[name.partition(".")[2]], cleaned[name])
            except ValidationError as error:
                self.add_error(name, error)
        for name, value in self.read.items():
            self._doubt(name, value)
        return cleaned

    def _doubt(self, name: str, value: Decimal | None) -> None:
        """Ask about a leap of a value that is not stored yet until its tick is given."""
        year, _, key = name.partition(".")
        if value is None or value == self.table.values[int(year)].get(key):
            return
        row, before = self.typed[key], int(year) - 1
        last = self.read.get(f"{before}.{key}", self.table.values.get(before, {}).get(key))
        leap = leap_from(row, value, last)
        if leap is None:
            return
        box, token = f"{name}_sure", plain(value)
        ticked = self.data.get(box) == token
        self.doubts[name] = Doubt(leap.words, leap.hint, box, token, ticked)
        if not ticked:
            self.add_error(name, f"{leap.words}。{leap.hint}请核对；无误的，勾选确认后再保存。")

    def lines(self) -> list[FigureLine]:
        """The table, row by row."""
        return [self._line(row) for row in self.table.catalogue]

    def _line(self, row: Indicator) -> FigureLine:
        cells = [self._cell(row, year) for year in self.table.years]
        shown = [cell.shown for cell in cells]
        changes = list(pairwise(shown))
        return FigureLine(row, unit_of(row), cells, changes)

    def _cell(self, row: Indicator, year: int) -> FigureCell:
        name, stored = f"{year}.{row.key}", self.table.values[year].get(row.key)
        asked, reason = f"figures.{name}" in self.asked, self.asked.get(f"figures.{name}", "")
        working = self.shown.get(name, Working(""))
        if row.key not in self.table.asked[year]:
            return FigureCell(year, "none", None, stored, stored, working, None)
        if name not in self.fields:
            state = "sealed" if year in self.table.sealed else "locked"
            return FigureCell(year, state, None, stored, stored, working, None, reason, asked)
        shown = self.read[name] if name in self.read else self._value(row, name, stored)
        doubt = self.doubts.get(name)
        field = self[name]
        return FigureCell(year, "open", field, stored, shown, working, doubt, reason, asked)

    def _value(self, row: Indicator, name: str, stored: Decimal | None) -> Decimal | None:
        try:
            return read_figure(row, str(self[name].value() or ""))
        except ValidationError:
            return stored

    @property
    def sources(self) -> list[forms.BoundField]:
        """The fields that say where the figures of a year are from."""
        return [self[name] for name in self.fields if name.endswith(f".{SOURCE}")]


class FunctionLine(NamedTuple):
    """One of the eight functions: its fields, or what is registered when it cannot be changed."""

    key: str
    name: str
    state: forms.BoundField | None
    platform: forms.BoundField | None
    stored: str
    stored_platform: str
    waiting: list[Working]
    reason: str = ""


class FunctionsSectionForm(forms.Form):
    """The eight functions with the names of their platforms; nothing need be chosen yet."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        labels: Mapping[str, str],
        shown: Mapping[str, Working],
        names: Mapping[str, str],
    ) -> None:
        super().__init__(_whole(data, shown))
        self.shown, self.names = shown, names
        for name, label in labels.items():
            if name not in names:
                continue
            initial = shown[name].text
            if name.startswith("state_"):
                self.fields[name] = forms.ChoiceField(
                    label=label,
                    required=False,
                    choices=FUNCTION_STATE_CHOICES,
                    widget=forms.RadioSelect,
                    initial=initial or None,
                    error_messages={"invalid_choice": "请选择有、在建或无。"},
                )
            else:
                self.fields[name] = forms.CharField(
                    label=label, required=False, max_length=LONGEST_PLATFORM, initial=initial
                )

    def clean(self) -> dict[str, Any]:
        """A platform without a state says nothing."""
        cleaned: dict[str, Any] = super().clean() or {}
        for key, name in SERVICE_FUNCTIONS:
            state, platform = f"state_{key}", f"platform_{key}"
            if cleaned.get(platform) and state in cleaned and not cleaned[state]:
                self.add_error(state, f"{name}：请选择有、在建或无。")
        return cleaned

    def lines(self, stored: Mapping[str, str]) -> list[FunctionLine]:
        """The matrix, row by row; ``stored``: what the register holds."""
        words = dict(FUNCTION_STATE_CHOICES)
        found = []
        for key, name in SERVICE_FUNCTIONS:
            state, platform = f"state_{key}", f"platform_{key}"
            waits = [self.shown[each] for each in (state, platform) if self.shown[each].waiting]
            found.append(
                FunctionLine(
                    key,
                    name,
                    self[state] if state in self.fields else None,
                    self[platform] if platform in self.fields else None,
                    words.get(stored.get(state, ""), ""),
                    stored.get(platform, ""),
                    waits,
                    self.names.get(state, ""),
                )
            )
        return found
