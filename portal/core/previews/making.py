"""Ask for page images, and store what the programs make, page by page.

Safe to repeat at any point: a page is there when its row is there, its image lies under a name of
its own, and what a killed worker left half is written over.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.base import File

from portal.core import jobs
from portal.core.actor import SYSTEM
from portal.core.constants import Preview, Scan
from portal.core.errors import Refused
from portal.core.models import FilePage, Job, StoredFile
from portal.core.previews.kinds import INFECTED, OTHER_KIND, Kind, Way, kind_of
from portal.core.previews.workshop import NoConverter, Rendered, Total, Unusable, convert, render

TRUNCATED = "共 {total} 页，只预览前 {shown} 页，其余请下载查看。"
STOPPED = "第 {number} 页起不能预览：{reason}"


def request_preview(stored: StoredFile, *, again: bool = False) -> Job | None:
    """Have the page images made, once; None where there is nothing to wait for.

    ``again`` tries once more what failed or could not be converted: a converter may have been
    installed since.
    """
    if stored.preview == Preview.READY or stored.scan == Scan.INFECTED:
        return None
    if kind_of(stored) is None:
        if stored.preview != Preview.UNSUPPORTED:
            _say(stored, Preview.UNSUPPORTED, OTHER_KIND)
        return None
    if stored.preview in (Preview.FAILED, Preview.UNSUPPORTED) and not again:
        return None
    job = jobs.enqueue(
        "core.preview_file",
        # Nobody's own work: it must go on whoever leaves, and stands in nobody's list.
        actor=SYSTEM,
        label=f"生成预览 {stored.name}",
        key=f"preview:{stored.pk}",
        arguments={"file": stored.pk},
    )
    if stored.preview != Preview.MAKING and not job.is_finished:
        _say(stored, Preview.MAKING, "")
    return job


def make_pages(run: jobs.Run, stored: StoredFile, *, width: int = 0) -> int:
    """Render and store the pages that are not there yet; the number of pages to look at.

    ``width`` of the images in pixels is that of the settings unless another one is given.

    Raises Refused with the reason when there is nothing to show.
    """
    kind = kind_of(stored)
    if kind is None or stored.scan == Scan.INFECTED:
        raise _give_up(stored, Preview.UNSUPPORTED, INFECTED if kind else OTHER_KIND)
    with _scratch(stored, run.attempt) as folder:
        try:
            source = _source(stored, kind, folder)
        except NoConverter as error:
            raise _give_up(stored, Preview.UNSUPPORTED, str(error)) from error
        except Unusable as error:
            raise _give_up(stored, Preview.FAILED, str(error)) from error
        way = Way.PDF if kind.way == Way.OFFICE else kind.way
        try:
            note = _store_pages(run, stored, way, source, width)
        except Unusable as error:
            there = stored.page_images.count()
            if not there:
                raise _give_up(stored, Preview.FAILED, str(error)) from error
            note = STOPPED.format(number=there + 1, reason=error)
    _say(stored, Preview.READY, note)
    return stored.page_images.count()


def _store_pages(run: jobs.Run, stored: StoredFile, way: Way, source: Path, width: int) -> str:
    limit = settings.PORTAL_PREVIEW_PAGES
    there = stored.page_images.count()  # stored in their order, so these are the first ones
    total = pages = 0
    for made in render(way, source, source.parent, there + 1, limit, width=width):
        if isinstance(made, Total):
            pages, total = made.pages, min(made.pages, limit)
            if stored.pages != pages:
                stored.pages = pages
                stored.save(update_fields=["pages"])
        else:
            _keep(stored, made)
            run.progress(made.number, total, f"第 {made.number} 页，共 {total} 页")
    return TRUNCATED.format(total=pages, shown=limit) if pages > limit else ""


def _keep(stored: StoredFile, made: Rendered) -> None:
    """Store one page image: the file first, then its row."""
    storage = stored.file.storage
    name = f"pages/{stored.sha256[:2]}/{stored.sha256}-{stored.pk}/{made.number}.webp"
    storage.delete(name)  # left by a worker that died between the file and its row
    with made.path.open("rb") as image:
        name = storage.save(name, File(image))
    made.path.unlink()
    FilePage.objects.get_or_create(
        source=stored,
        number=made.number,
        defaults={"image": name, "width": made.width, "height": made.height},
    )


def _source(stored: StoredFile, kind: Kind, folder: Path) -> Path:
    """A copy of the file for the programs to read; as PDF where it is an Office file."""
    copy = folder / f"source.{kind.extension}"
    with stored.file.open("rb") as original, copy.open("wb") as target:
        shutil.copyfileobj(original, target)
    return convert(copy, folder) if kind.way == Way.OFFICE else copy


@contextlib.contextmanager
def _scratch(stored: StoredFile, attempt: int) -> Iterator[Path]:
    """A folder for this attempt; those of attempts that died are removed."""
    base = Path(settings.PORTAL_DATA_DIR).resolve() / "previews"
    base.mkdir(parents=True, exist_ok=True)
    for left in base.glob(f"{stored.pk}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = base / f"{stored.pk}-{attempt}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _say(stored: StoredFile, preview: Preview, note: str) -> None:
    stored.preview, stored.preview_note = preview.value, note[:200]
    stored.save(update_fields=["preview", "preview_note"])


def _give_up(stored: StoredFile, preview: Preview, reason: str) -> Refused:
    _say(stored, preview, reason)
    return Refused(reason)


def job_of(stored: StoredFile) -> Job | None:
    """The job that makes the page images; whoever reads the file sees how far it is."""
    return Job.objects.filter(key=f"preview:{stored.pk}").first()
