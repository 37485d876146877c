"""Importing a workbook: uploaded and rehearsed, then entered whole or not at all, or abandoned.

The work itself is done by the jobs of ``portal.core.workbook_tasks``. Uploading and rehearsing
write nothing but the import's own row; the commit is one entry in the ledger.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock, jobs
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.constants import ImportState, JobState
from portal.core.errors import Refused, Stale, require
from portal.core.files import store_upload
from portal.core.models import ImportRun, Post, hold_in_scope
from portal.core.workbooks.archive import check_archive
from portal.core.workbooks.registry import importer_of
from portal.core.workbooks.spec import Outcome

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

ENDING = ".xlsx"
ENDED = {
    ImportState.COMMITTED: "这份导入表已经导入，无需重复操作。",
    ImportState.ABANDONED: "这份导入已放弃。如需导入，请重新上传。",
    ImportState.FAILED: "这份导入表没有通过检查，不能导入。请按原因修改后重新上传。",
    ImportState.WAITING: "导入表还在检查，请稍候。",
    ImportState.COMMITTING: "正在导入，不能放弃。请等待完成。",
}


@transaction.atomic
def start_import(*, actor: Actor, kind: str, upload: UploadedFile) -> ImportRun:
    """Take a workbook in and queue its rehearsal.

    The same bytes sent twice while they wait are one import. ValidationError is keyed ``upload``.
    """
    importer = importer_of(kind)
    require(importer.may_import(actor))
    # One upload of a post at a time, so that a second press of the button finds the first.
    post = Post.objects.select_for_update(no_key=True).get(pk=acting_seat(actor).pk)
    try:
        if not (upload.name or "").lower().endswith(ENDING):
            raise ValidationError("请上传 xlsx 工作簿。其他格式请用表格软件另存为 xlsx。")
        check_archive(upload)
        waiting = _waiting(actor, kind, upload)
        if waiting is not None:
            return waiting
        stored = store_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"upload": error.messages}) from error
    run = ImportRun.objects.create(
        kind=kind,
        office=acting_office(actor),
        post=post,
        created_by=acting_user(actor),
        created_name=actor.name,
        book=stored,
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
def commit_import(*, actor: Actor, run: ImportRun) -> ImportRun:
    """Queue the entering of a rehearsed workbook; a second press changes nothing.

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


def _waiting(actor: Actor, kind: str, upload: UploadedFile) -> ImportRun | None:
    """The import of the same bytes that is still being rehearsed."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    same = ImportRun.objects.visible_to(actor).filter(
        kind=kind, book__sha256=digest.hexdigest(), state=ImportState.WAITING
    )
    return same.exclude(job__state=JobState.FAILED).first()


def _locked(actor: Actor, run: ImportRun) -> ImportRun:
    """The import as it now stands, locked; DoesNotExist when the actor does not see it."""
    rows = ImportRun.objects.visible_to(actor).select_for_update(of=("self",))
    return rows.select_related("job", "office", "post", "book").get(pk=run.pk)
