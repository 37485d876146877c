"""Laying a workbook beside what stands: which fields it changes, which both sides changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.core.workbooks.spec import Field, Row
from towns.honours import kind_of
from towns.offline.contents import (
    IDENTITY,
    SEALED,
    YEARLY,
    Contents,
    Item,
    Register,
    figure_text,
    row_id,
    shown_value,
    typed_text,
    value_key,
)
from towns.offline.reading import Mine, Rows, Uploaded, cells_of
from towns.offline.report import MINE, Difference, Report, Trouble
from towns.offline.writing import sealed_text
from towns.register_sections import FIGURES_SECTION, FUNCTIONS_SECTION

NEW: Final = "新增"
Texts = dict[str, str]


@dataclass
class Entry:
    """A row of a register that is to be entered: typed values, the sheet's own row."""

    row: Row
    rows: Rows
    subject: str


@dataclass
class Compared:
    """What was found, and what is to be entered of it: section -> name -> text; rows."""

    report: Report = field(default_factory=Report)
    typed: dict[str, Texts] = field(default_factory=lambda: defaultdict(dict))
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True)
class Decisions:
    """Whose value stands where both sides changed one: key -> mine or theirs.

    ``seen``: what stood in the portal when that was said; a decision on anything else is void.
    """

    choices: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)

    def of(self, key: str, now: str) -> str:
        """The decision on a field; empty when there is none."""
        return self.choices.get(key, "") if self.seen.get(key, "") == now else ""


def compare(
    contents: Contents, now: Mapping[str, str], uploaded: Uploaded, decided: Decisions
) -> Compared:
    """What a workbook would change; ``now``: field -> what stands, beyond ``contents`` as well."""
    found = Compared()
    found.report.notes += uploaded.notes
    for key, mine in uploaded.values.items():
        item = contents.items.get(key)
        if item is None:
            _sealed(contents, key, mine, found.report)
        else:
            _typed(contents, item, mine, uploaded, decided, found)
    for key, rows in uploaded.registers.items():
        register = contents.registers[key]
        present = {row_id(register, row) for row in register.rows}
        for row in rows.rows:
            _row(register, row, rows, present, now, uploaded, decided, found)
        _left_out(register, rows, present, uploaded, found.report)
    return found


def _sealed(contents: Contents, key: str, mine: Mine, report: Report) -> None:
    """Confirmed years can only be corrected; an unchanged cell of one is no complaint."""
    section, _, name = key.partition("|")
    year, _, indicator = name.partition(".")
    table = contents.figures
    if section != FIGURES_SECTION.key or int(year) not in table.sealed:
        return
    row = next((each for each in table.catalogue if each.key == indicator), None)
    shown = sealed_text(contents, int(year), row)
    same = mine.text in ("", shown)
    if row is not None and not same and mine.text is not None:
        same = figure_text(row, mine.text) == figure_text(row, shown)
    if not same:
        label = row.name if row is not None else "数据来源"
        text = mine.problem or SEALED.format(year=year)
        report.problems.append(Trouble(mine.sheet, mine.cell, f"{year}年{label}", text))


def _typed(
    contents: Contents,
    item: Item,
    mine: Mine,
    uploaded: Uploaded,
    decided: Decisions,
    found: Compared,
) -> None:
    report = found.report

    def refuse(text: str) -> None:
        report.problems.append(Trouble(mine.sheet, mine.cell, _label(item), text))

    if mine.text is None:
        refuse(mine.problem)
        return
    section, _, name = item.key.partition("|")
    text, base = mine.text, uploaded.base.get(item.key, "")
    if item.choices:
        known = {label: key for key, label in item.choices}
        if text and text not in known and text not in dict(item.choices):
            listed = "、".join(known)
            refuse(f"“{text[:20]}”不在可填的内容中。请填写：{listed}。")
            return
        text = known.get(text, text)
    elif section == FIGURES_SECTION.key:
        row = next((r for r in contents.figures.catalogue if name.endswith(f".{r.key}")), None)
        text = figure_text(row, text) if row is not None else text
    if not text and section in (FIGURES_SECTION.key, FUNCTIONS_SECTION.key):
        return
    if text in (base, item.text):
        return
    if item.locked:
        refuse(item.locked)
        return
    if item.limit and len(text) > item.limit:
        refuse(f"最多 {item.limit} 字，现有 {len(text)} 字。请精简，或者作为材料上传。")
        return
    names = dict(item.choices)
    conflict = item.text != base
    chosen = decided.of(item.key, item.text) if conflict else ""
    report.changes.append(
        Difference(
            item.key,
            mine.sheet,
            mine.cell,
            item.part,
            item.label,
            item.shown,
            names.get(text, text),
            names.get(base, base),
            item.text,
            conflict,
            chosen,
        )
    )
    if not conflict or chosen == MINE:
        found.typed[section][name] = text


def _label(item: Item) -> str:
    return item.label if item.label.startswith(item.part) else f"{item.part}：{item.label}"


# --- registers ------------------------------------------------------------------------------------


def _row(
    register: Register,
    row: Row,
    rows: Rows,
    present: set[str],
    now: Mapping[str, str],
    uploaded: Uploaded,
    decided: Decisions,
    found: Compared,
) -> None:
    report = found.report
    if row.problems:
        report.problems += _troubles(row, rows)
        return
    own = row_id(register, row.values)
    if own not in present and f"{register.key}|{own}" not in uploaded.row_ids:
        if register.locked:
            report.problems.append(Trouble(rows.sheet, f"A{row.number}", NEW, register.locked))
        else:
            _new(register, row, rows, found)
        return
    changed: dict[str, Any] = {}
    for each, cell in cells_of(rows, row):
        change = _change(register, row, each, now, uploaded, decided)
        if change is None:
            continue
        change.sheet, change.cell = rows.sheet, cell
        if register.locked:
            report.problems.append(Trouble(rows.sheet, cell, each.label, register.locked))
            continue
        report.changes.append(change)
        if not change.conflict or change.chosen == MINE:
            changed[each.key] = row.values[each.key]
    if not changed:
        return
    if own not in present:  # it has left the register since: entered anew as the sheet has it
        changed = {name: value for name, value in row.values.items() if value is not None}
    for name in IDENTITY[register.key]:
        changed[name] = row.values.get(name)
    if YEARLY & changed.keys():
        changed["year"] = row.values.get("year")
    found.entries[register.key].append(
        Entry(Row(row.number, changed), rows, _subject(register, row))
    )


def _troubles(row: Row, rows: Rows) -> list[Trouble]:
    """What cannot be read in a row."""
    places = {each.key: (cell, each.label) for each, cell in cells_of(rows, row)}
    found = []
    for name, text in row.problems.items():
        cell, label = places.get(name, (f"A{row.number}", ""))
        found.append(Trouble(rows.sheet, cell, label, text))
    return found


def _change(
    register: Register,
    row: Row,
    each: Field,
    now: Mapping[str, str],
    uploaded: Uploaded,
    decided: Decisions,
) -> Difference | None:
    """What a cell of a register changes; an empty one changes nothing."""
    text = typed_text(row.values.get(each.key))
    if each.key in (*IDENTITY[register.key], "year") or not text:
        return None
    key = value_key(register, row.values, each.key)
    base, stands = uploaded.base.get(key, ""), now.get(key, "")
    if text in (base, stands):
        return None
    conflict, year = stands != base, row.values.get("year")
    yearly = register.key == "enterprises" and each.key in YEARLY and year
    return Difference(
        key,
        "",
        "",
        _subject(register, row),
        f"{each.label}（{year}年）" if yearly else each.label,
        shown_value(each, stands),
        shown_value(each, text),
        shown_value(each, base),
        stands,
        conflict,
        decided.of(key, stands) if conflict else "",
    )


def _new(register: Register, row: Row, rows: Rows, found: Compared) -> None:
    filled = [
        f"{each.label} {shown_value(each, text)}"
        for each, _ in cells_of(rows, row)
        if (text := typed_text(row.values.get(each.key)))
    ]
    found.report.changes.append(
        Difference(
            f"{register.key}|{row_id(register, row.values)}|+{row.number}",
            rows.sheet,
            f"A{row.number}",
            _subject(register, row),
            NEW,
            "",
            "，".join(filled),
        )
    )
    found.entries[register.key].append(Entry(row, rows, _subject(register, row)))


def _subject(register: Register, row: Row) -> str:
    values = row.values
    if register.key == "enterprises":
        return str(values.get("name") or values.get("uscc") or "")
    named = kind_of(values.get("kind") or "")
    said = (values.get("holder"), values.get("kind") if named else "", values.get("title"))
    return " ".join(str(text) for text in said if text)


def _left_out(
    register: Register, rows: Rows, present: set[str], uploaded: Uploaded, report: Report
) -> None:
    """Rows that were deleted from the sheet stay in the register."""
    if any(row.problems for row in rows.rows):  # it may be one of these
        return
    here = {row_id(register, row.values) for row in rows.rows}
    gone = [
        own for own in present if own not in here and f"{register.key}|{own}" in uploaded.row_ids
    ]
    if gone:
        what = (
            "企业退出请在企业页面办理" if register.key == "enterprises" else "撤销请在荣誉页面办理"
        )
        report.notes.append(
            f"工作表“{rows.sheet}”比下载时少了或改动了名称的有 {len(gone)} 行，"
            f"平台上仍保留；{what}。"
        )
