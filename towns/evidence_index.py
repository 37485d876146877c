"""The index of evidence (佐证材料目录), numbered like the paper volume.

4-2 is the second piece of the fourth criterion. Pure: rows as they are declared
(``snapshot["evidence"]``), the criteria in order, what the round asks for. A file that stands in
several places is counted once and bound once: where it comes again, the row refers to its first
number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

# Under this name stands what a round's list does not ask for.
BEYOND = "其他材料"
# The stamped request leads the bound volume, under a heading of its own before the first criterion.
REQUEST = "request"
_REFERENCE = re.compile(r"\d{1,4}(?:-\d{1,4})?")
_DASHES = str.maketrans({"－": "-", "—": "-", "–": "-", "~": "-", "～": "-", "至": "-", "到": "-"})
_COMMAS = str.maketrans({"，": ",", "、": ",", "；": ",", ";": ","})


# Under this the evidence of a request for relaxation stands, by its condition.
RELAXATION, LONGEST_SLOT = "relax-", 50


def relaxation_slot(condition: str) -> str:
    """The place of what backs the request to relax a condition."""
    return f"{RELAXATION}{condition}"[:LONGEST_SLOT]


class AskedFor(Protocol):
    """What a round asks for under a criterion; ``EvidenceSlot`` is one."""

    @property
    def criterion(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def required(self) -> bool: ...


class Numbered(Protocol):
    """A criterion; ``CriterionSpec`` is one."""

    @property
    def key(self) -> str: ...
    @property
    def ordinal(self) -> int: ...
    @property
    def title(self) -> str: ...


class Leading(NamedTuple):
    """The heading of the stamped request, numbered 0: its piece is 0-1."""

    key: str = REQUEST
    ordinal: int = 0
    title: str = "申报请示"


class IndexRow(NamedTuple):
    """One piece. ``look_at``: where in the file to look; ``pages``: how many it has, if known.

    ``first``: the number under which the same file stood before, with ``reference`` in words.
    ``begins`` and ``ends``: its pages in the volume, None where that is not known.
    """

    number: str
    id: int
    criterion: str
    slot: str
    slot_title: str
    title: str
    name: str
    look_at: str
    pages: int | None
    size: int
    sha256: str
    first: str = ""
    reference: str = ""
    begins: int | None = None
    ends: int | None = None

    @property
    def place(self) -> str:
        """Its pages in the volume: 12 or 12-15, empty where they are not known."""
        if self.begins is None:
            return ""
        return str(self.begins) if self.begins == self.ends else f"{self.begins}-{self.ends}"


class IndexGroup(NamedTuple):
    """The pieces of one criterion, and what the round asks for there and nobody has given."""

    key: str
    ordinal: int
    title: str
    rows: tuple[IndexRow, ...]
    missing: tuple[AskedFor, ...]

    @property
    def lacking(self) -> tuple[AskedFor, ...]:
        """What must be given and is not."""
        return tuple(slot for slot in self.missing if slot.required)


class Index(NamedTuple):
    """The whole index; every file counted once. ``pages``: of the files whose pages are known."""

    groups: tuple[IndexGroup, ...]
    files: int
    size: int
    pages: int

    @property
    def rows(self) -> list[IndexRow]:
        """Every piece, in order."""
        return [row for group in self.groups for row in group.rows]

    @property
    def lacking(self) -> list[tuple[IndexGroup, AskedFor]]:
        """What must be given and is not, with its criterion."""
        return [(group, slot) for group in self.groups for slot in group.lacking]


def index_of(
    evidence: Iterable[Mapping[str, Any]],
    criteria: Sequence[Numbered],
    slots: Iterable[AskedFor] = (),
    page_counts: Mapping[str, int | None] | None = None,
    begins_at: int = 1,
) -> Index:
    """The index of what is declared; ``page_counts``: digest of a file -> its pages in the volume.

    Pieces follow the round's list, then their own order. A file without a count has no place in
    the volume; ``begins_at``: the page on which the first one begins.
    """
    asked: dict[str, list[AskedFor]] = {}
    for slot in slots:
        asked.setdefault(slot.criterion, []).append(slot)
    given: dict[str, list[Mapping[str, Any]]] = {}
    for item in evidence:
        given.setdefault(item["criterion"], []).append(item)
    counts = page_counts or {}
    seen: dict[str, IndexRow] = {}
    page, groups = begins_at, []
    for criterion in criteria:
        own = asked.get(criterion.key, [])
        rows = []
        for sequence, item in enumerate(_ordered(given.get(criterion.key, []), own), start=1):
            row = _row(f"{criterion.ordinal}-{sequence}", item, own, counts)
            before = seen.get(row.sha256)
            if before is not None:
                row = row._replace(
                    first=before.number,
                    reference=refer(before.number, row.look_at),
                    begins=before.begins,
                    ends=before.ends,
                )
            else:
                length = row.pages or 0
                if length:
                    row = row._replace(begins=page, ends=page + length - 1)
                    page += length
                seen[row.sha256] = row
            rows.append(row)
        filled = {row.slot for row in rows}
        missing = tuple(slot for slot in own if slot.key not in filled)
        groups.append(
            IndexGroup(criterion.key, criterion.ordinal, criterion.title, tuple(rows), missing)
        )
    return Index(
        tuple(groups),
        len(seen),
        sum(row.size for row in seen.values()),
        sum(row.pages or 0 for row in seen.values()),
    )


def _ordered(items: list[Mapping[str, Any]], slots: list[AskedFor]) -> list[Mapping[str, Any]]:
    places = {slot.key: place for place, slot in enumerate(slots)}
    return sorted(items, key=lambda item: places.get(item.get("slot", ""), len(places)))


def _row(
    number: str,
    item: Mapping[str, Any],
    slots: list[AskedFor],
    counts: Mapping[str, int | None],
) -> IndexRow:
    slot = next((row for row in slots if row.key == item.get("slot", "")), None)
    return IndexRow(
        number,
        item["id"],
        item["criterion"],
        slot.key if slot is not None else "",
        slot.title if slot is not None else "" if item["criterion"] == REQUEST else BEYOND,
        item["title"],
        item["name"],
        item.get("pages", ""),
        counts.get(item["sha256"]),
        item["size"],
        item["sha256"],
    )


def refer(number: str, look_at: str = "") -> str:
    """见 1-1, and where in it to look: 见 1-1 第 12 页."""
    return f"见 {number}" + (f" {page_words(look_at)}" if look_at else "")


def page_words(look_at: str) -> str:
    """第 12-15 页, empty without a reference."""
    return f"第 {look_at.replace(',', '、')} 页" if look_at else ""


class BadReference(ValueError):
    """A page reference that says nothing; ``str()`` is why, in Chinese."""


def page_reference(text: str, pages: int | None = None) -> str:
    """A page reference as it is kept: "12", "12-15", "3,12-15". ``pages``: how many the file has.

    第, 页, wide figures and other dashes are understood. Raises BadReference.
    """
    plain = text.strip().translate(_DASHES).translate(_COMMAS)
    plain = plain.replace("第", "").replace("页", "")
    plain = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in plain)
    plain = "".join(plain.split())
    if not plain:
        return ""
    for part in plain.split(","):
        if not _REFERENCE.fullmatch(part):
            raise BadReference("页码请填写数字，例如 12 或者 12-15；几处用逗号分开，例如 3,12-15。")
        first, _, last = part.partition("-")
        begins, ends = int(first), int(last or first)
        if begins < 1 or ends < begins:
            raise BadReference(f"页码“{part}”不对：从第 1 页数起，后一个数不能小于前一个数。")
        if pages is not None and ends > pages:
            raise BadReference(f"这份文件共 {pages} 页，没有第 {ends} 页。请核对页码。")
    return plain
