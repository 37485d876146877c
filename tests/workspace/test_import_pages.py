"""Pages of imports: what is offered, the upload, the report by outcome and page, confirming."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from criteria.models import Indicator
from portal.core import jobs
from portal.core.actor import Actor
from portal.core.constants import ImportState, JobState
from portal.core.models import ImportRun, Job, LedgerEntry
from portal.core.web import office_url
from tests.factories import World, appoint, client_of, end_appointment, make_person, make_world
from tests.importing import XLSX, checked, upload, xlsx
from towns.models import Enterprise, Honour, TownFigure

pytestmark = pytest.mark.django_db

HEAD = ["企业名称", "荣誉名称", "级别", "编号", "备注一栏"]


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def filer(world: World) -> Actor:
    return world.actor("puxian.filer")


@pytest.fixture
def names(world: World) -> list[str]:
    """The names of the town's enterprises."""
    rows = Enterprise.objects.filter(memberships__town=world.towns["puxian"]).order_by("pk")
    return list(rows.values_list("name", flat=True))


def send(actor: Actor, rows: list[list[Any]], kind: str = "honours") -> ImportRun:
    """Upload by the page; the import that came of it."""
    client = client_of(actor)
    answer = client.post(
        office_url(actor, "import-new", kind), {"upload": upload(xlsx(rows), "荣誉.xlsx")}
    )
    assert answer.status_code == 302
    run = ImportRun.objects.latest("pk")
    assert answer["Location"] == office_url(actor, "import", run.pk)
    return run


def page(actor: Actor, run: ImportRun, **query: str) -> str:
    answer = client_of(actor).get(office_url(actor, "import", run.pk), query)
    assert answer.status_code == 200
    return answer.content.decode()


def honours(names: list[str], count: int) -> list[list[Any]]:
    return [
        HEAD,
        *(
            [names[row % len(names)], "高新技术企业", "国家级", f"GR{row:04d}", "x"]
            for row in range(count)
        ),
    ]


def test_what_a_post_may_import(world: World, filer: Actor) -> None:
    text = client_of(filer).get(office_url(filer, "imports")).content.decode()
    assert all(label in text for label in ("荣誉品牌", "年度数据", "还没有导入过"))
    assert "平台启用前各级已经认定" not in text
    clerk = world.actor("puxian.clerk")
    text = client_of(clerk).get(office_url(clerk, "imports")).content.decode()
    assert "平台启用前各级已经认定" in text
    member = world.actor("puxian.member")
    client = client_of(member)
    assert "没有可以导入的内容" in client.get(office_url(member, "imports")).content.decode()
    assert client.get(office_url(member, "import-new", "honours")).status_code == 403
    assert client.get(office_url(member, "import-new", "nothing")).status_code == 404


def test_the_template_downloads(filer: Actor) -> None:
    answer = client_of(filer).get(office_url(filer, "import-template", "honours"))
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert book.worksheets[0].title == "荣誉品牌"


def test_errors_of_an_upload_stand_beside_it(filer: Actor) -> None:
    client, url = client_of(filer), office_url(filer, "import-new", "honours")
    answer = client.post(url, {})
    assert answer.status_code == 422
    assert "请先选择要上传的 xlsx 工作簿" in answer.content.decode()
    bad = SimpleUploadedFile("荣誉.xlsx", b"MZ no workbook", XLSX)
    answer = client.post(url, {"upload": bad})
    assert answer.status_code == 422
    assert 'id="slot-workbook-error"' in answer.content.decode()
    answer = client.post(url, {"upload": SimpleUploadedFile("荣誉.pdf", b"%PDF-1.7")})
    assert "请上传 xlsx 工作簿" in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_progress_while_it_is_checked(filer: Actor, names: list[str]) -> None:
    run = send(filer, honours(names, 3))
    text = page(filer, run)
    assert "正在检查" in text and "刷新进度" in text and "检查中" in text
    client, url = client_of(filer), office_url(filer, "import", run.pk)
    part = client.get(url, headers={"HX-Request": "true"})
    assert "HX-Refresh" not in part.headers
    assert b"<html" not in part.content
    checked(run)
    part = client.get(url, headers={"HX-Request": "true"})
    assert part.headers["HX-Refresh"] == "true"
    assert "检查通过" in page(filer, run)


def test_the_report_then_confirming_then_the_result(filer: Actor, names: list[str]) -> None:
    run, _ = checked(send(filer, honours(names, 120)))
    text = page(filer, run)
    assert "确认导入：新增 120 项" in text
    assert "备注一栏" in text, "columns nobody asked for are named"
    assert text.count("<ins>") == 0 and text.count('class="num">') == 51
    assert "下载标注了问题的工作簿" not in text
    last = page(filer, run, outcome="add", page="3")
    assert last.count('class="num">') == 21 and ">121<" in last
    assert ">121<" in page(filer, run, outcome="add", page="99")
    assert "没有这类行" in page(filer, run, outcome="same")
    client = client_of(filer)
    answer = client.post(office_url(filer, "import-commit", run.pk))
    assert answer["Location"] == office_url(filer, "import", run.pk)
    run.refresh_from_db()
    assert "正在写入" in page(filer, run)
    assert run.job is not None
    jobs.run(run.job.pk)
    assert Honour.objects.count() == 120
    text = page(filer, run)
    entry = LedgerEntry.objects.get(verb="import_honours")
    assert run.book.sha256 in text
    assert office_url(filer, "ledger-entry", entry.pk).replace("&", "&amp;") in text
    assert "新增 120 项" in text and "确认导入" not in text
    said = client.get(office_url(filer, "ledger-entry", entry.pk)).content.decode()
    assert "新增：120" in said and run.book.sha256 in said
    assert not [key for key in json.loads(entry.payload) if f">{key}<" in said]
    listed = client.get(office_url(filer, "imports")).content.decode()
    assert "荣誉.xlsx" in listed and "已导入" in listed and "新增 120" in listed


def test_with_problems_nothing_is_imported_and_the_marked_book_is_there(
    filer: Actor, names: list[str]
) -> None:
    rows = honours(names, 3)
    rows[2][1] = "全球领先奖"
    run, _ = checked(send(filer, rows))
    text = page(filer, run)
    assert "改正后才能导入，现在没有写入任何内容" in text
    assert "待改正" in text and "待确认" not in text
    assert "<strong>B3</strong>" in text and "不认识“全球领先奖”" in text
    assert "确认导入" not in text
    client = client_of(filer)
    assert client.post(office_url(filer, "import-commit", run.pk)).status_code == 403
    answer = client.get(office_url(filer, "import-marked", run.pk))
    content = b"".join(answer)  # type: ignore[arg-type]
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    assert sheet["B3"].comment.text.startswith("【检查】不认识")
    assert sheet["F3"].value.startswith("有问题：B3")
    # Corrected in the marked workbook itself, it goes in.
    sheet["B3"] = "高新技术企业"
    buffer = io.BytesIO()
    book.save(buffer)
    url = office_url(filer, "import-new", "honours")
    client.post(url, {"upload": upload(buffer.getvalue(), "荣誉（检查结果）.xlsx")})
    again, _ = checked(ImportRun.objects.latest("pk"))
    assert again.counts == {"add": 3, "change": 0, "same": 0, "refuse": 0}
    assert Honour.objects.count() == 0


def test_changes_are_shown_before_and_after(filer: Actor, names: list[str]) -> None:
    year = 2021
    first: list[list[Any]] = [["年度", "年产值（亿元）"], [year, 20]]
    run, _ = checked(send(filer, first, "figures"))
    client_of(filer).post(office_url(filer, "import-commit", run.pk))
    run.refresh_from_db()
    assert run.job is not None
    jobs.run(run.job.pk)
    run, _ = checked(send(filer, [first[0], [year, 25]], "figures"))
    text = page(filer, run)
    assert "待确认" in text and "确认导入：修改 1 个年度" in text
    assert "<del>20亿元</del> → <ins>25亿元</ins>" in text


def test_nothing_to_import(filer: Actor, names: list[str]) -> None:
    rows = honours(names, 2)
    run, _ = checked(send(filer, rows))
    client = client_of(filer)
    client.post(office_url(filer, "import-commit", run.pk))
    run.refresh_from_db()
    assert run.job is not None
    jobs.run(run.job.pk)
    run, _ = checked(send(filer, rows))
    text = page(filer, run)
    assert "无需导入" in text and "没有需要导入的内容" in text and "确认导入" not in text
    assert client.post(office_url(filer, "import-commit", run.pk)).status_code == 403


def test_a_workbook_marked_twice_keeps_its_name(filer: Actor, names: list[str]) -> None:
    client, url = client_of(filer), office_url(filer, "import-new", "honours")
    rows = [HEAD, ["没有这家企业", "高新技术企业", "国家级", "1", ""]]
    client.post(url, {"upload": upload(xlsx(rows), "荣誉（检查结果）.xlsx")})
    run, _ = checked(ImportRun.objects.latest("pk"))
    assert run.marked is not None
    assert run.marked.name == "荣誉（检查结果）.xlsx"


def test_a_sheet_that_cannot_be_read_says_why(filer: Actor) -> None:
    run = send(filer, [["没有", "表头"], [1, 2]])
    assert run.job is not None
    jobs.run(run.job.pk)
    text = page(filer, run)
    assert "没有读成" in text and "没有找到表头" in text


def test_abandoning(filer: Actor, names: list[str]) -> None:
    run, _ = checked(send(filer, honours(names, 2)))
    client = client_of(filer)
    client.post(office_url(filer, "import-abandon", run.pk))
    text = page(filer, run)
    assert "已放弃，没有写入任何内容" in text
    answer = client.post(office_url(filer, "import-commit", run.pk))
    assert answer["Location"] == office_url(filer, "import", run.pk)
    assert Honour.objects.count() == 0


def test_the_successor_goes_on_and_nobody_else_sees_it(
    world: World, filer: Actor, names: list[str]
) -> None:
    run, _ = checked(send(filer, honours(names, 2)))
    for other in ("xixian.filer", "puxian.submitter", "puxian.clerk", "sx.clerk"):
        actor = world.actor(other)
        client = client_of(actor)
        assert client.get(office_url(actor, "import", run.pk)).status_code == 404
        assert client.post(office_url(actor, "import-commit", run.pk)).status_code == 404
        assert client.get(office_url(actor, "import-marked", run.pk)).status_code == 404
    assert filer.post is not None
    end_appointment(filer)
    successor = appoint(make_person("successor"), filer.post)
    assert "确认导入：新增 2 项" in page(successor, run)
    client_of(successor).post(office_url(successor, "import-commit", run.pk))
    run.refresh_from_db()
    assert run.job is not None
    jobs.run(run.job.pk)
    assert Honour.objects.count() == 2


def test_a_stalled_import_can_be_abandoned(filer: Actor, names: list[str]) -> None:
    """Its job failed, whether the sheet was being checked or entered."""
    client = client_of(filer)
    for state in (ImportState.WAITING, ImportState.COMMITTING):
        run, _ = checked(send(filer, honours(names, 2)))
        Job.objects.filter(pk=run.job_id or 0).update(state=JobState.FAILED, reason="磁盘已满。")
        ImportRun.objects.filter(pk=run.pk).update(state=state)
        assert "放弃这次导入" in page(filer, run)
        client.post(office_url(filer, "import-abandon", run.pk))
        text = page(filer, run)
        assert "已放弃，没有写入任何内容" in text and "放弃这次导入" not in text


def test_values_a_hundred_times_off_ask_for_a_tick(filer: Actor) -> None:
    rows: list[list[Any]] = [["年度", "年产值（亿元）"], [2015, 20], [2016, 250000], [2017, 240000]]
    run, lines = checked(send(filer, rows, "figures"))
    assert [line.asks for line in lines] == [False, True, False]
    assert run.counts == {"add": 3, "change": 0, "same": 0, "refuse": 0, "asks": 1}
    text = page(filer, run)
    assert "已核对 1 行与上年相差百倍的数值" in text and "须核对" in text
    assert text.count('class="num">') == 2, "the rows to look at come first"
    assert page(filer, run, outcome="all").count('class="num">') == 4
    assert "共 3 行" in text
    client, url = client_of(filer), office_url(filer, "import-commit", run.pk)
    answer = client.post(url)
    assert answer.status_code == 422
    said = answer.content.decode()
    assert "有 1 行的数值与上年相差百倍" in said and 'id="id_checked_error"' in said
    run.refresh_from_db()
    assert run.state == ImportState.REHEARSED
    answer = client.post(url, {"checked": "on"})
    assert answer["Location"] == office_url(filer, "import", run.pk)
    run.refresh_from_db()
    assert run.job is not None
    jobs.run(run.job.pk)
    run.refresh_from_db()
    assert run.state == ImportState.COMMITTED
    entry = LedgerEntry.objects.get(verb="import_figures")
    assert entry.summary.endswith("新增 3 行，其中已核对与上年相差百倍的 1 行")
    shown = client.get(office_url(filer, "ledger-entry", entry.pk)).content.decode()
    assert "已核对与上年相差百倍的行" in shown


def test_without_such_values_nothing_is_asked(filer: Actor) -> None:
    run, _ = checked(send(filer, [["年度", "年产值（亿元）"], [2015, 20]], "figures"))
    assert "已核对" not in page(filer, run) and "须核对" not in page(filer, run)
    assert client_of(filer).post(office_url(filer, "import-commit", run.pk)).status_code == 302


def test_what_began_to_ask_meanwhile_is_shown_before_it_is_entered(
    world: World, filer: Actor
) -> None:
    """Last year's value was corrected between the check and the commit."""
    run, _ = checked(send(filer, [["年度", "年产值（亿元）"], [2016, 20]], "figures"))
    client, url = client_of(filer), office_url(filer, "import-commit", run.pk)
    client.post(url)
    indicator = Indicator.objects.get(key="output_value", subject="town")
    TownFigure.objects.create(
        town=world.towns["puxian"], year=2015, indicator=indicator, value=2000000, source=""
    )
    run.refresh_from_db()
    run, _ = checked(run)
    assert (run.state, run.counts["asks"]) == (ImportState.REHEARSED, 1)
    text = page(filer, run)
    assert "有 1 行的数值与上年相差百倍，整份没有导入" in text and "已核对 1 行" in text
    assert client.post(url).status_code == 422
    assert client.post(url, {"checked": "on"}).status_code == 302


def test_a_column_that_all_rows_miss_is_said_once(filer: Actor, names: list[str]) -> None:
    rows = [["企业名称", "荣誉名称"], *([name, "企业技术中心"] for name in names[:3])]
    rows.append([names[0], "全球领先奖"])
    run, lines = checked(send(filer, rows))
    said = lines[0].problems[0].text
    assert [line.problems[0].text for line in lines[:3]] == [said] * 3
    text = page(filer, run)
    assert text.count(said) == 1 and "整份表的问题" in text
    assert "表中没有“级别”列，涉及 3 行" in text
    assert text.count("见上方“整份表的问题”。") == 3
    assert "不认识“全球领先奖”" in text
