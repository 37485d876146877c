"""版记: copies, printing office and date at the foot of the last page."""

from dataclasses import dataclass
from typing import Literal

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.composer import Line, Run, compose, plain_line, text_width
from portal.core.documents.content import DocumentContent, chinese_date

# none: there is none. here: at the foot of the last page; next: on the page after it; blank: on
# the even page after a blank odd one, and then neither of the two is numbered.
ImprintPlace = Literal["none", "here", "next", "blank"]

COPY_TO = "抄送："


@dataclass(frozen=True, slots=True)
class Imprint:
    """``ruled`` has rules and the printing office; a letter's (10.1) has copies alone."""

    copy_to: tuple[Line, ...]
    printed_by: Line | None = None
    printed_on: Line | None = None

    @property
    def ruled(self) -> bool:
        return self.printed_by is not None

    @property
    def height(self) -> float:
        if not self.ruled:
            return len(self.copy_to) * g.IMPRINT_PITCH
        rows = (len(self.copy_to) + 1) * g.IMPRINT_PITCH
        return rows + 2 * g.IMPRINT_THICK + (g.IMPRINT_THIN if self.copy_to else 0.0)

    @property
    def drop(self) -> float:
        """On a page of its own it is pushed down to the foot of the type area."""
        return g.TYPE_HEIGHT - self.height - 0.2


def full_imprint(content: DocumentContent) -> Imprint:
    printed_by = content.printed_by or content.issuing_organ
    printed_on = chinese_date(content.printed_on or content.signed_on) + "印发"
    return Imprint(
        _copies(content),
        plain_line(printed_by, fonts.FANGSONG, g.SMALL_SIZE),
        plain_line(printed_on, fonts.FANGSONG, g.SMALL_SIZE),
    )


def bare_imprint(content: DocumentContent) -> Imprint | None:
    """That of a letter; without copies there is none."""
    copies = _copies(content)
    return Imprint(copies) if copies else None


def _copies(content: DocumentContent) -> tuple[Line, ...]:
    if not content.copy_to:
        return ()
    size = g.SMALL_SIZE
    names = content.copy_to.removeprefix(COPY_TO).rstrip("。") + "。"
    return tuple(
        compose(
            (Run(COPY_TO + names, fonts.FANGSONG),),
            width=g.TYPE_WIDTH - size,
            size=size,
            spacing=0.0,
            first_indent=size,
            indent=size + text_width(COPY_TO, fonts.FANGSONG, size),
        )
    )
