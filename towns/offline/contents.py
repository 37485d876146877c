"""What the workbook of an application holds: typed fields by section, registers row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError

from criteria.queries import indicators
from criteria.values import CHOSEN, options, pairs
from portal.core.formatting import WAN
from portal.core.workbooks.spec import Field
from towns.constants import FUNCTION_STATE_CHOICES
from towns.correcting import unlocked_paths
from towns.counting import Books
from towns.declared import TABLES
from towns.figure_texts import read_figure, text_of
from towns.honours import (
    HONOUR_KINDS,
    HONOUR_LEVEL_CHOICES,
    HONOUR_LEVELS,
    STANDARD,
    kind_of,
    level_of,
    standard_number,
)
from towns.import_queries import enterprise_figures, seats_in
from towns.imports.common import plain_name
from towns.imports.enterprise_columns import FIELDS, FIGURES
from towns.imports.honours import OWN_NAMES, HonourImporter
from towns.models import Application
from towns.register_sections import (
    FIGURES_SECTION,
    FUNCTIONS_SECTION,
    SOURCE,
    FigureTable,
    figure_table,
)
from towns.sections import Section, texts, typed_sections, working

LOCKED: Final = "不在本次补正范围内，不能修改。需要修改的，请联系受理机构。"
SEALED: Final = "{year} 年度数据已经确认，不能用表格修改。请在年度数据页面办理更正并写明原因。"
# What a row of a register is told apart by; the other columns may change.
IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "enterprises": ("uscc",),
    "honours": ("holder", "uscc", "kind", "level", "title", "number", "awarded_on"),
    "standards": ("holder", "uscc", "kind", "level", "title", "number", "awarded_on"),
}
# Columns of an enterprise that belong to the year of the row.
YEARLY: Final = frozenset({*FIGURES, SOURCE})
Values = dict[str, str]


@dataclass(frozen=True)
class Item:
    """A typed field: ``key`` is section and name, ``locked`` why it cannot change now."""

    key: str
    part: str
    label: str
    text: str
    limit: int = 0
    locked: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> str:
        """The text as people read it."""
        return dict(self.choices).get(self.text, self.text)


@dataclass(frozen=True)
class Register:
    """A register of the town: its columns, and its rows as plain texts by the keys of columns."""

    key: str
    title: str
    fields: tuple[Field, ...]
    rows: tuple[dict[str, Any], ...]
    town: str
    locked: str = ""


@dataclass(frozen=True)
class Contents:
    """Everything of an application that the workbook holds, as it stands now."""

    application: Application
    items: Mapping[str, Item]
    figures: FigureTable
    registers: Mapping[str, Register]

    def values(self) -> Values:
        """Field -> text: what the workbook is compared with when it comes back."""
        found = {key: item.text for key, item in self.items.items()}
        for register in self.registers.values():
            for row in register.rows:
                found |= row_values(register, row)
        return found


def contents_of(application: Application) -> Contents:
    """Read it."""
    unlocked = unlocked_paths(application)
    figures = figure_table(application)
    items = {
        item.key: item
        for section in typed_sections(application)
        for item in _items(application, section, figures, unlocked)
    }
    return Contents(application, items, figures, _registers(application, unlocked))


def item_key(section: str, name: str) -> str:
    """The key of a typed field."""
    return f"{section}|{name}"


def _items(
    application: Application,
    section: Section,
    figures: FigureTable,
    unlocked: Collection[str] | None,
) -> Iterable[Item]:
    held = texts(working(application, section))
    rows = {row.key: row for row in figures.catalogue}
    for name, label in section.labels(application).items():
        item = Item(
            item_key(section.key, name),
            section.title,
            label,
            plain_text(held[name]),
            section.limit(name),
            "" if unlocked is None or section.path(name) in unlocked else LOCKED,
        )
        if section.key == FIGURES_SECTION.key and (row := rows.get(name.partition(".")[2])):
            chosen = tuple(options(row.type, pairs(row.choices)))
            item = replace(item, choices=chosen, text=figure_text(row, item.text))
        elif section.key == FUNCTIONS_SECTION.key and name.startswith("state_"):
            item = replace(item, choices=tuple(FUNCTION_STATE_CHOICES))
        yield item


def plain_text(text: str) -> str:
    """A text without what a workbook does not keep: line ends of another kind, blanks around."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def figure_text(row: Any, text: str) -> str:
    """A figure in one way of writing; what cannot be read stays as it was typed."""
    try:
        value = read_figure(row, text)
    except ValidationError:
        return text
    return str(int(value)) if row.type in CHOSEN and value is not None else text_of(row, value)


# --- registers ------------------------------------------------------------------------------------


def _registers(application: Application, unlocked: Collection[str] | None) -> dict[str, Register]:
    books = Books(application.town)
    found = {}
    for key, title in TABLES.items():
        rows = (
            _enterprises(application, books)
            if key == "enterprises"
            else _honours(books, standards=key == "standards")
        )
        locked = "" if unlocked is None or key in unlocked else f"{title}{LOCKED}"
        town = application.town.name
        found[key] = Register(key, title, fields_for(key), tuple(rows), town, locked)
    return found


def fields_for(key: str) -> tuple[Field, ...]:
    """The columns of a register's sheet: those of its importer, the town apart."""
    if key == "enterprises":
        return tuple(row for row in FIELDS if row.key != "town")
    standards = key == "standards"
    found = []
    for row in HonourImporter.fields:
        if row.key == "part" and not standards:
            continue
        if row.key == "kind":
            kinds = (
                kind for kind in HONOUR_KINDS.values() if (kind.group == STANDARD) == standards
            )
            row = replace(
                row, label="标准种类" if standards else row.label, aliases=("荣誉", *row.aliases)
            )
            row = replace(row, choices=tuple((kind.label, kind.label) for kind in kinds))
        if row.key == "level":
            row = replace(row, choices=tuple((label, label) for _, label in HONOUR_LEVEL_CHOICES))
        found.append(row)
    return tuple(found)


def _enterprises(application: Application, books: Books) -> Iterable[dict[str, Any]]:
    year, town = application.round.figures_year, application.town
    members = books.members
    keys = [row.enterprise_id for row in members]
    seats = seats_in([town.pk], keys)
    known = {row.key: row.pk for row in indicators("enterprise", "reported") if row.key in FIGURES}
    figures = enterprise_figures(keys, [year], list(known.values()))
    for row in members:
        seat = seats[town.pk, row.enterprise_id].current
        own = {
            key: figures[row.enterprise_id, year, pk]
            for key, pk in known.items()
            if (row.enterprise_id, year, pk) in figures
        }
        yield {
            "uscc": row.enterprise.uscc,
            "name": row.enterprise.name,
            "entity": row.enterprise.entity,
            "role": row.role,
            "main_products": row.main_products,
            "since": seat.joined if seat is not None else row.since,
            "year": year,
            SOURCE: next((source for _, source in own.values() if source), ""),
            **{key: value for key, (value, _) in own.items()},
        }


def _honours(books: Books, *, standards: bool) -> Iterable[dict[str, Any]]:
    for row in sorted(books.honours, key=lambda row: row.pk):
        if (HONOUR_KINDS[row.kind].group == STANDARD) != standards:
            continue
        holder = row.enterprise
        yield {
            "holder": holder.name if holder else books.town.name,
            "uscc": holder.uscc if holder else "",
            "kind": HONOUR_KINDS[row.kind].label,
            "level": HONOUR_LEVELS.get(row.level, ""),
            "part": row.part,
            "title": row.title,
            "number": row.number,
            "issuer": row.issuer,
            "awarded_on": row.awarded_on,
            "valid_to": row.valid_to,
        }


def typed_text(value: Any) -> str:
    """A typed value of a cell as a plain text."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def shown_value(field: Field, text: str) -> str:
    """The plain text of a value in words: money in 万元, choices by their names."""
    if text and field.kind == "money":
        return f"{format((Decimal(text) / WAN).normalize(), 'f')}万元"
    return dict(field.choices).get(text, text)


def row_id(register: Register, row: Mapping[str, Any]) -> str:
    """What a row of a register is known by: the code, or a digest of what makes it this one."""
    if register.key == "enterprises":
        return typed_text(row.get("uscc"))
    told = _honour_id(register, row)
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]


def _honour_id(register: Register, row: Mapping[str, Any]) -> list[str]:
    """What makes an honour this one, however its holder, kind and level are written."""
    holder = plain_name(row.get("holder") or "")
    named = kind_of(row.get("kind") or "")
    kind, level = named or ("", "")
    number = typed_text(row.get("number"))
    if kind and HONOUR_KINDS[kind].group == STANDARD:
        number = standard_number(number)
    return [
        "" if holder in (*OWN_NAMES, plain_name(register.town)) else holder,
        kind or typed_text(row.get("kind")),
        level or level_of(row.get("level") or "") or "",
        typed_text(row.get("title")),
        number,
        typed_text(row.get("awarded_on")),
    ]


def value_key(register: Register, row: Mapping[str, Any], name: str) -> str:
    """The key of one value of a row; figures of enterprises belong to a year."""
    own = row_id(register, row)
    if register.key == "enterprises" and name in YEARLY:
        own = f"{own}@{typed_text(row.get('year'))}"
    return f"{register.key}|{own}|{name}"


def row_values(register: Register, row: Mapping[str, Any]) -> Values:
    """Key -> text of everything that may change in a row."""
    fixed = {*IDENTITY[register.key], "year"}
    return {
        value_key(register, row, field.key): typed_text(row.get(field.key))
        for field in register.fields
        if field.key not in fixed
    }
