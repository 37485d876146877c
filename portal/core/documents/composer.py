"""Breaks Chinese text into lines of the type area, with kinsoku, and spaces each line out.

WeasyPrint justifies at spaces only, so lines are made here and set one by one, each with its own
letter-spacing. A line is as wide as the type area whenever the paragraph goes on:

* no closing mark begins a line and no opening mark ends one;
* up to two closing marks that would begin the next line are pushed in, and the blank half of a
  closing mark at the end may stick out;
* otherwise a character goes down to the next line, whichever disturbs the spacing less;
* figures and Latin words, —— and …… stay whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portal.core.documents import fonts
from portal.core.documents.charset import clean_text

NO_START: Final = frozenset("，。、；：？！）》〉」』】〕〗”’…—·,.;:?!)]}%％℃‰°～~%-")
NO_END: Final = frozenset("（《〈「『【〔〖“‘([{￥¥$№#")
# Full-width marks whose right half is blank: it may stick out of the type area.
HALF_BLANK: Final = frozenset("，。、；：！？）》〉」』】〕〗”’")

PUSHED_IN_AT_MOST: Final = 2
TIGHTEST_EM: Final = -0.07
LOOSEST_EM: Final = 0.25

_ATOM = re.compile(r"[0-9A-Za-z]+(?:[.,:/'@&+_~\-][0-9A-Za-z]+)*[%‰℃°]?|——|……|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one font role."""

    text: str
    role: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a line set in one face. ``face`` counts from 0 in the role's stack."""

    text: str
    role: str
    face: int

    @property
    def css_class(self) -> str:
        return f"f-{self.role}-{self.face}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its segments, left indent and letter-spacing in points, and its natural width."""

    segments: tuple[Segment, ...]
    indent: float
    spacing: float
    width: float
    role: str

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)

    @property
    def style(self) -> str:
        """Inline CSS of the line."""
        rules: list[str] = []
        if self.spacing:
            rules.append(f"letter-spacing:{self.spacing:.4f}pt")
        if self.indent:
            rules.append(f"padding-left:{self.indent:.3f}pt")
        return ";".join(rules)


@dataclass(frozen=True, slots=True)
class _Atom:
    text: str
    role: str
    width: float
    blank: float

    @property
    def no_start(self) -> bool:
        return self.text[0] in NO_START

    @property
    def no_end(self) -> bool:
        return self.text[-1] in NO_END

    @property
    def is_space(self) -> bool:
        return self.text == " "


def char_width(char: str, role: str, size: float) -> float:
    """Width in points; a character without a glyph counts as one em (it is reported elsewhere)."""
    found = fonts.glyph(role, char)
    return size if found is None else found[1] * size


def text_width(text: str, role: str, size: float, spacing: float = 0.0) -> float:
    """Width from the first glyph's left edge to the last one's right edge."""
    if not text:
        return 0.0
    return sum(char_width(char, role, size) for char in text) + spacing * (len(text) - 1)


def plain_line(
    text: str, role: str, size: float, *, indent: float = 0.0, spacing: float = 0.0
) -> Line:
    """A line that is not broken: a number, a date, a signature."""
    return Line(
        _segments([(text, role)]), indent, spacing, text_width(text, role, size, spacing), role
    )


def compose(
    runs: Sequence[Run],
    *,
    width: float,
    size: float,
    spacing: float,
    first_indent: float = 0.0,
    indent: float = 0.0,
    justify: bool = True,
) -> list[Line]:
    """Break ``runs`` into lines of ``width`` points. ``spacing`` is that of an ordinary line."""
    atoms = _atoms(runs, size, width - max(first_indent, indent))
    role = runs[0].role
    lines: list[Line] = []
    start = 0
    while start < len(atoms):
        left = indent if lines else first_indent
        room = width - left
        if lines and atoms[start].is_space:
            start += 1
            continue
        end = _fit(atoms, start, room, spacing)
        line_spacing = spacing
        if end < len(atoms):
            end, line_spacing = _best_break(atoms, start, end, room, spacing, size)
        chosen = atoms[start:end]
        while chosen and chosen[-1].is_space:
            chosen = chosen[:-1]
        if not justify:
            line_spacing = min(line_spacing, spacing)
        lines.append(_line(chosen, left, line_spacing, role))
        start = end
    return lines


def _atoms(runs: Sequence[Run], size: float, room: float) -> list[_Atom]:
    atoms: list[_Atom] = []
    for run in runs:
        for text in _ATOM.findall(clean_text(run.text)):
            width = text_width(text, run.role, size)
            if width > room:  # a word longer than a line is broken anywhere
                atoms.extend(
                    _Atom(char, run.role, char_width(char, run.role, size), 0.0) for char in text
                )
                continue
            blank = width / 2 if text in HALF_BLANK and width > 0.9 * size else 0.0
            atoms.append(_Atom(text, run.role, width, blank))
    return atoms


def _fit(atoms: Sequence[_Atom], start: int, room: float, spacing: float) -> int:
    """First atom that no longer fits at ordinary spacing; at least one atom is taken."""
    used = -spacing
    tolerance = 0.35
    for position in range(start, len(atoms)):
        atom = atoms[position]
        used += atom.width + spacing * len(atom.text)
        if used > room + tolerance and not atom.is_space:
            return max(position, start + 1)
    return len(atoms)


def _legal(atoms: Sequence[_Atom], position: int) -> bool:
    if position >= len(atoms):
        return True
    after = next((atom for atom in atoms[position:] if not atom.is_space), None)
    return not atoms[position - 1].no_end and (after is None or not after.no_start)


def _spacing_for(
    atoms: Sequence[_Atom], start: int, end: int, room: float, *, stick_out: bool
) -> float:
    chosen = list(atoms[start:end])
    while chosen and chosen[-1].is_space:
        chosen.pop()
    natural = sum(atom.width for atom in chosen)
    if stick_out:
        natural -= chosen[-1].blank
    gaps = sum(len(atom.text) for atom in chosen) - 1
    return (room - natural) / gaps if gaps > 0 else 0.0


def _best_break(
    atoms: Sequence[_Atom], start: int, end: int, room: float, spacing: float, size: float
) -> tuple[int, float]:
    if _legal(atoms, end):
        found = _spacing_for(atoms, start, end, room, stick_out=False)
        return end, min(found, LOOSEST_EM * size)
    options: list[tuple[float, int, float]] = []
    for pushed in range(1, PUSHED_IN_AT_MOST + 1):
        position = end + pushed
        if position > len(atoms) or not atoms[position - 1].no_start:
            break
        if _legal(atoms, position):
            found = _spacing_for(atoms, start, position, room, stick_out=True)
            if found >= TIGHTEST_EM * size:
                options.append((abs(found - spacing), position, found))
            break
    for position in range(end - 1, start, -1):
        if _legal(atoms, position):
            found = _spacing_for(atoms, start, position, room, stick_out=False)
            options.append((abs(found - spacing), position, min(found, LOOSEST_EM * size)))
            break
    if not options:
        return end, spacing
    _, position, found = min(options)
    return position, found


def _line(atoms: Sequence[_Atom], indent: float, spacing: float, role: str) -> Line:
    natural = sum(atom.width for atom in atoms)
    gaps = max(0, sum(len(atom.text) for atom in atoms) - 1)
    pieces = [(atom.text, atom.role) for atom in atoms]
    return Line(_segments(pieces), indent, spacing, natural + gaps * spacing, role)


def _segments(pieces: Sequence[tuple[str, str]]) -> tuple[Segment, ...]:
    """Join neighbouring characters of one face."""
    segments: list[Segment] = []
    for text, role in pieces:
        for char in text:
            found = fonts.glyph(role, char)
            face = 0 if found is None else found[0]
            if segments and segments[-1].role == role and segments[-1].face == face:
                segments[-1] = Segment(segments[-1].text + char, role, face)
            else:
                segments.append(Segment(char, role, face))
    return tuple(segments)
