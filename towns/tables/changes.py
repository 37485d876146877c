"""What changed between two declarations, in words, old and new side by side. Pure.

``corrected`` is for two submissions of one application, ``since_earlier`` for an application and
one of an earlier round. A table (enterprises, honours, standards, evidence) becomes rows that were
added, removed or changed; everything else is one text before and one after. What reads the same is
left out, whatever keys or moments stand behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from criteria.comparing.runs import Run, runs
from criteria.values import shown
from portal.core.formatting import file_size
from towns.constants import ENTITY_CHOICES, FUNCTION_STATE_CHOICES, ROLE_CHOICES
from towns.declared import Declared, Field, read
from towns.honours import HONOUR_KINDS, HONOUR_LEVELS, HONOUR_PART_CHOICES

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
WORDS = {ADDED: "新增", REMOVED: "删除", CHANGED: "修改"}
TONES = {ADDED: "success", REMOVED: "danger", CHANGED: "warning"}
EMPTY = "未填写"
NONE_ASKED = "未申请放宽"
NO_FILE = "未上传"
_ROLES, _ENTITIES = dict(ROLE_CHOICES), dict(ENTITY_CHOICES)
_STATES, _PARTS = dict(FUNCTION_STATE_CHOICES), dict(HONOUR_PART_CHOICES)


class Measured(Protocol):
    """How an indicator is written; an Indicator, a FigureRow."""

    @property
    def key(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def choices(self) -> Any: ...


class Line(NamedTuple):
    """A row of a table that was added, removed or changed; ``before`` or ``after`` may be empty."""

    mark: str
    word: str
    tone: str
    before: str
    after: str


class Changed(NamedTuple):
    """A field that reads differently: its words before and after, or the rows of its table.

    ``left`` and ``right`` are the words again, with what was taken out and put in. ``summary`` says
    of a table how many rows, e.g. 新增 3 项，删除 1 项.
    """

    path: str
    section: str
    label: str
    before: str
    after: str
    left: tuple[Run, ...] = ()
    right: tuple[Run, ...] = ()
    lines: tuple[Line, ...] = ()
    summary: str = ""


def corrected(
    before: Declared, after: Declared, fields: Iterable[Field], measured: Iterable[Measured] = ()
) -> list[Changed]:
    """What differs between two submissions of one application, in the order of the fields."""
    known = {row.key: row for row in measured}
    found = (_compared(field, before, after, known) for field in fields)
    return [row for row in found if row is not None]


def since_earlier(
    before: Declared, after: Declared, fields: Iterable[Field], measured: Iterable[Measured] = ()
) -> list[Changed]:
    """What differs from the submission of an earlier round.

    The year's figures stand against those of the year that was declared then; a figure of a year
    that both declare is named when it was restated. Commitments are made anew and are not compared.
    """
    known = {row.key: row for row in measured}
    found: list[Changed | None] = []
    for field in fields:
        head, _, rest = field.path.partition(".")
        if head == "commitments":
            continue
        if head == "figures":
            found.append(_figure_since(field, rest, before, after, known))
        else:
            found.append(_compared(field, before, after, known))
    return [row for row in found if row is not None]


def _figure_since(
    field: Field, rest: str, before: Declared, after: Declared, known: Mapping[str, Measured]
) -> Changed | None:
    stated, _, key = rest.partition(".")
    then, now = str(before.get("year", "")), str(after.get("year", ""))
    if stated == now and then != now:
        return _told(
            field._replace(label=f"{field.label}（上次申报为{then}年）"),
            words(f"figures.{then}.{key}", read(before, f"figures.{then}.{key}"), known),
            words(field.path, read(after, field.path), known),
        )
    if read(before, field.path) is None:
        return None
    row = _compared(field, before, after, known)
    return row._replace(label=f"{row.label}（更正以前年度）") if row and stated != now else row


def _compared(
    field: Field, before: Declared, after: Declared, known: Mapping[str, Measured]
) -> Changed | None:
    old, new = read(before, field.path), read(after, field.path)
    head = field.path.partition(".")[0]
    if head in _TABLES:
        return _lines(field, old or [], new or [], _TABLES[head])
    return _told(field, words(field.path, old, known), words(field.path, new, known))


def _told(field: Field, before: str, after: str) -> Changed | None:
    if before == after:
        return None
    left, right = runs(before, after)
    return Changed(field.path, field.section, field.label, before, after, left, right)


# --- one value in words ---------------------------------------------------------------------------


def words(path: str, value: Any, measured: Mapping[str, Measured] | None = None) -> str:
    """A declared value as it is read; where nothing is declared, what that field says then."""
    head = path.partition(".")[0]
    if head == "figures":
        return _figure_words(path.rpartition(".")[2], value, measured or {})
    if head == "functions":
        return _STATES.get(value, EMPTY)
    if head == "relaxations":
        return str(value or "").strip() or NONE_ASKED
    if head == "request":
        return _request_words(value)
    if head == "commitments":
        return "\n".join(row["text"] for row in value or []) or "未承诺"
    return str(value or "").strip() or EMPTY


def _figure_words(key: str, value: Any, measured: Mapping[str, Measured]) -> str:
    row = measured.get(key)
    if value in (None, ""):
        return EMPTY
    if row is None:
        return str(value)
    choices = tuple(
        (str(item["key"]), str(item["name"])) if isinstance(item, Mapping) else tuple(item)
        for item in row.choices or ()
    )
    return shown(value, row.type, row.unit, choices)


def _request_words(value: Any) -> str:
    if not value:
        return NO_FILE
    mark = f"（{file_size(value['size'])}，校验码 {value['sha256'][:8]}）"
    return f"{value['number']}，{value['name']}{mark}"


# --- tables ---------------------------------------------------------------------------------------


class _Table(NamedTuple):
    """How rows of a table are told apart and read."""

    key: Callable[[Mapping[str, Any]], object]
    text: Callable[[Mapping[str, Any]], str]
    measure: str


def _joined(*parts: str) -> str:
    return "，".join(part for part in parts if part)


def _enterprise(row: Mapping[str, Any]) -> str:
    return _joined(
        f"{row['name']}（{row['uscc']}）",
        _ROLES.get(row["role"], row["role"]),
        _ENTITIES.get(row["entity"], row["entity"]),
        row["products"],
    )


def _honour(row: Mapping[str, Any]) -> str:
    kind = HONOUR_KINDS.get(row["kind"])
    return _joined(
        row["title"],
        f"{HONOUR_LEVELS.get(row['level'], '')}{kind.label if kind else row['kind']}",
        _PARTS.get(row["part"], ""),
        row["number"],
        row["holder"],
        row["awarded_on"],
    )


def _evidence(row: Mapping[str, Any]) -> str:
    pages = str(row.get("pages") or "")
    return _joined(
        f"《{row['title']}》{row['name']}（{file_size(row['size'])}）",
        f"页码 {pages}" if pages else "",
    )


_TABLES: dict[str, _Table] = {
    "enterprises": _Table(lambda row: (row["uscc"], row["role"]), _enterprise, "家"),
    "honours": _Table(lambda row: (row["kind"], row["title"], row["holder"]), _honour, "项"),
    "standards": _Table(lambda row: (row["kind"], row["title"], row["number"]), _honour, "项"),
    "evidence": _Table(lambda row: (row.get("slot", ""), row["sha256"]), _evidence, "份"),
}


def _lines(
    field: Field,
    before: Iterable[Mapping[str, Any]],
    after: Iterable[Mapping[str, Any]],
    table: _Table,
) -> Changed | None:
    old, new = ({table.key(row): table.text(row) for row in rows} for rows in (before, after))
    found = [
        _line(CHANGED, old[key], new[key]) for key in old if new.get(key, old[key]) != old[key]
    ]
    found += [_line(ADDED, "", new[key]) for key in new if key not in old]
    found += [_line(REMOVED, old[key], "") for key in old if key not in new]
    if not found:
        return None
    marks = [line.mark for line in found]
    summary = "，".join(
        f"{WORDS[mark]} {marks.count(mark)} {table.measure}"
        for mark in (ADDED, REMOVED, CHANGED)
        if mark in marks
    )
    said = (f"{len(old)} {table.measure}", f"{len(new)} {table.measure}")
    return Changed(
        field.path, field.section, field.label, *said, lines=tuple(found), summary=summary
    )


def _line(mark: str, before: str, after: str) -> Line:
    return Line(mark, WORDS[mark], TONES[mark], before, after)
