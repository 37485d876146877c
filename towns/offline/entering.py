"""Entering a workbook of an application: the same steps when it is rehearsed and when it is meant.

The caller has begun a transaction; a rehearsal rolls it back, so that what a page shows is what
happens: a new enterprise on one sheet may hold an honour on another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError

from criteria.queries import indicators
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.workbooks.spec import Importer, Outcome, Row
from towns.actions.drafting import keep_typed, save_section
from towns.figure_rules import leap_from
from towns.figure_texts import read_figure
from towns.import_queries import enterprise_figures, enterprises_by_code
from towns.imports.common import plain_name
from towns.imports.enterprise_columns import FIGURES
from towns.imports.enterprises import EnterpriseImporter
from towns.imports.honours import OWN_NAMES, HonourImporter
from towns.models import Application
from towns.offline.comparing import Compared, Decisions, Entry, compare
from towns.offline.contents import Contents, contents_of, item_key, typed_text
from towns.offline.reading import Uploaded
from towns.offline.report import Report, Trouble
from towns.policies import may_maintain_town
from towns.register_sections import FIGURES_SECTION, SOURCE
from towns.sections import find_section

SOURCE_KEY: Final = "workbook"
Progress = Callable[[int, int, str], None]
NOTHING: Final = "没有读出来，请核对这一格。"


def enter(
    actor: Actor,
    application: Application,
    uploaded: Uploaded,
    decided: Decisions,
    book_name: str,
    progress: Progress | None = None,
) -> Report:
    """Write what the workbook changes and was decided; problems are in the report.

    With problems, or conflicts that nobody has decided, the caller takes everything back.
    """
    say = progress or (lambda done, total, message: None)
    contents = contents_of(application)
    say(1, 4, "正在与平台上的内容比较")
    now = {**contents.values(), **_other_years(contents, uploaded)}
    found = compare(contents, now, uploaded, decided)
    if uploaded.revision != application.revision:
        found.report.notes.append("下载表格之后本件又提交过，按现在可以修改的内容核对。")
    _leaps(contents, found)
    say(2, 4, "正在核对文字和数据")
    for section, texts in found.typed.items():
        _section(actor, application, section, texts, uploaded, book_name, found)
    say(3, 4, "正在核对名单")
    if found.entries:
        _registers(actor, application, found, book_name)
    say(4, 4, "完成")
    return found.report


def _other_years(contents: Contents, uploaded: Uploaded) -> dict[str, str]:
    """Figures of enterprises for other years than the application's, as they stand."""
    rows = uploaded.registers["enterprises"].rows if "enterprises" in uploaded.registers else []
    latest = contents.application.round.figures_year
    asked = {row.values["uscc"]: row.values["year"] for row in rows if row.values["year"]}
    years = {row.values["year"] for row in rows if row.values["year"]} - {latest}
    if not years:
        return {}
    known = {row.pk: code for code, row in enterprises_by_code(asked.keys() - {None}).items()}
    keys = {row.pk: row.key for row in indicators("enterprise", "reported") if row.key in FIGURES}
    found: dict[str, str] = {}
    rows_of = enterprise_figures(list(known), sorted(years), list(keys))
    for (enterprise, year, indicator), (value, source) in rows_of.items():
        own = f"enterprises|{known[enterprise]}@{year}"
        found[f"{own}|{keys[indicator]}"] = typed_text(value)
        found.setdefault(f"{own}|{SOURCE}", source)
    return found


# --- typed fields ---------------------------------------------------------------------------------


def _section(
    actor: Actor,
    application: Application,
    key: str,
    texts: Mapping[str, str],
    uploaded: Uploaded,
    book_name: str,
    found: Compared,
) -> None:
    """Save the fields of a section by its own action, and mark where they came from."""
    try:
        save_section(actor=actor, application=application, key=key, opened=None, typed=texts)
    except ValidationError as error:
        rows = (
            error.message_dict
            if hasattr(error, "error_dict")
            else {next(iter(texts)): error.messages}
        )
        for name, messages in rows.items():
            _complain(found.report, uploaded, key, name, "".join(messages))
        return
    except (Refused, Stale) as error:
        _complain(found.report, uploaded, key, next(iter(texts)), str(error))
        return
    section = find_section(application, key)
    if section is None or not section.own:
        return  # Of a register what was saved stands there; nothing waits beside it.
    application.refresh_from_db()
    stored = section.stored(application)
    keep_typed(
        actor,
        application,
        key,
        {name: stored[name] for name in texts if name in stored},
        clock.now(),
        source=SOURCE_KEY,
        note=book_name[:120],
    )


def _complain(report: Report, uploaded: Uploaded, key: str, name: str, text: str) -> None:
    place = uploaded.values.get(item_key(key, name)) or next(
        mine for each, mine in uploaded.values.items() if each.startswith(f"{key}|")
    )
    label = next(
        (
            row.label
            for row in report.changes
            if row.cell == place.cell and row.sheet == place.sheet
        ),
        "",
    )
    report.problems.append(Trouble(place.sheet, place.cell, label, text or NOTHING))


def _leaps(contents: Contents, found: Compared) -> None:
    """Figures a hundred times those of the year before, or a hundredth of them."""
    table = contents.figures
    catalogue = {row.key: row for row in table.catalogue}
    typed: dict[tuple[int, str], Decimal] = {}
    for name, text in found.typed.get(FIGURES_SECTION.key, {}).items():
        stated, _, key = name.partition(".")
        try:
            value = read_figure(catalogue[key], text) if key in catalogue else None
        except ValidationError:
            continue
        if value is not None:
            typed[int(stated), key] = value
    for (year, key), value in typed.items():
        last = typed.get((year - 1, key), table.values.get(year - 1, {}).get(key))
        leap = leap_from(catalogue[key], value, last)
        if leap is not None:
            found.report.asks.append(f"{year}年{leap.words}。{leap.hint}")


# --- registers ------------------------------------------------------------------------------------


def _registers(actor: Actor, application: Application, found: Compared, book_name: str) -> None:
    kept = may_maintain_town(actor, application.town)
    if not kept.ok:
        for entries in found.entries.values():
            first = entries[0]
            place = f"A{first.row.number}"
            found.report.problems.append(Trouble(first.rows.sheet, place, "名单", kept.reason))
        return
    importers: Sequence[tuple[str, Importer]] = (
        ("enterprises", EnterpriseImporter()),
        ("honours", HonourImporter()),
        ("standards", HonourImporter()),
    )
    for key, importer in importers:
        if found.entries.get(key):
            _import(actor, application, importer, found.entries[key], found.report, book_name)


def _import(
    actor: Actor,
    application: Application,
    importer: Importer,
    entries: Sequence[Entry],
    report: Report,
    book_name: str,
) -> None:
    """The rows by the importer of their register: its rules, its words, its way of writing."""
    empty: dict[str, Any] = dict.fromkeys(item.key for item in importer.fields)
    named = {"town": application.town.name} if "town" in empty else {}
    rows = [Row(entry.row.number, {**empty, **entry.row.values, **named}) for entry in entries]
    for row in rows:
        # The town itself, whichever of several towns the actor keeps.
        if plain_name(row.values.get("holder") or "") in OWN_NAMES:
            row.values["holder"] = application.town.name
    importer.lock(actor, rows)
    session = importer.begin(actor, rows)
    labels = {item.key: item.label for item in importer.fields}
    wrong = False
    for entry, verdict in zip(entries, session.check(), strict=True):
        sheet, number = entry.rows.sheet, entry.row.number
        for name, text in verdict.problems.items():
            letter = entry.rows.columns.get(name, "A")
            label = labels.get(name, verdict.title)
            report.problems.append(Trouble(sheet, f"{letter}{number}", label, text))
        wrong = wrong or bool(verdict.problems) or verdict.outcome == Outcome.REFUSE
        said = [*entry.row.notes, *verdict.notes]
        notes = [f"“{sheet}”第 {number} 行 {entry.subject}：{note}" for note in said]
        (report.asks if verdict.asks else report.notes).extend(notes)
    if wrong:
        return
    session.book_name = book_name
    session.write()
