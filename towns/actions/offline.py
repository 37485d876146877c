"""The workbook of an application on its way back: uploaded, rehearsed, then entered as a whole.

Uploading and rehearsing write nothing but the import's own row; entering is one transaction with
one entry in the ledger that names the workbook and its digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction

from portal.core import clock, jobs
from portal.core.actions.workbooks import ENDING, REPORT_TYPE, XLSX_TYPE, digest_of, marked_name
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.constants import ImportState, JobState
from portal.core.digests import ALGORITHM
from portal.core.errors import Refused, Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload, store_path
from portal.core.ledger import record
from portal.core.models import ImportRun, Post, hold_in_scope
from portal.core.workbooks.archive import check_archive
from towns.models import Application
from towns.offline.comparing import Decisions
from towns.offline.entering import Progress, enter
from towns.offline.report import Report
from towns.policies import may_edit_application

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from towns.offline.reading import Uploaded

KIND = "application"
CHANGED = "检查之后平台上的内容又有变化，整份没有写入。请看过下面的内容，再确认一次。"
NOTHING = "表格中的内容与平台上一致，没有需要写入的。"
UNDECIDED = "有 {} 项在下载表格之后平台上也改过，请逐项选择保留哪一个。"
WRONG = "表中有 {} 处问题，整份没有写入。请改正后重新上传。"
ASKS = "有 {} 处数值与上年相差百倍。请核对单位；无误的，勾选后再确认。"
ENDED = {
    ImportState.WAITING: "表格还在检查，请稍候。",
    ImportState.COMMITTING: "正在写入，请等待完成。",
    ImportState.COMMITTED: "这份表格已经写入，无需重复操作。",
    ImportState.ABANDONED: "这次上传已放弃。如需写入，请重新上传。",
    ImportState.FAILED: "这份表格没有通过检查。请按原因修改后重新上传。",
}


def start_offline(*, actor: Actor, application: Application, upload: UploadedFile) -> ImportRun:
    """Take the workbook in and queue its rehearsal. ValidationError is keyed ``upload``."""
    require(may_edit_application(actor, application))
    try:
        if not (upload.name or "").lower().endswith(ENDING):
            raise ValidationError("请上传 xlsx 工作簿。其他格式请用表格软件另存为 xlsx。")
        check_archive(upload)
        prepared = prepare_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"upload": error.messages}) from error
    return _start(actor, application, prepared)


@transaction.atomic
def _start(actor: Actor, application: Application, prepared: Prepared) -> ImportRun:
    # One upload of a post at a time, so that a second press of the button finds the first.
    post = Post.objects.select_for_update(no_key=True).get(pk=acting_seat(actor).pk)
    require(may_edit_application(actor, application))
    same = runs_of(actor, application).filter(
        book__sha256=prepared.checked.sha256, state=ImportState.WAITING
    )
    waiting = same.exclude(job__state=JobState.FAILED).first()
    if waiting is not None:
        return waiting
    run = ImportRun.objects.create(
        kind=KIND,
        office=acting_office(actor),
        post=post,
        created_by=acting_user(actor),
        created_name=actor.name,
        book=keep_upload(prepared, actor),
        arguments={"application": application.pk},
        created_at=clock.now(),
    )
    _queue(run, actor, "towns.rehearse_offline", "检查申报表格", "")
    hold_in_scope(run, actor)
    return run


def runs_of(actor: Actor, application: Application) -> Any:
    """The uploads of the acting post for an application, newest first."""
    rows = ImportRun.objects.visible_to(actor).filter(kind=KIND)
    return rows.filter(arguments__application=application.pk)


def rehearse_offline(
    *, actor: Actor, run: ImportRun, uploaded: Uploaded, progress: Progress | None = None
) -> Report:
    """What entering the workbook would do now; everything is taken back."""
    with transaction.atomic():
        application = _application(actor, run)
        found = enter(actor, application, uploaded, _decisions(run), run.book.name, progress)
        transaction.set_rollback(True)
    return found


@transaction.atomic
def keep_offline(
    *,
    actor: Actor,
    run: ImportRun,
    report: Report | None,
    files: tuple[File[bytes] | None, File[bytes] | None] = (None, None),
    problem: str = "",
) -> None:
    """Keep what a rehearsal, or an entering that was turned back, found; the import waits again."""
    run = _locked(actor, run)
    if run.state not in (ImportState.WAITING, ImportState.COMMITTING):
        return
    run.problem, run.rehearsed_at = problem[:400], clock.now()
    stored, marked = files
    if report is None or stored is None:
        run.state = ImportState.FAILED
    else:
        run.state, run.counts = ImportState.REHEARSED, report.counts()
        run.report = store_path(stored, "检查报告.json.gz", REPORT_TYPE, actor)
    run.marked = None
    if marked is not None:
        run.marked = store_path(marked, marked_name(run.book.name), XLSX_TYPE, actor)
    run.save()


@transaction.atomic
def commit_offline(
    *,
    actor: Actor,
    run: ImportRun,
    choices: Mapping[str, str],
    seen: Mapping[str, str],
    checked: bool = False,
) -> ImportRun:
    """Queue the entering; a second press changes nothing.

    ``choices``: field -> whose value stands where both sides changed it, ``seen``: what stood when
    that was said. ``checked``: who acts has looked at what leaps.
    """
    run = _locked(actor, run)
    require(may_edit_application(actor, _seen(actor, run)))
    stalled = run.job is not None and run.job.state == JobState.FAILED
    if run.state == ImportState.COMMITTED or (run.state == ImportState.COMMITTING and not stalled):
        return run
    if run.state not in (ImportState.REHEARSED, ImportState.COMMITTING):
        raise Stale(ENDED[ImportState(run.state)])
    counts = run.counts
    if counts.get("refuse"):
        raise Refused(WRONG.format(counts["refuse"]))
    if not counts.get("change"):
        raise Refused(NOTHING)
    if counts.get("conflict", 0) > len(choices):
        raise ValidationError({"choices": UNDECIDED.format(counts["conflict"] - len(choices))})
    if counts.get("asks") and not checked:
        raise ValidationError({"checked": ASKS.format(counts["asks"])})
    run.arguments = {
        **run.arguments,
        "choices": dict(choices),
        "seen": dict(seen),
        "asks": counts.get("asks", 0),
    }
    run.state, run.problem = ImportState.COMMITTING, ""
    _queue(run, actor, "towns.enter_offline", "写入申报表格", f":{run.job_id}")
    hold_in_scope(run, actor)
    return run


def enter_offline(
    *, actor: Actor, run: ImportRun, uploaded: Uploaded, progress: Progress | None = None
) -> Report | None:
    """Enter the workbook or nothing of it; the report when it cannot be entered as it was shown."""
    with transaction.atomic():
        run = _locked(actor, run)
        if run.state != ImportState.COMMITTING:
            return None
        application = _application(actor, run)
        found = enter(actor, application, uploaded, _decisions(run), run.book.name, progress)
        if found.problems or found.undecided or len(found.asks) > run.arguments.get("asks", 0):
            transaction.set_rollback(True)
            return found
        _entered(actor, run, application, found)
    return None


def _entered(actor: Actor, run: ImportRun, application: Application, found: Report) -> None:
    counts = found.counts()
    kept = sum(row.chosen == "theirs" for row in found.changes)
    run.state, run.counts, run.committed_at = ImportState.COMMITTED, counts, clock.now()
    summary = f"上传申报表格“{run.book.name}”：写入 {counts['change'] - kept} 处"
    run.entry = record(
        actor,
        "import_application",
        application,
        summary + (f"，{kept} 处保留平台上的内容" if kept else ""),
        data={
            "file": run.book.name,
            "sha256": run.book.sha256,
            "digest": digest_of(run.book),
            "algorithm": ALGORITHM,
            "counts": counts,
            "fields": sorted(row.key for row in found.changes if row.chosen != "theirs")[:500],
        },
        scope_code=application.scope_code,
        audience="unit",
    )
    run.save()
    hold_in_scope(application, actor)


@transaction.atomic
def abandon_offline(*, actor: Actor, run: ImportRun) -> ImportRun:
    """Leave a workbook unentered; its report stays. A second press changes nothing."""
    run = _locked(actor, run)
    stalled = run.job is not None and run.job.state == JobState.FAILED
    if run.state == ImportState.ABANDONED:
        return run
    if run.state == ImportState.COMMITTED or (run.state == ImportState.COMMITTING and not stalled):
        raise Stale(ENDED[ImportState(run.state)])
    run.state = ImportState.ABANDONED
    run.save(update_fields=["state"])
    hold_in_scope(run, actor)
    return run


def _queue(run: ImportRun, actor: Actor, kind: str, label: str, again: str) -> None:
    run.job = jobs.enqueue(
        kind,
        actor=actor,
        label=f"{label}：{run.book.name}",
        key=f"{kind}:{run.pk}{again}",
        arguments={"run": run.pk},
    )
    run.save()


def _decisions(run: ImportRun) -> Decisions:
    return Decisions(run.arguments.get("choices", {}), run.arguments.get("seen", {}))


def _seen(actor: Actor, run: ImportRun) -> Application:
    rows = Application.objects.visible_to(actor).select_related("town__county", "round")
    return rows.get(pk=run.arguments["application"])


def _application(actor: Actor, run: ImportRun) -> Application:
    """The application, locked; Refused when it cannot be edited any more."""
    rows = Application.objects.visible_to(actor).select_for_update(of=("self",))
    application = rows.select_related("town__county", "round__office__region", "criteria_set").get(
        pk=run.arguments["application"]
    )
    require(may_edit_application(actor, application))
    return application


def _locked(actor: Actor, run: ImportRun) -> ImportRun:
    rows = ImportRun.objects.visible_to(actor).filter(kind=KIND)
    rows = rows.select_for_update(of=("self",))
    return rows.select_related("job", "office", "post", "book").get(pk=run.pk)
