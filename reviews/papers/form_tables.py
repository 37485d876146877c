"""申报书: its tables, blank or as declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from criteria.models import Indicator
from criteria.values import options, pairs, shown
from portal.core.documents.content import Attachment
from towns.constants import (
    ENTITY_CHOICES,
    FUNCTION_STATE_CHOICES,
    ROLE_CHOICES,
    SERVICE_FUNCTIONS,
)
from towns.correcting import YEARS
from towns.declared import TABLES
from towns.figure_texts import unit_of
from towns.honours import HONOUR_KINDS, HONOUR_LEVELS, HONOUR_PART_CHOICES, STANDARD
from towns.imports.enterprise_columns import LABELS
from towns.imports.honours import HonourImporter
from towns.models import EvidenceSlot, Round
from towns.register_sections import FIGURES_SECTION, FUNCTIONS_SECTION

NOT_FILLED = "（未填写）"
EMPTY_ROWS: Mapping[str, int] = {"enterprises": 30, "honours": 12, "standards": 8}
HONOUR_LABELS = {row.key: row.label for row in HonourImporter.fields}
ENTERPRISE_COLUMNS = ("name", "uscc", "entity", "role", "main_products")
HONOUR_COLUMNS = ("holder", "kind", "level", "title", "number", "awarded_on")
STANDARD_COLUMNS = ("holder", "kind", "level", "part", "title", "number", "awarded_on")
ENTITIES, ROLES, PARTS = dict(ENTITY_CHOICES), dict(ROLE_CHOICES), dict(HONOUR_PART_CHOICES)
STATES = dict(FUNCTION_STATE_CHOICES)


class Form(NamedTuple):
    """What a form is made of; ``declared`` None: blank, with room to write."""

    call: Round
    indicators: Sequence[Indicator]
    slots: Mapping[str, list[EvidenceSlot]]
    declared: Mapping[str, Any] | None

    @property
    def years(self) -> range:
        """The years that are reported, the latest first."""
        latest = self.call.figures_year
        return range(latest, latest - YEARS, -1)


def figures_table(form: Form) -> Attachment:
    """Three years, with the units in which a blank form is filled in."""
    rows = []
    for row in form.indicators:
        offered = pairs(row.choices)
        chosen = "".join(f"□{name} " for _, name in options(row.type, offered)).strip()
        unit = unit_of(row)
        if form.declared is None:
            rows.append((row.name, unit, *(chosen for _ in form.years)))
            continue
        figures = form.declared["figures"]
        values = (figures.get(str(year), {}).get(row.key) for year in form.years)
        texts = (shown(value, row.type, row.unit, offered) for value in values)
        rows.append((row.name, row.unit, *texts))
    header = ("指标", "单位", *(f"{year}年" for year in form.years))
    name = f"附表1　{FIGURES_SECTION.title}"
    return Attachment(name, header, (30, 12, 20, 20, 20), tuple(rows), least_lines=_room(form))


def functions_table(form: Form) -> Attachment:
    declared = (form.declared or {}).get("functions", {})
    rows = []
    for key, name in SERVICE_FUNCTIONS:
        blank_cell = "　".join(f"□{label}" for label in STATES.values())
        state = blank_cell if form.declared is None else STATES.get(declared.get(key, ""), "未填写")
        rows.append((name, state))
    name = f"附表2　{FUNCTIONS_SECTION.title}"
    return Attachment(name, ("功能", "现状"), (40, 60), tuple(rows), least_lines=_room(form))


def register_tables(form: Form) -> list[Attachment]:
    """Enterprises, honours with brands, standards."""
    columns = {
        "enterprises": (ENTERPRISE_COLUMNS, LABELS, (34, 24, 12, 12, 30)),
        "honours": (HONOUR_COLUMNS, HONOUR_LABELS, (30, 24, 12, 28, 22, 16)),
        "standards": (STANDARD_COLUMNS, HONOUR_LABELS, (28, 18, 12, 10, 30, 24, 16)),
    }
    found = []
    for place, (key, (names, labels, widths)) in enumerate(columns.items(), 3):
        if form.declared is None:
            rows: list[tuple[str, ...]] = [("",) * len(names)] * EMPTY_ROWS[key]
        elif key == "enterprises":
            rows = [_enterprise(row) for row in form.declared.get(key, [])]
        else:
            rows = [_honour(row, names) for row in form.declared.get(key) or []]
        numbered = tuple((str(number), *row) for number, row in enumerate(rows, 1))
        header = ("序号", *(labels[name] for name in names))
        found.append(
            Attachment(
                f"附表{place}　{TABLES[key]}",
                header,
                (8, *widths),
                numbered or (("", NOT_FILLED, *("",) * (len(names) - 1)),),
                landscape=True,
                least_lines=_room(form),
            )
        )
    return found


def _room(form: Form) -> int:
    return 2 if form.declared is None else 1


def _enterprise(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        row["uscc"],
        ENTITIES.get(row.get("entity", ""), ""),
        ROLES.get(row["role"], ""),
        row["products"],
    )


def _honour(row: Mapping[str, Any], names: Sequence[str]) -> tuple[str, ...]:
    kind = HONOUR_KINDS.get(row["kind"])
    words = {
        **row,
        "kind": kind.label if kind else row["kind"],
        "level": HONOUR_LEVELS.get(row["level"], ""),
        "part": PARTS.get(row.get("part", ""), "") if kind and kind.group == STANDARD else "",
    }
    return tuple(str(words.get(name) or "") for name in names)
