"""Many PDFs as one zip, and as one merged PDF with a bookmark each. Streams in and out."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple, cast

if TYPE_CHECKING:
    import pikepdf

# Sources stay open until their pages are written: so many at a time.
AT_ONCE: Final = 50
Open = Callable[[], BinaryIO]


class Part(NamedTuple):
    """One PDF: its name for people, how to open it, the bookmark under which its own stands."""

    label: str
    open: Open
    under: str = ""


def numbered_names(labels: Sequence[str]) -> list[str]:
    """A file name for each: its place in front, so that no two are alike and order is kept."""
    digits = max(3, len(str(len(labels))))
    return [f"{place:0{digits}d}-{label}.pdf" for place, label in enumerate(labels, 1)]


def write_zip(target: BinaryIO, parts: Iterable[Part], made_at: datetime) -> None:
    """Put the PDFs into a zip under their labels; PDFs are packed already."""
    stamp = made_at.timetuple()[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for part in parts:
            # Names outside ASCII are written as UTF-8 and marked so.
            entry = zipfile.ZipInfo(part.label, date_time=stamp)
            entry.external_attr = 0o644 << 16
            with part.open() as source, archive.open(entry, "w", force_zip64=True) as member:
                while block := source.read(1 << 20):
                    member.write(block)


def write_merged(
    target: BinaryIO, parts: Sequence[Part], *, title: str, author: str, made_at: datetime
) -> int:
    """Put the PDFs behind each other, with a bookmark each, language and metadata; the pages."""
    # Inside the functions: only the worker that bundles has to load it.
    import pikepdf  # noqa: PLC0415

    claims: set[tuple[str, str]] = set()
    marks: list[tuple[Part, int]] = []
    with ExitStack() as kept:
        merged = kept.enter_context(pikepdf.new())
        for start in range(0, len(parts), AT_ONCE):
            handle = cast("BinaryIO", kept.enter_context(tempfile.TemporaryFile()))
            before = len(merged.pages)
            for part, page in _write_group(handle, parts[start : start + AT_ONCE], claims):
                marks.append((part, before + page))
            group = kept.enter_context(pikepdf.open(handle))
            if not start and "/OutputIntents" in group.Root:
                intents = group.make_indirect(group.Root.OutputIntents)
                merged.Root.OutputIntents = merged.copy_foreign(intents)
            merged.pages.extend(group.pages)
        merged.Root.Lang = pikepdf.String("zh-CN")
        merged.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        with merged.open_outline() as outline:
            above: dict[str, pikepdf.OutlineItem] = {}
            for part, page in marks:
                item = pikepdf.OutlineItem(part.label, page)
                if part.under and part.under not in above:
                    above[part.under] = pikepdf.OutlineItem(part.under, page)
                    outline.root.append(above[part.under])
                (above[part.under].children if part.under else outline.root).append(item)
        _describe(merged, claims, title, author, made_at.isoformat(timespec="seconds"))
        pages = len(merged.pages)
        merged.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return pages


def _write_group(
    target: BinaryIO, parts: Sequence[Part], claims: set[tuple[str, str]]
) -> list[tuple[Part, int]]:
    """Some of the PDFs as one; adds what each claims of PDF/A, gives the first page of each."""
    import pikepdf  # noqa: PLC0415

    marks = []
    with ExitStack() as kept:
        group = kept.enter_context(pikepdf.new())
        for part in parts:
            marks.append((part, len(group.pages)))
            source = kept.enter_context(pikepdf.open(kept.enter_context(part.open())))
            meta = source.open_metadata()
            claims.add((str(meta.get("pdfaid:part", "")), str(meta.get("pdfaid:conformance", ""))))
            if "/OutputIntents" in source.Root and "/OutputIntents" not in group.Root:
                intents = source.make_indirect(source.Root.OutputIntents)
                group.Root.OutputIntents = group.copy_foreign(intents)
            group.pages.extend(source.pages)
        for page in group.pages:
            # The trees of structure stay with the sources: nothing may point into them.
            if "/StructParents" in page.obj:
                del page.obj["/StructParents"]
        group.save(target)
    return marks


def _describe(
    merged: pikepdf.Pdf, claims: set[tuple[str, str]], title: str, author: str, stamp: str
) -> None:
    """Title, author and dates; PDF/A as far as every part is of the same kind."""
    with merged.open_metadata(set_pikepdf_as_editor=False) as meta:
        meta["dc:title"] = title
        meta["dc:creator"] = [author]
        meta["dc:language"] = {"zh-CN"}
        meta["xmp:CreateDate"] = stamp
        meta["xmp:ModifyDate"] = stamp
        part, level = next(iter(claims)) if len(claims) == 1 else ("", "")
        if part:
            # What needs the structure (conformance A) is not claimed for pages put together.
            meta["pdfaid:part"] = part
            meta["pdfaid:conformance"] = "U" if level == "A" else level
