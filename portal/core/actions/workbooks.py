"""Importing a workbook: uploaded and rehearsed, then entered whole or not at all, or abandoned.

The work itself is done by the jobs of ``portal.core.workbook_tasks``. Uploading and rehearsing
write nothing but the import's own row; the commit is one entry in the ledger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import IntegrityError, transaction

from portal.core import clock, jobs
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.constants import ImportState, JobState
from portal.core.digests import ALGORITHM
from portal.core.errors import Refused, Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload, store_path
from portal.core.ledger import record
from portal.core.models import ImportRun, ImportTurn, Post, StoredFile, hold_in_scope
from portal.core.workbooks.archive import check_archive
from portal.core.workbooks.engine import Book, Rehearsal, refused_or_counts
from portal.core.workbooks.registry import importer_of
from portal.core.workbooks.spec import ASKS, OUTCOMES, Importer, Outcome

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

ENDING = ".xlsx"
MARKED = "（检查结果）"
REPORT_TYPE = "application/gzip"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDED = {
    ImportState.COMMITTED: "这份导入表已经导入，无需重复操作。",
    ImportState.ABANDONED: "这份导入已放弃。如需导入，请重新上传。",
    ImportState.FAILED: "这份导入表没有通过检查，不能导入。请按原因修改后重新上传。",
    ImportState.WAITING: "导入表还在检查，请稍候。",
    ImportState.COMMITTING: "正在导入，不能放弃。请等待完成。",
}


@dataclass
class Checked:
    """What a rehearsal found: the files are open ones; no report when it could not be read."""

    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    reading: dict[str, Any] = field(default_factory=dict)
    report: File[bytes] | None = None
    marked: File[bytes] | None = None


def start_import(
    *,
    actor: Actor,
    kind: str,
    upload: UploadedFile,
    place: str = "",
    back: Mapping[str, Any] | None = None,
) -> ImportRun:
    """Take a workbook in and queue its rehearsal.

    The same bytes sent twice while they wait are one import. ``place``: see ``Importer``.
    ``back``: where the uploader came from, kept for the pages of the import.
    ValidationError is keyed ``upload`` or ``place``.
    """
    importer = importer_of(kind)
    require(importer.may_import(actor))
    if place and place not in dict(importer.places(actor)):
        raise ValidationError({"place": "请从列表中选择。"})
    try:
        if not (upload.name or "").lower().endswith(ENDING):
            raise ValidationError("请上传 xlsx 工作簿。其他格式请用表格软件另存为 xlsx。")
        check_archive(upload)
        prepared = prepare_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"upload": error.messages}) from error
    arguments = {"place": place} if place else {}
    return _start_import(actor, kind, prepared, arguments | ({"back": dict(back)} if back else {}))


@transaction.atomic
def _start_import(
    actor: Actor, kind: str, prepared: Prepared, arguments: dict[str, Any]
) -> ImportRun:
    """Keep a workbook that was looked into, and queue its rehearsal."""
    importer = importer_of(kind)
    require(importer.may_import(actor))
    # One upload of a post at a time, so that a second press of the button finds the first.
    post = Post.objects.select_for_update(no_key=True).get(pk=acting_seat(actor).pk)
    waiting = _waiting(actor, kind, prepared.checked.sha256, arguments.get("place", ""))
    if waiting is not None:
        return waiting
    stored = keep_upload(prepared, actor)
    run = ImportRun.objects.create(
        kind=kind,
        office=acting_office(actor),
        post=post,
        created_by=acting_user(actor),
        created_name=actor.name,
        book=stored,
        arguments=arguments,
        created_at=clock.now(),
    )
    run.job = jobs.enqueue(
        "core.rehearse_workbook",
        actor=actor,
        label=f"检查导入表：{importer.label}",
        key=f"rehearse-workbook:{run.pk}",
        arguments={"run": run.pk},
    )
    run.save(update_fields=["job"])
    hold_in_scope(run, actor)
    return run


@transaction.atomic
def commit_import(*, actor: Actor, run: ImportRun, checked: bool = False) -> ImportRun:
    """Queue the entering of a rehearsed workbook; a second press changes nothing.

    ``checked``: the actor has looked at the rows that ask; without it ValidationError, keyed so.
    Refused while rows have problems or nothing would change. What the rows would do is checked
    once more against the database as it then stands.
    """
    run = _locked(actor, run)
    importer = importer_of(run.kind)
    require(importer.may_import(actor))
    stalled = run.job is not None and run.job.state == JobState.FAILED
    if run.state == ImportState.COMMITTED or (run.state == ImportState.COMMITTING and not stalled):
        return run
    if run.state not in (ImportState.REHEARSED, ImportState.COMMITTING):
        raise Stale(ENDED[ImportState(run.state)])
    if wrong := run.counts.get(Outcome.REFUSE, 0):
        raise Refused(f"表中有 {wrong} 行有问题，整份不导入。请在表格中改正后重新上传。")
    if not any(run.counts.get(key, 0) for key in (Outcome.ADD, Outcome.CHANGE)):
        raise Refused("表中各行与系统中的数据一致，没有需要导入的内容。")
    asks = run.counts.get(ASKS, 0)
    # Entering that failed is started again by whoever has said so.
    if asks and not checked and run.state == ImportState.REHEARSED:
        text = f"有 {asks} 行的数值与上年相差百倍。请逐行核对单位；无误的，勾选后再确认导入。"
        raise ValidationError({"checked": text})
    run.state, run.problem = ImportState.COMMITTING, ""
    run.job = jobs.enqueue(
        "core.commit_workbook",
        actor=actor,
        label=f"导入：{importer.label}",
        # A commit that was turned back is followed by a job of its own.
        key=f"commit-workbook:{run.pk}:{run.job_id}",
        arguments={"run": run.pk},
    )
    run.save(update_fields=["state", "problem", "job"])
    hold_in_scope(run, actor)
    return run


@transaction.atomic
def abandon_import(*, actor: Actor, run: ImportRun) -> ImportRun:
    """Leave a workbook unentered; its report stays. A second press changes nothing."""
    run = _locked(actor, run)
    require(importer_of(run.kind).may_import(actor))
    stalled = run.job is not None and run.job.state == JobState.FAILED
    if run.state == ImportState.ABANDONED:
        return run
    if run.state == ImportState.COMMITTED or (run.state == ImportState.COMMITTING and not stalled):
        raise Stale(ENDED[ImportState(run.state)])
    run.state = ImportState.ABANDONED
    run.save(update_fields=["state"])
    hold_in_scope(run, actor)
    return run


@transaction.atomic
def keep_rehearsal(*, actor: Actor, run: ImportRun, checked: Checked) -> bool:
    """Keep what a rehearsal found; False when the import was abandoned or rehearsed meanwhile."""
    run = _locked(actor, run)
    if run.state != ImportState.WAITING:
        return False
    run.arguments = {**run.arguments, "reading": checked.reading}
    _keep(run, actor, checked)
    run.state = ImportState.FAILED if checked.report is None else ImportState.REHEARSED
    run.rehearsed_at = clock.now()
    run.save()
    return True


def enter_workbook(*, actor: Actor, run: ImportRun, book: Book) -> Rehearsal | None:
    """Enter every row of a workbook or none of them, with one entry in the ledger.

    Its rows are checked against the database as it stands, under the lock of their kind. None when
    they are entered or there is nothing to do any more; the rehearsal when some are refused now.
    """
    for last in (False, False, True):
        try:
            return _enter(actor, run, book)
        except IntegrityError:
            # Somebody entered one of the same rows on a page in this very moment: look again.
            if last:
                raise
    return None


@transaction.atomic
def _enter(actor: Actor, run: ImportRun, book: Book) -> Rehearsal | None:
    ImportTurn.objects.get_or_create(kind=run.kind)
    ImportTurn.objects.select_for_update().get(kind=run.kind)
    run = _locked(actor, run)
    if run.state != ImportState.COMMITTING:
        return None
    importer = importer_for(run, actor)
    require(importer.may_import(actor))
    importer.lock(actor, book.rows)
    session = importer.begin(actor, book.rows)
    refused, counts = refused_or_counts(session, importer, book, run.counts.get(ASKS, 0))
    if refused is not None:
        return refused
    session.book_name = run.book.name
    written = session.write()
    run.state, run.counts, run.committed_at = ImportState.COMMITTED, counts, clock.now()
    entered = "，".join(f"{word} {counts[key]} 行" for key, word in OUTCOMES.items() if counts[key])
    if asks := counts.get(ASKS, 0):
        entered += f"，其中已核对与上年相差百倍的 {asks} 行"
    run.entry = record(
        actor,
        f"import_{run.kind}",
        run,
        f"导入{importer.label}“{run.book.name}”：{entered}",
        data={
            "file": run.book.name,
            "sha256": run.book.sha256,
            "digest": digest_of(run.book),
            "algorithm": ALGORITHM,
            "counts": counts,
            **written,
        },
        scope_code=session.scope_code,
        audience=session.audience,
    )
    run.save()
    hold_in_scope(run, actor)
    return None


@transaction.atomic
def turn_back_import(*, actor: Actor, run: ImportRun, checked: Checked) -> None:
    """An import that can no longer be entered waits again, with what is now wrong."""
    run = _locked(actor, run)
    if run.state != ImportState.COMMITTING:
        return
    _keep(run, actor, checked)
    run.state, run.rehearsed_at = ImportState.REHEARSED, clock.now()
    run.save()


def _keep(run: ImportRun, actor: Actor, checked: Checked) -> None:
    run.counts, run.problem = checked.counts, checked.problem[:400]
    if checked.report is not None:
        run.report = store_path(checked.report, "检查报告.jsonl.gz", REPORT_TYPE, actor)
    run.marked = None
    if checked.marked is not None:
        run.marked = store_path(checked.marked, marked_name(run.book.name), XLSX_TYPE, actor)


def marked_name(name: str) -> str:
    """The name of a workbook's marked copy."""
    stem = name.rpartition(".")[0] or name
    return f"{stem.removesuffix(MARKED)}{MARKED}.xlsx"


def digest_of(stored: StoredFile) -> str:
    """The workbook's digest by the ledger's own algorithm."""
    digest = hashlib.new(ALGORITHM)
    with stored.file.open("rb") as handle:
        for chunk in iter(lambda: handle.read(1024 * 1024), b""):
            digest.update(chunk)
    return digest.hexdigest()


def importer_for(run: ImportRun, actor: Actor) -> Importer:
    """The importer of a workbook as the actor has it, for the place that was chosen."""
    importer = importer_of(run.kind).for_actor(actor)
    place = run.arguments.get("place", "")
    return importer.for_place(place) if place else importer


def _waiting(actor: Actor, kind: str, sha256: str, place: str) -> ImportRun | None:
    """The import of the same bytes that is still being rehearsed."""
    same = ImportRun.objects.visible_to(actor).filter(
        kind=kind, book__sha256=sha256, state=ImportState.WAITING
    )
    rows = same.exclude(job__state=JobState.FAILED)
    return next((row for row in rows if row.arguments.get("place", "") == place), None)


def _locked(actor: Actor, run: ImportRun) -> ImportRun:
    """The import as it now stands, locked; DoesNotExist when the actor does not see it."""
    rows = ImportRun.objects.visible_to(actor).select_for_update(of=("self",))
    return rows.select_related("job", "office", "post", "book").get(pk=run.pk)
