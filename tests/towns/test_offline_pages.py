"""The pages of the workbook of an application, without scripts: refusals, marks, choices."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook, load_workbook

from portal.core.actor import Actor
from portal.core.models import ImportRun
from reviews.actions import decide_step
from reviews.actions.moving import Corrections
from tests.factories import World, uscc
from tests.scenario import file, fresh, open_run
from tests.towns.conftest import Browser
from tests.towns.test_offline import (
    XLSX,
    after,
    committed,
    edited,
    fill,
    report_of,
    row_of,
    said,
    skeleton,
    uploaded,
)
from towns.actions import save_overview, start_application, start_on_behalf
from towns.models import Application, Enterprise, Membership

Browse = Callable[[str], Browser]


def send(browser: Browser, pk: int, content: bytes, name: str = "申报表格.xlsx") -> Any:
    """The form of the page, as a browser without scripts sends it."""
    upload = SimpleUploadedFile(name, content, XLSX)
    return browser.post("application-offline", pk, data={"upload": upload})


def test_from_the_page_to_the_entered_workbook_without_scripts(
    world: World, browse: Browse, filer: Actor, application: Application
) -> None:
    filing = browse("puxian.filer")
    pk = application.pk
    page = filing.get("application-offline", pk).content.decode()
    for words in ("下载申报表格", "制作申报书草稿（PDF）", "制作申报书空表（PDF）", "还没有上传过"):
        assert words in page
    answer = filing.get("application-skeleton", pk)
    assert "attachment" in answer["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    notes = " ".join(str(row[0].value) for row in book["填写说明"].iter_rows())
    assert application.town.name in notes
    content = edited(answer.content, fill)
    assert "请先选择" in filing.post("application-offline", pk).content.decode()
    wrong = send(filing, pk, b"text", "说明.docx")
    assert wrong.status_code == 422
    assert "另存为 xlsx" in wrong.content.decode()

    save_overview(actor=filer, application=application, contact="王五", contact_phone="",
                  summary="平台上的概述。" * 60)  # fmt: skip
    run = after(ImportRun.objects.get(pk=int(send(filing, pk, content).url.split("/")[-2])))
    shown = filing.get("offline-import", pk, run.pk).content.decode()
    for words in ("检查通过，尚未写入", "下载之后平台上也改过", "李四", "王五", "企业名单",
                  "物流服务", "286000", "确认写入"):  # fmt: skip
        assert words in shown, words
    changes = report_of(run).changes
    report = {"report": run.report_id}
    undecided = filing.post("offline-commit", pk, run.pk, data=report)
    assert undecided.status_code == 422
    assert "请选择保留哪一个" in undecided.content.decode()
    taken = {
        f"take_{place}": "mine" if row.key == "facts|contact" else "theirs"
        for place, row in enumerate(changes)
        if row.conflict
    }
    assert len(taken) == 2
    filing.post("offline-commit", pk, run.pk, data={**report, **taken, "checked": "on"})
    done = after(ImportRun.objects.get(pk=run.pk))
    assert done.state == "committed", done.problem
    application.refresh_from_db()
    assert (application.contact, application.summary) == ("李四", "平台上的概述。" * 60)
    assert "已写入" in filing.get("offline-import", pk, run.pk).content.decode()
    # Once more changes nothing, and says so.
    again = after(ImportRun.objects.get(pk=int(send(filing, pk, content).url.split("/")[-2])))
    page = filing.get("offline-import", pk, again.pk).content.decode()
    kept = [row.key for row in report_of(again).changes]
    assert kept == ["facts|summary"]
    assert "下载之后平台上也改过" in page
    filing.post("offline-abandon", pk, again.pk)
    assert ImportRun.objects.get(pk=again.pk).state == "abandoned"
    filing.get("application-offline", pk)
    # The list of imports of the post is another page; others do not see the workbook at all.
    assert "申报表格.xlsx" not in filing.get("imports").content.decode()
    assert filing.get("import", run.pk).status_code == 404
    assert browse("puxian.submitter").get("offline-import", pk, run.pk).status_code == 404
    assert browse("xixian.filer").get("application-offline", pk).status_code == 404


def test_a_refused_workbook_comes_back_marked_with_everything_typed(
    browse: Browse, filer: Actor, application: Application
) -> None:
    year = application.round.figures_year

    def spoil(book: Workbook) -> None:
        fill(book)
        figures, texts = book["年度数据"], book["文字材料"]
        figures.cell(row_of(figures, "figures|output_value"), 5).value = "=D2*2"
        figures.cell(row_of(figures, "figures|employment"), 4).value = "很多"
        figures.cell(row_of(figures, "figures|revenue"), 4).value = 3
        book["公共服务"].cell(2, 3).value = "大概有"
        texts.cell(row_of(texts, "facts|contact_phone"), 4).value = "1" * 200
        firms = book["企业名单"]
        firms["A5"].value = "123"
        for column in (1, 2, 4):
            firms.cell(60, column).value = firms.cell(4, column).value

    content = edited(skeleton(filer, application), spoil)
    run = uploaded(filer, application, content)
    told = said(run)
    for words in ("年度数据 E2", "平台不计算公式", "大概有", "请填写：有、在建、无", "现有 200 字",
                  "企业名单 A5", "请填写数字"):  # fmt: skip
        assert words in told, f"{words}\n{told}"
    assert "是上年" in " ".join(report_of(run).asks)
    assert not Enterprise.objects.filter(name="蒲县新牧业有限公司").exists()
    filing = browse("puxian.filer")
    page = filing.get("offline-import", application.pk, run.pk).content.decode()
    assert "改正后才能写入" in page
    assert "确认写入" not in page
    refused = filing.post("offline-commit", application.pk, run.pk, data={"report": run.report_id})
    assert refused.status_code == 403
    marked = filing.get("offline-marked", application.pk, run.pk)
    book = load_workbook(io.BytesIO(b"".join(marked.streaming_content)))
    figures, texts = book["年度数据"], book["文字材料"]
    bad = figures.cell(row_of(figures, "figures|output_value"), 5)
    assert bad.comment is not None
    assert "公式" in bad.comment.text
    assert bad.value == "=D2*2"
    assert texts.cell(row_of(texts, "facts|summary"), 4).value == "第一段。\n第二段。"
    assert book["企业名单"]["A5"].fill.fgColor.rgb == "FFFFC7CE"

    # Put right in the marked copy, it is taken; its marks do not matter.
    def mend(book: Workbook) -> None:
        original = load_workbook(io.BytesIO(skeleton(filer, application)))
        figures, texts, firms = book["年度数据"], book["文字材料"], book["企业名单"]
        for key, column in (("output_value", 5), ("employment", 4), ("revenue", 4)):
            place = row_of(figures, f"figures|{key}")
            figures.cell(place, column).value = original["年度数据"].cell(place, column).value
        book["公共服务"].cell(2, 3).value = "有"
        texts.cell(row_of(texts, "facts|contact_phone"), 4).value = "0357-5322001"
        firms["A5"].value = original["企业名单"]["A5"].value
        for column in (1, 2, 4):
            firms.cell(60, column).value = None

    handle = io.BytesIO()
    book.save(handle)
    again = uploaded(filer, application, edited(handle.getvalue(), mend))
    assert not report_of(again).problems, said(again)
    assert f"{year}年" in str([row.label for row in report_of(again).changes])


def test_wrong_workbooks_are_named(world: World, filer: Actor, application: Application) -> None:
    other = start_application(actor=filer, town=world.towns["puxian"], call=world.rounds["county"])
    content = skeleton(filer, application)

    def problem(content: bytes, whose: Application = application) -> str:
        run = uploaded(filer, whose, content)
        assert run.state == "failed"
        return run.problem

    def without_label(book: Workbook) -> None:
        book["企业名单"]["A1"].value = "代码（旧）"
        book["公共服务"]["C1"].value = "情况"
        book["年度数据"]["A1"].value = ""

    def renamed(book: Workbook) -> None:
        book["企业名单"].title = "企业"
        del book["标准"]

    def unsealed(book: Workbook) -> None:
        del book["平台标识"]

    assert application.round.title in problem(content, other)
    told = problem(edited(content, renamed))
    assert "没有找到工作表“企业名单”、“标准”" in told
    told = problem(edited(content, without_label))
    for words in ("工作表“企业名单”：缺少列：统一社会信用代码", "工作表“公共服务”：缺少列：现状",
                  "工作表“年度数据”：没有找到表头"):  # fmt: skip
        assert words in told, told
    assert "不是从平台" in problem(edited(content, unsealed))


def test_after_a_return_only_what_was_asked_for_is_taken(world: World, browse: Browse) -> None:
    case = file(world, "county")
    clerk, filer = world.actor("puxian.clerk"), world.actor("puxian.filer")
    decide_step(
        actor=clerk, case_id=case.pk, run_id=open_run(case).pk, outcome="return",
        opinion="请补正。", corrections=Corrections({"summary": "写明产值"}, 5),
    )  # fmt: skip
    application = Application.objects.select_related(
        "town__county", "round__office__region", "criteria_set"
    ).get(pk=fresh(case).application_id)
    book = load_workbook(io.BytesIO(skeleton(filer, application)))
    texts = book["文字材料"]
    assert not texts.cell(row_of(texts, "facts|summary"), 4).protection.locked
    assert texts.cell(row_of(texts, "facts|contact"), 4).protection.locked
    assert book["企业名单"].protection.sheet

    def only(book: Workbook) -> None:
        sheet = book["文字材料"]
        sheet.cell(row_of(sheet, "facts|summary"), 4).value = "年产值 26 亿元。"

    content = skeleton(filer, application)
    run = uploaded(filer, application, edited(content, fill))
    told = said(run)
    assert told.count("不在本次补正范围内") >= 4, told
    run = uploaded(filer, application, edited(content, only))
    assert [row.key for row in report_of(run).changes] == ["facts|summary"], said(run)
    page = browse("puxian.filer").get("offline-import", application.pk, run.pk)
    assert "确认写入" in page.content.decode()


def test_an_office_enters_on_behalf_of_a_unit_from_its_workbook(
    world: World, browse: Browse
) -> None:
    clerk, town = world.actor("puxian.clerk"), world.towns["puxian"]
    call = world.rounds["county"]
    application = start_on_behalf(actor=clerk, town=town, call=call, reason="该单位没有网络")
    application = Application.objects.select_related(
        "town__county", "round__office__region", "criteria_set"
    ).get(pk=application.pk)
    run = uploaded(clerk, application, edited(skeleton(clerk, application), fill))
    assert not report_of(run).problems, said(run)
    done = committed(clerk, run)
    assert done.state == "committed", done.problem
    assert Enterprise.objects.filter(name="蒲县新牧业有限公司").exists()
    assert browse("puxian.clerk").get("application-offline", application.pk).status_code == 200
    assert browse("puxian.filer").get("application-skeleton", application.pk).status_code == 403


def test_the_page_keeps_its_budget_and_the_workbook_its_time_with_three_hundred(
    browse: Browse, filer: Actor, application: Application
) -> None:
    town = application.town
    rows = Enterprise.objects.bulk_create(
        Enterprise(uscc=uscc(800_000 + n), name=f"第{n}企业", entity="enterprise")
        for n in range(288)
    )
    Membership.objects.bulk_create(
        Membership(town=town, enterprise=row, scope_code=town.scope_code, role="supporting")
        for row in rows
    )
    filing = browse("puxian.filer")
    filing.get("application-offline", application.pk)
    with CaptureQueriesContext(connection) as queries:
        assert filing.get("application-offline", application.pk).status_code == 200
    assert len(queries) <= 15, [row["sql"][:80] for row in queries]
    content = skeleton(filer, application)
    assert load_workbook(io.BytesIO(content))["企业名单"]["A301"].value
    run = uploaded(filer, application, edited(content, fill))
    assert not report_of(run).problems, said(run)
    with CaptureQueriesContext(connection) as queries:
        assert filing.get("offline-import", application.pk, run.pk).status_code == 200
    assert len(queries) <= 15, [row["sql"][:80] for row in queries]
