"""What a file somebody holds is, compared with what the portal keeps: by digest, then by its text.

Nothing of it is kept. A file that is none of ours byte for byte may begin with one of ours (a
signature was appended), bear the code of one of our documents, or say nothing of us.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from portal.core.documents.traces import Traces, is_pdf, traces_of, traces_of_stored
from portal.core.models import OfficialDocument, Rendition
from portal.core.rendition_queries import (
    documents_by_code,
    documents_by_number,
    renditions_of,
    renditions_with,
)

if TYPE_CHECKING:
    from django.core.files.base import File

# Where a PDF may have ended before something was appended.
ENDS: Final = re.compile(rb"%%EOF(?:\r\n|\r|\n)?")
ENDS_TRIED: Final = 40
# Files read at once in this process, and how long one waits for its turn.
AT_ONCE: Final = 2
WAIT_SECONDS: Final = 10
_turns = threading.BoundedSemaphore(AT_ONCE)


class Busy(Exception):
    """Too many files are being read; ask again soon."""


class Outcome(StrEnum):
    """What the comparison says."""

    EXACT = "exact"  # byte for byte one of ours
    APPENDED = "appended"  # begins with one of ours, something follows
    BEARS = "bears"  # not ours, but bears the code of one of our documents
    CITES = "cites"  # not ours, but is headed by the number of one of our documents
    SEVERAL = "several"  # bears the codes of several of our documents
    UNKNOWN = "unknown"  # nothing of ours


@dataclass(frozen=True)
class Comparison:
    """The outcome for one file.

    ``same_text``: whether its text is that of what is kept; None where there is no text to compare.
    ``differing`` are the pages whose text differs, from 1.
    """

    outcome: Outcome
    name: str
    size: int
    sha256: str
    renditions: tuple[Rendition, ...] = ()
    documents: tuple[OfficialDocument, ...] = ()
    same_text: bool | None = None
    differing: tuple[int, ...] = ()
    pages: int = 0
    kept_pages: int = 0
    problem: str = ""

    @property
    def document(self) -> OfficialDocument | None:
        """The one document it is about."""
        return self.documents[0] if len(self.documents) == 1 else None

    @property
    def appended_bytes(self) -> int:
        """How much follows after what is ours."""
        return self.size - self.renditions[0].file.size if self.renditions else 0


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _turns.release()


def compare(content: File[bytes], name: str) -> Comparison:
    """Compare a file with everything the portal keeps. Raises Busy."""
    with _turn():
        whole, beginnings = _digests(content)
        found = Comparison(Outcome.UNKNOWN, name, content.size, whole)
        exact = renditions_with([whole])
        if exact:
            return replace(
                found,
                outcome=Outcome.EXACT,
                renditions=tuple(exact),
                documents=tuple({row.document_id: row.document for row in exact}.values()),
            )
        if not is_pdf(content):
            return found
        traces = traces_of(content)
        found = replace(found, pages=traces.pages, problem=traces.problem)
        return _appended(found, traces, beginnings) or _named(found, traces)


def _digests(content: File[bytes]) -> tuple[str, list[str]]:
    """SHA-256 of the whole, and of every beginning that ends where a PDF may have ended."""
    content.seek(0)
    data = content.read()
    content.seek(0)
    places: set[int] = set()
    for count, end in enumerate(ENDS.finditer(data)):
        if count == ENDS_TRIED:
            break
        # With the end of the line and without it: the next object may begin either way.
        places |= {end.start() + 5, end.start() + 6, end.end()}
    digest, last, beginnings = hashlib.sha256(), 0, []
    view = memoryview(data)
    for place in sorted(place for place in places if place < len(data)):
        digest.update(view[last:place])
        last = place
        beginnings.append(digest.copy().hexdigest())
    digest.update(view[last:])
    return digest.hexdigest(), beginnings


def _appended(found: Comparison, traces: Traces, beginnings: list[str]) -> Comparison | None:
    """One of ours with something behind it; the longest beginning counts."""
    rows = renditions_with(beginnings) if beginnings else []
    if not rows:
        return None
    row = max(rows, key=lambda item: item.file.size)
    found = replace(found, outcome=Outcome.APPENDED, renditions=(row,), documents=(row.document,))
    # A scan's own words were never compared with the document's: they prove nothing.
    return _with_text(found, traces, [row] if row.kind != "scanned" else [])


def _named(found: Comparison, traces: Traces) -> Comparison:
    """What the file says of itself."""
    documents = documents_by_code(traces.codes)
    if len(documents) > 1:
        return replace(found, outcome=Outcome.SEVERAL, documents=tuple(documents))
    outcome = Outcome.BEARS
    if not documents:
        outcome = Outcome.CITES
        for number in traces.numbers:
            documents = documents or documents_by_number([number])
    if not documents:
        return found
    found = replace(found, outcome=outcome, documents=(documents[0],))
    kept = [row for row in renditions_of(documents[0]) if row.kind == "unsigned"]
    return _with_text(found, traces, kept)


def differing_pages(one: Traces, other: Traces) -> tuple[int, ...]:
    """The pages whose text is not the same in both, from 1."""
    longest = max(len(one.texts), len(other.texts))
    return tuple(
        place + 1
        for place in range(longest)
        if one.texts[place : place + 1] != other.texts[place : place + 1]
    )


def _with_text(found: Comparison, traces: Traces, kept: list[Rendition]) -> Comparison:
    """The pages whose text differs from the nearest of what is kept."""
    if traces.problem or not traces.has_text:
        return found
    nearest: tuple[tuple[int, ...], int] | None = None
    for row in kept:
        if row.file.content_type != "application/pdf":
            continue
        theirs = traces_of_stored(row.file)
        if theirs.problem or not theirs.has_text:
            continue
        pages = differing_pages(traces, theirs)
        if nearest is None or len(pages) < len(nearest[0]):
            nearest = (pages, theirs.pages)
    if nearest is None:
        return found
    differing, total = nearest
    return replace(found, same_text=not differing, differing=differing, kept_pages=total)
