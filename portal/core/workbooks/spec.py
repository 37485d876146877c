"""What an import is made of: its columns, its rows, what becomes of each row.

Pure: no database. An ``Importer`` belongs to the app whose rows it enters and is registered in
``registry``; the engine reads the sheet, types the cells by the columns and asks a ``Session``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

if TYPE_CHECKING:
    from portal.core.actor import Actor
    from portal.core.errors import Verdict

Kind = Literal["text", "code", "uscc", "choice", "date", "year", "count", "money", "percent"]


class Outcome(StrEnum):
    """What becomes of a row."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    REFUSE = "refuse"


OUTCOMES: dict[str, str] = {
    Outcome.ADD: "新增",
    Outcome.CHANGE: "修改",
    Outcome.SAME: "无变化",
    Outcome.REFUSE: "有问题",
}
OUTCOME_TONES: dict[str, str] = {
    Outcome.ADD: "success",
    Outcome.CHANGE: "info",
    Outcome.SAME: "neutral",
    Outcome.REFUSE: "danger",
}


# Among the counts of an import, when there are any: the rows that ask.
ASKS = "asks"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the sheet, found by its label or an alias whatever stands in brackets.

    Values come typed: text, code and uscc as str; choice as the key of ``choices``; date as date;
    year as int; count, money (in yuan) and percent as Decimal; an empty cell as None. ``unit`` is
    what money is read in when neither header nor cell says one. ``example`` is a value as people
    write it, for the template. ``choice_aliases``: other words for a choice -> its key. ``also``:
    labels of another column that are this one's when the values fit it better, or when the sheet
    has that column under a name of its own. ``month``: a date may be written to the month only;
    which day of it is then kept, with a remark in the report.
    """

    key: str
    label: str
    kind: Kind = "text"
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    note: str = ""
    width: float = 16
    max_length: int = 200
    unit: str = "万元"
    # What a count counts: 人, 家.
    measure: str = ""
    example: str = ""
    choice_aliases: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()
    month: Literal["", "first", "last"] = ""


@dataclass(slots=True)
class Row:
    """A filled row: its number on the sheet, typed values, and complaints: field key -> sentence.

    ``problems`` already holds what typing the cells found wrong; such a value is None. Of a sheet
    that was turned round ``column`` is the letter of the row's column there, ``places`` the cell of
    each value and ``beside`` what stands beside it, all by field key. ``notes``: how a cell was
    read that says less than the register keeps.
    """

    number: int
    values: dict[str, Any]
    problems: dict[str, str] = field(default_factory=dict)
    column: str = ""
    places: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Turned(NamedTuple):
    """That a sheet may also stand with a row per value and a column per year.

    ``whole`` is the field that holds for the whole sheet, ``beside`` the one said of each value.
    """

    whole: str
    beside: str


class Change(NamedTuple):
    """A value that changes, in words: label, before, after."""

    label: str
    before: str
    after: str


class Problem(NamedTuple):
    """A complaint: cell address (empty for the whole row), label of the column, sentence."""

    cell: str
    label: str
    text: str


@dataclass(slots=True)
class Line:
    """What becomes of a row, for the report: ``title`` says whom it is about.

    ``asks``: its notes hold something a person must have looked at before the row is entered.
    ``column`` is the letter of the column that it is on the sheet, where it is no row there.
    """

    number: int
    outcome: Outcome
    title: str
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    asks: bool = False
    column: str = ""


class Verdicts(NamedTuple):
    """What a session says of one row; problems are keyed by field key, "" for the whole row.

    ``asks``: a value is a hundred times more or less than the one before, as the notes say; whoever
    commits the workbook says that such rows were looked at.
    """

    outcome: Outcome
    title: str
    changes: Sequence[Change] = ()
    problems: Mapping[str, str] = {}
    notes: Sequence[str] = ()
    asks: bool = False


class Session(ABC):
    """One workbook against the database as it stands. Rehearsal calls ``check`` only.

    The commit makes a new session inside its transaction, under the lock of its kind, checks again
    and writes when nothing is refused. ``scope_code`` is the region of the ledger's entry where the
    rows belong to one (empty: the acting office's), ``audience`` who may read it. ``book_name`` is
    the workbook's, set before the rows are written.
    """

    book_name: str = ""
    scope_code: str = ""
    audience: str = "filer"

    @abstractmethod
    def check(self) -> list[Verdicts]:
        """One verdict per row, in the order of the rows; reads, never writes."""

    @abstractmethod
    def write(self) -> Mapping[str, Any]:
        """Write what ``check`` promised, in bulk; data for the one ledger entry."""


class Importer(ABC):
    """A kind of import; ``noun`` is what its rows are counted in: 212 家.

    ``place``: which of the ``places`` the rows belong to that name none.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    notes: ClassVar[tuple[str, ...]] = ()
    noun: ClassVar[str] = "行"
    place: str = ""
    turned: ClassVar[Turned | None] = None

    @abstractmethod
    def may_import(self, actor: Actor) -> Verdict:
        """Whether the acting post may import this kind at all."""

    def choices(self, actor: Actor) -> Mapping[str, Sequence[str]]:
        """Further drop-downs of the template that depend on the actor: field key -> labels."""
        return {}

    def for_actor(self, actor: Actor) -> Importer:
        """The importer as the acting post has it: the columns may depend on it."""
        return self

    def places(self, actor: Actor) -> Sequence[tuple[str, str]]:
        """Where rows may belong that name no place: key and name; the upload asks when several."""
        return ()

    def for_place(self, place: str) -> Importer:
        """The importer for a workbook whose rows belong there unless they say otherwise."""
        own = copy(self)
        own.place = place
        return own

    def lock(self, actor: Actor, rows: Sequence[Row]) -> None:
        """Before the commit's session begins: lock what else writes to, in the order of keys."""
        return

    @abstractmethod
    def begin(self, actor: Actor, rows: Sequence[Row]) -> Session:
        """A session over the typed rows; loads what they are looked up in, in bulk."""
