"""A county's messy workbooks go in by somebody new: checked, corrected in a table program, entered.

Every page on the way is checked with axe, and a picture of it is kept in the folder named by
``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from playwright.sync_api import Page

from portal.core import clock
from portal.core.models import ImportRun, LedgerEntry
from tests.conftest import NewPage, Worker
from tests.factories import PASSWORD, World, make_world, uscc
from towns.models import Enterprise, Honour, Membership, TownFigure, TownYear

FIRMS = 360
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
# How a cell is put right: by row and column of the sheet.
Corrections = dict[tuple[int, int], Any]


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


class Newcomer:
    """Somebody at a browser, with a folder of downloads."""

    def __init__(self, page: Page, site: str, folder: Path) -> None:
        self.page, self.folder, self.shots = page, folder, 0
        page.goto(f"{site}/login/")
        page.get_by_label("登录名").fill("puxian.filer")
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        self.look("工作台")

    def look(self, words: str) -> None:
        """The page comes to say so, passes axe, and is pictured."""
        self.page.locator("main").get_by_text(words).first.wait_for()
        self.page.wait_for_load_state()
        found = Axe().run(self.page)
        assert not found.violations_count, f"{self.page.url}\n{found.generate_report()}"
        folder = os.environ.get("WALK_PICTURES")
        if folder:
            self.shots += 1
            name = f"import-{self.shots:02d}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)

    def open(self, kind: str) -> None:
        """By the menu to the upload of a kind."""
        self.page.locator("#menu").get_by_role("link", name="导入", exact=True).click()
        self.look("可以导入的内容")
        self.page.get_by_role("link", name=f"上传{kind}导入表").click()
        self.look("要导入的工作簿")

    def download(self, link: str) -> Path:
        """Follow a link to a file."""
        with self.page.expect_download() as started:
            self.page.get_by_role("link", name=link).first.click()
        target = self.folder / f"{started.value.suggested_filename}"
        started.value.save_as(target)
        return target

    def upload(self, book: Path, words: str) -> None:
        """Upload a workbook and wait for what the check says."""
        self.page.locator("[name=upload]").set_input_files(book)
        self.page.get_by_role("button", name="上传文件").click()
        self.look(words)

    def confirm(self, words: str) -> None:
        """Confirm what the button says, and wait until it is entered."""
        self.page.get_by_role("button", name=f"确认导入：{words}").click()
        self.look("台账编号")

    def bring(self, kind: str, book: Path, wrong: int, corrections: Corrections) -> None:
        """Upload, read what is wrong, correct the marked workbook, upload that."""
        self.open(kind)
        self.upload(book, f"其中 {wrong} 行有问题")
        marked = self.download("下载标注了问题的工作簿")
        correct(marked, wrong, corrections)
        self.page.get_by_role("link", name="上传改好的表").click()
        self.look("要导入的工作簿")
        self.upload(marked, "检查通过，尚未写入")


def correct(book: Path, wrong: int, corrections: Corrections) -> None:
    """Go through the rows with problems as a person would: each is marked and says why."""
    whole = load_workbook(book)
    sheet: Worksheet = whole.worksheets[0]
    last = sheet.max_column
    bad = [
        row for row in range(1, sheet.max_row + 1)
        if str(sheet.cell(row, last).value or "").startswith("有问题")
    ]  # fmt: skip
    assert len(bad) == wrong
    assert {row for row, _ in corrections} == set(bad)
    for (row, column), value in sorted(corrections.items(), reverse=True):
        if value is None:
            sheet.delete_rows(row)
            continue
        cell = sheet.cell(row, column)
        assert cell.comment is not None and "【检查】" in cell.comment.text
        assert cell.fill.fgColor.rgb == "FFFFC7CE"
        cell.value = value
    whole.save(book)


def save(folder: Path, name: str, fill: Callable[[Worksheet], Corrections]) -> tuple[Path, Any]:
    """A workbook of the county's own making, and how its mistakes are put right."""
    book = Workbook()
    corrections = fill(book.worksheets[0])
    book.save(folder / name)
    return folder / name, corrections


# --- three workbooks, as counties keep them -------------------------------------------------------


def firm(number: int) -> str:
    return f"蒲县{('牧业', '养殖', '食品')[number % 3]}第{number}有限公司"


def enterprises(sheet: Worksheet) -> Corrections:
    """A merged title, a unit in the corner, text numbers, full-width digits, wrong codes."""
    sheet["A1"] = "蒲县肉牛专业镇企业名单"
    sheet.merge_cells("A1:I1")
    sheet["H2"] = "单位：万元"
    head = ("序号", "企业 名称", "统一社会\n信用代码", "企业角色", "主营产品", "年度", "营业收入",
            "从业人员", "电话")  # fmt: skip
    year = clock.today().year - 1
    for column, text in enumerate(head, start=1):
        sheet.cell(3, column, text)
    corrections: Corrections = {}
    for number in range(1, FIRMS + 1):
        row, code = number + 3, uscc(500_000 + number, "141033")
        name, income = firm(number), Decimal(number) * 10
        wrong = code[:-1] + ("A" if code[-1] != "A" else "B")
        sheet.append([
            number,
            f" {name}　" if number % 7 == 0 else name,
            code.translate(WIDE) if number % 5 == 0 else code.lower() if number % 5 == 1 else code,
            ("龙头", "骨干", "配套企业")[number % 3],
            "肉牛",
            f"{year}年" if number % 2 else year,
            f"{income:,}" if number % 4 == 0 else float(income),
            f"{number}人" if number % 6 == 0 else number,
            "0357-0000000",
        ])  # fmt: skip
        if number in (10, 20, 30):
            sheet.cell(row, 3, wrong)
            corrections[row, 3] = code
        if number == 40:
            sheet.cell(row, 4, "一般")
            corrections[row, 4] = "配套"
        if number == 50:
            sheet.cell(row, 7, "约五百")
            corrections[row, 7] = 500
    double = FIRMS + 4
    sheet.append([FIRMS + 1, *[cell.value for cell in sheet[8]][1:]])
    corrections[double, 3] = None
    sheet.append(["合计", None, None, None, None, None, "=SUM(G4:G364)"])
    return corrections


def honours(sheet: Worksheet) -> Corrections:
    """Names of honours as people write them, days in five ways, an enterprise nobody knows."""
    sheet.append(["获奖单位", "荣誉名称", "级别", "证书编号", "认定时间", "名称", "主导或参与"])
    kinds = (("“专精特新”企业", "省"), ("高新技术企业", "国家级"), ("三晋老字号", None),
             ("省级企业技术中心", "省级"))  # fmt: skip
    days = (date(2023, 5, 20), "2022年3月1日", "2021/7/8", "2020.12.31", 20240102)
    for number in range(1, 81):
        kind, level = kinds[number % 4]
        sheet.append([firm(number), kind, level, f"NO-{number}", days[number % 5], None, None])
    sheet.append([firm(81), "国标", None, "GB/T 1", date(2022, 1, 1), "肉牛", "参与"])
    sheet.append(["专业镇", "区域公用品牌", "省级", None, "2023年", "蒲县牛肉", None])
    corrections: Corrections = {(83, 5): "2023-06-01"}
    sheet["A12"] = "蒲县不存在的公司"
    corrections[12, 1] = firm(11)
    sheet["B22"] = "全球领先奖"
    corrections[22, 2] = "高新技术企业"
    return corrections


def figures(sheet: Worksheet) -> Corrections:
    """Three years, units in the header, one share above a hundred."""
    year = clock.today().year - 6
    sheet.append(["蒲县肉牛专业镇主要经济指标"])
    sheet.append(
        [
            "年份",
            "年产值（亿元）",
            "营业收入(万元)",
            "从业人员（人）",
            "税收(万元)",
            "全国市场占有率(%)",
        ]
    )
    sheet.append([f"{year}年", "２０．５", "190,000", "3,000", 8000, 30])
    sheet.append([year + 1, 21.5, 200000, 3100, " 8200 ", 310])
    sheet.append([year + 2, 23, 215000, 3300, 8500, "32%"])
    return {(4, 6): 31}


def test_messy_workbooks_of_a_county(
    world: World,
    live_url: str,
    new_page: NewPage,
    celery_worker_process: Worker,
    tmp_path: Path,
) -> None:
    town = world.towns["puxian"]
    before = Membership.objects.filter(town=town).count()
    person = Newcomer(new_page(), live_url, tmp_path)

    person.open("企业名单")
    assert person.download("下载模板").name == "企业名单导入模板.xlsx"
    book, corrections = save(tmp_path, "企业名单.xlsx", enterprises)
    person.bring("企业名单", book, 6, corrections)
    person.confirm(f"新增 {FIRMS}")
    assert Membership.objects.filter(town=town).count() == before + FIRMS
    found = Enterprise.objects.get(uscc=uscc(500_050, "141033"))
    assert found.name == firm(50)
    assert found.figures.get(indicator__key="enterprise_revenue").value == Decimal(5_000_000)
    assert Enterprise.objects.get(uscc=uscc(500_007, "141033")).name == firm(7)
    assert Membership.objects.get(town=town, enterprise__name=firm(40)).role == "supporting"

    book, corrections = save(tmp_path, "荣誉.xlsx", honours)
    person.bring("荣誉品牌", book, 3, corrections)
    person.page.get_by_role("link", name="全部").click()
    person.look("逐行检查结果")
    person.confirm("新增 82 项")
    assert Honour.objects.count() == 82
    assert Honour.objects.filter(kind="specialised", level="province").count() == 20
    assert Honour.objects.get(town=town).awarded_on == date(2023, 6, 1)

    book, corrections = save(tmp_path, "指标.xlsx", figures)
    person.bring("年度数据", book, 1, corrections)
    person.confirm("新增 3 个年度")
    year = clock.today().year - 6
    values = TownFigure.objects.filter(town=town, indicator__key="output_value")
    assert values.get(year=year).value == 2_050_000_000
    assert TownYear.objects.filter(town=town, state="reported").count() == 3

    # What is there already is not entered again.
    person.open("年度数据")
    person.upload(tmp_path / "指标（检查结果）.xlsx", "没有需要导入的内容")
    person.page.get_by_role("button", name="放弃这次导入").click()
    person.look("已放弃")
    person.page.locator("#menu").get_by_role("link", name="导入", exact=True).click()
    person.look("本岗位的导入")
    assert ImportRun.objects.filter(state="committed").count() == 3
    digests = "".join(LedgerEntry.objects.values_list("payload", flat=True))
    assert all(run.book.sha256 in digests for run in ImportRun.objects.filter(state="committed"))


def test_without_javascript(
    world: World, live_url: str, new_page: NewPage, celery_worker_process: Worker, tmp_path: Path
) -> None:
    opened = new_page()
    assert opened.context.browser is not None
    context = opened.context.browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{live_url}/login/")
    page.get_by_label("登录名").fill("puxian.filer")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="导入", exact=True).click()
    page.get_by_role("link", name="上传年度数据导入表").click()
    book, corrections = save(tmp_path, "指标.xlsx", figures)
    sheet = load_workbook(book)
    for (row, column), value in corrections.items():
        sheet.worksheets[0].cell(row, column, value)
    sheet.save(book)
    page.locator("[name=upload]").set_input_files(book)
    page.get_by_role("button", name="上传文件").click()
    for words in ("检查通过，尚未写入", "台账编号"):
        for _ in range(120):
            if words in page.locator("main").inner_text():
                break
            page.wait_for_timeout(250)
            if page.get_by_role("link", name="刷新进度").count():
                page.get_by_role("link", name="刷新进度").click()
        assert words in page.locator("main").inner_text()
        if page.get_by_role("button", name="确认导入").count():
            page.get_by_role("button", name="确认导入").click()
    context.close()
    assert TownYear.objects.filter(town=world.towns["puxian"], state="reported").count() == 3
