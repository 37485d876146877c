"""All evidence of an application as one PDF (佐证材料合订本), made by a job.

The stamped request first, then each file once, in the order of the index, on plain pages with the
page numbers of the volume and a bookmark under its criterion; in front a cover, the index, and the
list of what could not be bound with the reason. Files are taken one by one through a folder on the
disk and made plain by a confined process, so that neither size nor content of one disturbs the
others. Repeating it is harmless: what a killed worker left is thrown away, and the volume is stored
whole at the end.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.documents.bundling import Part, write_merged
from portal.core.documents.printing import printed
from portal.core.errors import require
from portal.core.files import store_path
from portal.core.ledger import canonical
from portal.core.models import Job, StoredFile
from portal.core.previews.kinds import Way, kind_of
from portal.core.previews.workshop import NoConverter, Unusable, bind, convert
from portal.core.uploads import may_download
from towns.evidence_bound import bound_declared, request_declared
from towns.evidence_index import Index, IndexGroup, IndexRow
from towns.evidence_papers import front, group_label, printable
from towns.evidence_policies import may_merge_evidence
from towns.evidence_queries import (
    evidence_declared,
    indexed,
    pieces_of,
)
from towns.models import Application
from towns.owners import scan_of

KIND: Final = "towns.merge_evidence"
PDF: Final = "application/pdf"
OTHER_KIND = "这种格式不能转为 PDF"
NO_PROGRAM = "服务器没有安装转换程序，Office 文件不能合并"
NOT_CONVERTED = "转换为 PDF 时出错或者用时过长"
NOT_ON_DISK = "文件在服务器上读不到"
# Trials until the index that names the pages is as long as the index that was counted with.
TRIALS: Final = 4
# Size of the stamped numbers and the height at which they stand, in points.
STAMP: Final = 10
FOOT: Final = 16
Say = Callable[[int, int, str], None]


class Left(NamedTuple):
    """A piece that could not be bound, and why."""

    number: str
    title: str
    name: str
    reason: str


def mark_of(declared: list[dict[str, Any]]) -> str:
    """What tells one list of pieces from another."""
    return hashlib.sha256(canonical({"evidence": declared}).encode()).hexdigest()[:16]


def request_volume(actor: Actor, application: Application) -> Job:
    """Queue the volume; two clicks are one job, and a finished one may be made anew.

    ValidationError where there is nothing to bind.
    """
    require(may_merge_evidence(actor, application))
    declared = evidence_declared(application, actor)
    if not declared:
        raise ValidationError("还没有佐证材料，没有可以合并的。")
    mark = mark_of(bound_declared(declared, request_declared(application, actor)))
    post = actor.post.pk if actor.post else 0
    key = f"evidence:{application.pk}:{post}:{mark}"
    done = Job.objects.visible_to(actor).filter(kind=KIND, key__startswith=key, state=JobState.DONE)
    return jobs.enqueue(
        KIND,
        actor=actor,
        label=f"合并佐证材料 {application.town.name}"[:200],
        key=f"{key}:{done.count()}",
        arguments={"application": application.pk, "mark": mark},
    )


def latest_volume(actor: Actor, application: Application) -> Job | None:
    """The last volume that the acting post asked for, whatever became of it."""
    rows = Job.objects.visible_to(actor).filter(kind=KIND, arguments__application=application.pk)
    return rows.select_related("file").order_by("-pk").first()


def make_volume(actor: Actor, application: Application, run: jobs.Run) -> dict[str, Any]:
    """Bind what the actor sees; the result of the job."""
    require(may_merge_evidence(actor, application))
    evidence, request = evidence_declared(application, actor), request_declared(application, actor)
    declared, scan = bound_declared(evidence, request), scan_of(application, request)
    files = {scan.sha256: scan} if scan is not None else {}
    files |= {row.file.sha256: row.file for row in pieces_of(evidence).values()}
    with _scratch(run) as folder:
        plain, reasons = _all_plain(files, actor, folder, run.progress)
        run.progress(len(files), len(files) + 1, "正在编目录、加页码")
        counts = {sha256: _pages(path) for sha256, path in plain.items()}
        index, cover, left = _front(application, declared, counts, reasons, folder)
        parts = [Part("封面和目录", opener(cover))]
        parts += [
            _part(group, row, plain[row.sha256])
            for group in index.groups
            for row in group.rows
            if not row.first and row.begins is not None
        ]
        target = folder / "volume.pdf"
        title = f"{application.town.name}佐证材料"
        with target.open("wb+") as handle:
            pages = write_merged(
                handle,
                parts,
                title=title,
                author=application.town.county.name,
                made_at=clock.now(),
            )
            handle.seek(0)
            stored = store_path(File(handle), f"{title}.pdf", PDF, actor)
    told = f"共 {pages} 页" + (f"，{len(left)} 份没有合并" if left else "")
    run.progress(len(files) + 1, len(files) + 1, told)
    return {
        "file": stored.pk,
        "sha256": stored.sha256,
        "pages": pages,
        "bound": len(plain),
        "left": [row._asdict() for row in left],
    }


def _front(
    application: Application,
    declared: list[dict[str, Any]],
    counts: Mapping[str, int],
    reasons: Mapping[str, str],
    folder: Path,
) -> tuple[Index, Path, list[Left]]:
    """Cover, index and what is left out; set until the pages it names are those that follow it."""
    path, length = folder / "front.pdf", 2
    for _ in range(TRIALS):
        index = indexed(application, declared, counts, begins_at=length + 1)
        left = [
            Left(row.number, row.title, row.name, reasons[row.sha256])
            for row in index.rows
            if row.sha256 in reasons and not row.first
        ]
        rendered = printed(printable(front(application, index, reasons)))
        path.write_bytes(rendered.pdf)
        if rendered.pages == length:
            break
        length = rendered.pages
    return index, path, left


def _part(group: IndexGroup, row: IndexRow, plain: Path) -> Part:
    """A file with the page numbers of the volume and its number on every page."""
    stamped = plain.with_name("stamped.pdf")
    assert row.begins is not None
    _stamp(plain, stamped, row.number, row.begins)
    plain.unlink()
    return Part(f"{row.number} {row.title}", opener(stamped), group_label(group))


def opener(path: Path) -> Callable[[], BinaryIO]:
    """What opens a file when its turn comes."""
    return lambda: path.open("rb")


def _stamp(source: Path, target: Path, number: str, first: int) -> None:
    # Inside the functions: only the worker that binds has to load it.
    import pikepdf  # noqa: PLC0415

    with pikepdf.open(source) as found:
        font = found.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
        for place, page in enumerate(found.pages):
            across = float(page.mediabox[2]) - float(page.mediabox[0])
            name = page.add_resource(font, pikepdf.Name.Font, prefix="Volume")
            page.contents_add(b"q", prepend=True)
            page.contents_add(_mark(str(name), number, first + place, across).encode())
        found.save(target)


def _mark(font: str, number: str, page: int, across: float) -> str:
    """- 12 - in the middle of the foot, the number of the piece at its right, on white."""
    words = ((f"- {page} -", lambda width: (across - width) / 2), (number, _right(across)))
    drawn = ["Q q"]
    for text, place in words:
        width = len(text) * STAMP * 0.56
        left = place(width)
        drawn.append(
            f"1 g {left - 3:.2f} {FOOT - 3:.2f} {width + 6:.2f} {STAMP + 4:.2f} re f 0 g "
            f"BT {font} {STAMP} Tf {left:.2f} {FOOT:.2f} Td ({text}) Tj ET"
        )
    return "\n".join([*drawn, "Q"])


def _right(across: float) -> Callable[[float], float]:
    return lambda width: across - width - 20


def _pages(path: Path) -> int:
    import pikepdf  # noqa: PLC0415

    with pikepdf.open(path) as found:
        return len(found.pages)


@contextlib.contextmanager
def _scratch(run: jobs.Run) -> Iterator[Path]:
    """A folder for this attempt; those of attempts that died are removed."""
    base = Path(settings.PORTAL_DATA_DIR).resolve() / "volumes"
    base.mkdir(parents=True, exist_ok=True)
    for left in base.glob(f"{run.job.pk}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = base / f"{run.job.pk}-{run.attempt}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _all_plain(
    files: Mapping[str, StoredFile], actor: Actor, folder: Path, say: Say
) -> tuple[dict[str, Path], dict[str, str]]:
    """Each file as plain pages on the disk, or why not, by its digest."""
    plain: dict[str, Path] = {}
    reasons: dict[str, str] = {}
    for number, (sha256, stored) in enumerate(files.items(), start=1):
        say(number - 1, len(files) + 1, f"第 {number} 份，共 {len(files)} 份：{stored.name}")
        try:
            plain[sha256] = _plain(stored, actor, folder / str(number))
        except Unusable as error:
            reasons[sha256] = str(error)
    return plain, reasons


def _plain(stored: StoredFile, actor: Actor, folder: Path) -> Path:
    verdict = may_download(stored, actor)
    if not verdict.ok:
        raise Unusable(verdict.reason.rstrip("。"))
    kind = kind_of(stored)
    if kind is None:
        raise Unusable(OTHER_KIND)
    folder.mkdir()
    source = folder / f"source.{kind.extension}"
    try:
        with stored.file.open("rb") as original, source.open("wb") as target:
            shutil.copyfileobj(original, target)
    except OSError as error:
        raise Unusable(NOT_ON_DISK) from error
    way = kind.way
    if way == Way.OFFICE:
        try:
            source, way = convert(source, folder), Way.PDF
        except NoConverter as error:
            raise Unusable(NO_PROGRAM) from error
        except Unusable as error:
            raise Unusable(NOT_CONVERTED) from error
    result = folder / "plain.pdf"
    bind(way, source, result)
    source.unlink()
    return result
