"""The workbook of an application: filled without network, laid beside what stands, entered once."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from criteria.queries import spec_of
from portal.core import jobs
from portal.core.actor import Actor
from portal.core.models import ImportRun, LedgerEntry
from tests.factories import uscc
from towns.actions import save_answer, save_overview
from towns.actions.offline import commit_offline, start_offline
from towns.models import (
    Application,
    DraftField,
    Enterprise,
    EnterpriseFigure,
    Honour,
    Membership,
    TownFigure,
    TownFunction,
)
from towns.offline.report import Report, read_report
from towns.offline.writing import write_skeleton

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Edit = Callable[[Workbook], None]


def skeleton(actor: Actor, application: Application) -> bytes:
    """The workbook as it is downloaded now."""
    handle = io.BytesIO()
    write_skeleton(application, actor, handle)
    return handle.getvalue()


def edited(content: bytes, edit: Edit) -> bytes:
    """The workbook after somebody has changed cells and saved it."""
    book = load_workbook(io.BytesIO(content))
    edit(book)
    handle = io.BytesIO()
    book.save(handle)
    return handle.getvalue()


def row_of(sheet: Any, text: str, column: int = 1) -> int:
    """The number of the row whose cell says so."""
    return next(row[0].row for row in sheet.iter_rows(min_col=column, max_col=column)
                if row[0].value == text)  # fmt: skip


def column_of(sheet: Any, label: str) -> int:
    """The column under a header that begins so."""
    return next(cell.column for cell in sheet[1] if str(cell.value).startswith(label))


def uploaded(actor: Actor, application: Application, content: bytes) -> ImportRun:
    """The workbook sent in, after its check."""
    upload = SimpleUploadedFile("申报表格.xlsx", content, XLSX)
    return after(start_offline(actor=actor, application=application, upload=upload))


def after(run: ImportRun) -> ImportRun:
    """An import after its job."""
    assert run.job_id is not None
    jobs.run(run.job_id)
    found: ImportRun = ImportRun.objects.select_related("job").get(pk=run.pk)
    assert found.job is not None
    assert found.job.state == "done", found.job.reason
    return found


def report_of(run: ImportRun) -> Report:
    """What was found."""
    assert run.report is not None, run.problem
    with run.report.file.open("rb") as handle:
        return read_report(handle)


def committed(actor: Actor, run: ImportRun, **choices: str) -> ImportRun:
    """The import after it was confirmed."""
    seen = {row.key: row.stands for row in report_of(run).changes}
    return after(commit_offline(actor=actor, run=run, choices=choices, seen=seen, checked=True))


def said(run: ImportRun) -> str:
    """Every complaint with its place."""
    rows = report_of(run).problems
    return "\n".join(f"{row.sheet} {row.cell} {row.label} {row.text}" for row in rows)


def fill(book: Workbook) -> None:
    """What a clerk types into the workbook."""
    texts, figures = book["文字材料"], book["年度数据"]
    for key, text in (("facts|contact", "李四"), ("facts|summary", "第一段。\n第二段。"),
                      ("industry|industry_text", "主导产业为肉牛。")):  # fmt: skip
        texts.cell(row_of(texts, key), 4).value = text
    figures.cell(row_of(figures, "figures|output_value"), 4).value = 286_000
    figures.cell(row_of(figures, "figures|source"), 4).value = "县统计局"
    functions = book["公共服务"]
    functions.cell(row_of(functions, "functions|logistics"), 3).value = "在建"
    firms = book["企业名单"]
    role, products = column_of(firms, "企业角色"), column_of(firms, "主要产品")
    firms.cell(3, role).value, firms.cell(3, products).value = "骨干", "分割牛肉"
    firms.cell(3, column_of(firms, "营业收入")).value = 1200.5
    new = 2 + sum(1 for row in firms.iter_rows(min_row=2, max_col=1) if row[0].value)
    for label, value in (("统一社会信用代码", uscc(900_000_001)), ("企业角色", "配套"),
                         ("企业名称", "蒲县新牧业有限公司"), ("数据年度", None)):  # fmt: skip
        firms.cell(new, column_of(firms, label)).value = value
    honours, standards = book["荣誉和品牌"], book["标准"]
    # Its holder is entered by another sheet of the same workbook.
    for label, value in (("获得者", "蒲县新牧业有限公司"), ("荣誉", "专精特新企业"),
                         ("级别", "省级"), ("获得日期", "2024-05-06")):  # fmt: skip
        honours.cell(2, column_of(honours, label)).value = value
    for label, value in (("获得者", "专业镇"), ("标准种类", "地方标准"), ("级别", "省级"),
                         ("作用", "主导"), ("名称", "蒲县肉牛养殖技术规程"),
                         ("证书编号", "DB14/T 1234-2024"), ("获得日期", "2024-06-01")):  # fmt: skip
        standards.cell(2, column_of(standards, label)).value = value


def test_a_workbook_is_filled_offline_and_entered_once(
    filer: Actor, application: Application
) -> None:
    town = application.town
    blank = skeleton(filer, application)
    book = load_workbook(io.BytesIO(blank))
    assert book.sheetnames[:7] == ["填写说明", "年度数据", "企业名单", "荣誉和品牌", "标准",
                                   "公共服务", "文字材料"]  # fmt: skip
    figures, firms = book["年度数据"], book["企业名单"]
    year = application.round.figures_year
    assert [cell.value for cell in figures[1]][1:] == [
        "指标", "单位", f"{year}年", f"{year - 1}年", f"{year - 2}年"]  # fmt: skip
    assert figures.freeze_panes == firms.freeze_panes == "A2"
    assert figures.cell(row_of(figures, "figures|output_value"), 3).value == "万元"
    assert figures.cell(row_of(figures, "figures|output_value"), 4).value == 260_000
    assert firms["A2"].number_format == "@"
    assert {str(rule.sqref) for rule in firms.data_validations.dataValidation}
    assert book["平台标识"].sheet_state == "veryHidden"
    assert book["文字材料"].protection.sheet
    # As it came: nothing to enter.
    assert report_of(uploaded(filer, application, blank)).changes == []

    content = edited(blank, fill)
    before = LedgerEntry.objects.count()
    run = uploaded(filer, application, content)
    found = report_of(run)
    assert not found.problems, said(run)
    assert LedgerEntry.objects.count() == before
    assert not Enterprise.objects.filter(name="蒲县新牧业有限公司").exists()
    told = {(row.sheet, row.label): (row.before, row.after) for row in found.changes}
    assert told["文字材料", "联系人"] == ("", "李四")
    assert told["企业名单", "企业角色"] == ("配套", "骨干")
    assert told["公共服务", "物流服务"] == ("有", "在建")
    assert any(label.endswith("年产值（万元）") or "产值" in label for _, label in told)

    run = committed(filer, run)
    assert run.state == "committed", run.problem
    application.refresh_from_db()
    assert application.contact == "李四"
    assert application.summary == "第一段。\n第二段。"
    assert application.industry_text == "主导产业为肉牛。"
    figure = TownFigure.objects.get(town=town, year=year, indicator__key="output_value")
    assert (figure.value, figure.source) == (Decimal(2_860_000_000), "县统计局")
    states = TownFunction.objects.on().filter(town=town)
    assert states.get(key="logistics").state == "building"
    firm = Enterprise.objects.get(name="蒲县新牧业有限公司")
    assert Membership.objects.on().get(town=town, enterprise=firm).role == "supporting"
    assert Honour.objects.get(enterprise=firm).kind == "specialised"
    assert Honour.objects.get(town=town).number == "DB14/T 1234-2024"
    changed = Enterprise.objects.get(
        uscc=load_workbook(io.BytesIO(content))["企业名单"]["A3"].value
    )
    member = Membership.objects.on().get(town=town, enterprise=changed)
    assert (member.role, member.main_products) == ("backbone", "分割牛肉")
    assert EnterpriseFigure.objects.get(enterprise=changed).value == Decimal(12005000)
    marked = DraftField.objects.filter(application=application, source="workbook")
    # Registers hold what was entered: nothing waits to come back over what they say later.
    assert {row.name for row in marked} == {"contact", "summary", "industry_text"}
    entry = LedgerEntry.objects.get(verb="import_application")
    assert run.book.sha256 in entry.payload
    assert run.entry_id == entry.pk

    # The same once more changes nothing.
    again = uploaded(filer, application, content)
    assert report_of(again).changes == [], report_of(again).changes
    assert report_of(again).problems == []


def test_what_was_changed_in_the_portal_meanwhile_is_shown_and_chosen(
    filer: Actor, application: Application
) -> None:
    key = spec_of(application.criteria_set).criteria[0].key
    content = edited(skeleton(filer, application), fill)

    def answer(book: Workbook) -> None:
        sheet = book["文字材料"]
        sheet.cell(row_of(sheet, f"criterion.{key}|text"), 4).value = "表格中的说明。"

    content = edited(content, answer)
    save_overview(actor=filer, application=application, contact="王五",
                  contact_phone="0357-5322001", summary="平台上的概述。")  # fmt: skip
    save_answer(actor=filer, application=application, criterion=key, text="平台上的说明。")
    run = uploaded(filer, application, content)
    found = report_of(run)
    clashes = {row.key: (row.opened, row.before, row.after) for row in found.undecided}
    assert clashes == {
        "facts|contact": ("", "王五", "李四"),
        "facts|summary": ("", "平台上的概述。", "第一段。\n第二段。"),
        f"criterion.{key}|text": ("", "平台上的说明。", "表格中的说明。"),
    }
    with pytest.raises(Exception, match="有 3 项"):
        commit_offline(actor=filer, run=run, choices={}, seen={}, checked=True)
    choices = {"facts|contact": "mine", "facts|summary": "theirs", f"criterion.{key}|text": "mine"}
    # Changed once more between the choice and the entering: asked again, nothing entered.
    seen = {row.key: row.stands for row in found.changes}
    queued = commit_offline(actor=filer, run=run, choices=choices, seen=seen, checked=True)
    save_answer(actor=filer, application=application, criterion=key, text="又改过。")
    back = after(queued)
    assert back.state == "rehearsed"
    assert "又有变化" in back.problem
    application.refresh_from_db()
    assert application.contact == "王五"
    assert [row.key for row in report_of(back).undecided] == [f"criterion.{key}|text"]
    done = committed(filer, back, **choices)
    assert done.state == "committed", done.problem
    application.refresh_from_db()
    assert application.contact == "李四"
    assert application.contact_phone == "0357-5322001"
    assert application.summary == "平台上的概述。"
    assert application.answers.get(criterion=key).text == "表格中的说明。"
