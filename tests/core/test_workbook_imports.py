"""An import from upload to ledger: all or nothing, one entry, safe to press twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from portal.core import jobs
from portal.core.actions.workbooks import abandon_import, commit_import, start_import
from portal.core.actor import Actor
from portal.core.constants import ImportState, JobState
from portal.core.digests import ALGORITHM
from portal.core.errors import Refused, Stale
from portal.core.ledger import chain_of
from portal.core.models import ImportRun, Job, LedgerEntry, StoredFile
from portal.core.workbooks.report import read_report
from portal.core.workbooks.spec import Outcome
from tests.core.sheets import sheet_of, upload_of
from tests.factories import World, end_appointment, make_world, uscc
from towns.models import Enterprise, EnterpriseFigure, EnterpriseName, Membership

HEADER = ("统一社会信用代码", "企业名称", "企业角色", "数据年度", "营业收入（万元）")


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def filer(world: World) -> Actor:
    return world.actor("puxian.filer")


def rows(count: int, start: int = 900_000_000) -> list[list[Any]]:
    """New enterprises."""
    return [
        [uscc(start + number), f"企业{start + number}", "骨干", 2024, number]
        for number in range(count)
    ]


def work(run: ImportRun) -> ImportRun:
    """Do the import's job, as a worker does."""
    assert run.job is not None
    assert jobs.run(run.job.pk) == JobState.DONE
    run.refresh_from_db()
    return run


def rehearsed(actor: Actor, *lines: Sequence[Any], name: str = "企业名单.xlsx") -> ImportRun:
    """An uploaded and rehearsed workbook."""
    return work(
        start_import(actor=actor, kind="enterprises", upload=upload_of(HEADER, *lines, name=name))
    )


def register() -> dict[str, int]:
    """How much the register holds."""
    return {
        model.__name__: model._default_manager.count()
        for model in (Enterprise, EnterpriseName, Membership, EnterpriseFigure, LedgerEntry)
    }


# --- rehearsal --------------------------------------------------------------------------


def test_a_rehearsal_reports_every_row_and_writes_nothing(filer: Actor) -> None:
    before = register()
    run = rehearsed(filer, *rows(3), ["x", "坏", "骨干", 2024, "约"])
    assert register() == before
    assert (run.state, run.problem) == (ImportState.REHEARSED, "")
    assert run.counts == {"add": 3, "change": 0, "same": 0, "refuse": 1}
    assert run.arguments["reading"]["header_row"] == 1
    assert run.report is not None and run.marked is not None
    with run.report.file.open("rb") as handle:
        lines = list(read_report(handle))
    assert [line.number for line in lines] == [2, 3, 4, 5]
    assert [problem.cell for problem in lines[3].problems] == ["A5", "E5"]
    assert run.marked.name == "企业名单（检查结果）.xlsx"
    job = Job.objects.get(key=f"rehearse-workbook:{run.pk}")
    assert job.progress_total == 4 and job.result == {"counts": run.counts}


def test_without_problems_there_is_no_marked_copy(filer: Actor) -> None:
    assert rehearsed(filer, *rows(1)).marked is None


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([("甲", "乙"), (1, 2)], "没有找到表头"),
        ([("企业名称", "企业角色"), ("甲", "骨干")], "缺少列：统一社会信用代码。"),
        ([HEADER], "表头下面没有内容"),
    ],
)
def test_what_cannot_be_read_as_a_whole_says_why(
    filer: Actor, lines: list[tuple[Any, ...]], words: str
) -> None:
    run = work(start_import(actor=filer, kind="enterprises", upload=upload_of(*lines)))
    assert run.state == ImportState.FAILED
    assert words in run.problem
    with pytest.raises(Stale, match="没有通过检查"):
        commit_import(actor=filer, run=run)


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (SimpleUploadedFile("名单.csv", b"a,b"), "请上传 xlsx 工作簿"),
        (SimpleUploadedFile("名单.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xx"), "请上传 xlsx"),
        (SimpleUploadedFile("名单.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1xx"), "旧版 xls"),
        (SimpleUploadedFile("名单.xlsx", b"PK\x03\x04 nothing"), "读不出来"),
    ],
)
def test_what_is_no_workbook_is_refused_at_once(
    filer: Actor, upload: SimpleUploadedFile, words: str
) -> None:
    with pytest.raises(ValidationError, match=words) as error:
        start_import(actor=filer, kind="enterprises", upload=upload)
    assert list(error.value.message_dict) == ["upload"]
    assert not ImportRun.objects.exists() and not StoredFile.objects.exists()


def test_the_same_upload_twice_is_one_import_while_it_waits(filer: Actor) -> None:
    def send() -> ImportRun:
        return start_import(actor=filer, kind="enterprises", upload=upload)

    upload = upload_of(HEADER, *rows(1))
    first = send()
    assert send() == first
    assert StoredFile.objects.count() == Job.objects.count() == 1
    work(first)
    # Once it was checked, an upload is a new check: the register may have changed.
    assert send() != first


def test_only_those_who_keep_a_town_import_its_enterprises(world: World) -> None:
    for name in ("puxian.clerk", "puxian.submitter", "linfen.clerk", "puxian.member"):
        with pytest.raises(Refused, match="由该专业镇的填报人导入"):
            start_import(
                actor=world.actor(name), kind="enterprises", upload=upload_of(HEADER, *rows(1))
            )


# --- commit -----------------------------------------------------------------------------


def test_a_commit_writes_every_row_with_one_entry(filer: Actor, world: World) -> None:
    run = rehearsed(filer, *rows(3))
    entries = LedgerEntry.objects.count()
    run = work(commit_import(actor=filer, run=run))
    assert run.state == ImportState.COMMITTED and run.committed_at is not None
    assert Enterprise.objects.filter(uscc__in=[row[0] for row in rows(3)]).count() == 3
    assert LedgerEntry.objects.count() == entries + 1
    entry = LedgerEntry.objects.latest("pk")
    assert run.entry == entry
    assert (entry.verb, entry.chain) == ("import_enterprises", chain_of(run))
    assert entry.summary == "导入企业名单“企业名单.xlsx”：新增 3 行"
    assert entry.scope_code == world.towns["puxian"].scope_code
    with run.book.file.open("rb") as handle:
        content = handle.read()
    assert run.book.sha256 == hashlib.sha256(content).hexdigest()
    for text in (run.book.sha256, hashlib.new(ALGORITHM, content).hexdigest(), '"add":3'):
        assert text in entry.payload
    clerk = world.actor("puxian.clerk")
    assert LedgerEntry.objects.visible_to(clerk).filter(pk=entry.pk).exists()
    neighbour = world.actor("xixian.clerk")
    assert not LedgerEntry.objects.visible_to(neighbour).filter(pk=entry.pk).exists()


def test_pressing_twice_enters_once(filer: Actor) -> None:
    run = rehearsed(filer, *rows(2))
    first = commit_import(actor=filer, run=run)
    assert commit_import(actor=filer, run=run).job_id == first.job_id
    run = work(first)
    after = register()
    assert commit_import(actor=filer, run=run).state == ImportState.COMMITTED
    jobs.run(first.job_id or 0)
    assert register() == after


def test_one_wrong_row_keeps_all_out(filer: Actor) -> None:
    run = rehearsed(filer, *rows(5), ["x", "坏", "骨干", 2024, 1])
    before = register()
    with pytest.raises(Refused, match="有 1 行有问题，整份不导入"):
        commit_import(actor=filer, run=run)
    run.refresh_from_db()
    assert (run.state, register()) == (ImportState.REHEARSED, before)


def test_nothing_new_is_not_entered(filer: Actor) -> None:
    work(commit_import(actor=filer, run=rehearsed(filer, *rows(2))))
    again = rehearsed(filer, *rows(2), name="再来.xlsx")
    assert again.counts["same"] == 2
    with pytest.raises(Refused, match="没有需要导入的内容"):
        commit_import(actor=filer, run=again)


def test_what_changed_meanwhile_turns_the_whole_back(filer: Actor, world: World) -> None:
    """A code of the sheet was entered under another name in the neighbouring county."""
    run = commit_import(actor=filer, run=rehearsed(filer, *rows(3)))
    code = rows(3)[1][0]
    other = Enterprise.objects.create(uscc=code, name="先登记的公司", entity="enterprise")
    before = register()
    run = work(run)
    assert run.state == ImportState.REHEARSED
    assert "有 1 行现在不能导入，整份没有导入" in run.problem
    assert run.counts == {"add": 2, "change": 0, "same": 0, "refuse": 1}
    assert register() == before
    assert run.report is not None and run.marked is not None
    with run.report.file.open("rb") as handle:
        wrong = [line for line in read_report(handle) if line.outcome == Outcome.REFUSE]
    assert [problem.text for problem in wrong[0].problems] == [
        "该代码已登记为“先登记的公司”，请核对名称或代码。"
    ]
    # Once the cause is gone, the workbook may be checked and entered again.
    other.delete()
    again = rehearsed(filer, *rows(3), name="第二次.xlsx")
    assert work(commit_import(actor=filer, run=again)).state == ImportState.COMMITTED


FAULT = """
CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no space left on device'; END $$;
CREATE TRIGGER fault BEFORE INSERT ON core_ledgerentry EXECUTE FUNCTION fault()
"""


def test_a_write_that_fails_leaves_nothing(filer: Actor) -> None:
    """A fault in the last of the writes: rows, names and entry go back together."""
    run = commit_import(actor=filer, run=rehearsed(filer, *rows(3)))
    before = register()
    with connection.cursor() as cursor:
        cursor.execute(FAULT)
    assert jobs.run(run.job_id or 0) == JobState.FAILED
    assert register() == before
    run.refresh_from_db()
    assert run.state == ImportState.COMMITTING
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER fault ON core_ledgerentry")
    # The job failed, so the button starts it again.
    assert work(commit_import(actor=filer, run=run)).state == ImportState.COMMITTED


# --- abandoning, successors -------------------------------------------------------------


def test_an_abandoned_import_stays_out(filer: Actor) -> None:
    run = abandon_import(actor=filer, run=rehearsed(filer, *rows(1)))
    assert abandon_import(actor=filer, run=run).state == ImportState.ABANDONED
    with pytest.raises(Stale, match="已放弃"):
        commit_import(actor=filer, run=run)


def test_abandoned_before_it_was_checked(filer: Actor) -> None:
    run = start_import(actor=filer, kind="enterprises", upload=upload_of(HEADER, *rows(1)))
    abandon_import(actor=filer, run=run)
    assert work(run).state == ImportState.ABANDONED
    assert run.report is None


def test_what_was_entered_is_not_abandoned(filer: Actor) -> None:
    run = commit_import(actor=filer, run=rehearsed(filer, *rows(1)))
    with pytest.raises(Stale, match="正在导入，不能放弃"):
        abandon_import(actor=filer, run=run)
    with pytest.raises(Stale, match="已经导入"):
        abandon_import(actor=filer, run=work(run))


def test_another_post_does_not_see_it(filer: Actor, world: World) -> None:
    run = rehearsed(filer, *rows(1))
    with pytest.raises(ObjectDoesNotExist):
        commit_import(actor=world.actor("xixian.filer"), run=run)


def test_a_job_of_a_post_that_nobody_holds_enters_nothing(filer: Actor) -> None:
    run = commit_import(actor=filer, run=rehearsed(filer, *rows(1)))
    before = register()
    end_appointment(filer)
    assert jobs.run(run.job_id or 0) == JobState.FAILED
    run.refresh_from_db()
    assert (run.state, register()) == (ImportState.COMMITTING, before)


def test_the_stored_workbook_is_what_was_uploaded(filer: Actor) -> None:
    content = sheet_of(HEADER, *rows(1)).getvalue()
    run = start_import(
        actor=filer, kind="enterprises", upload=SimpleUploadedFile("名单.xlsx", content)
    )
    with run.book.file.open("rb") as handle:
        assert handle.read() == content
