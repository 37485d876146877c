"""The whole way in a real browser, as its several people: filing to roster and issued document.

Every page on the way is checked with axe, and a picture of it is kept in the folder named by
``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import FilePayload, Page, expect
from pypdf import PdfReader
from pytest_django import Settings

from portal.core import clock
from portal.workspace.demonstration.registers import load_registers
from portal.workspace.demonstration.seeding import load_rounds
from portal.workspace.loading import load_reference
from reviews.models import Case, PublicNotice, ScoreSheet, UnitOpinion
from tests.conftest import NewPage, Worker
from towns.models import Application, Certification

PASSWORD = "Walk-password-2026"
TOWN = "汾阳市汾酒专业镇"
EVIDENCE = settings.PORTAL_FIXTURES_DIR / "demo" / "evidence" / "heritage-statement.pdf"


@pytest.fixture(autouse=True)
def demonstration(settings: Settings) -> None:
    """The people of the demonstration sign in where it runs only."""
    settings.PORTAL_DEMO = True


class Person:
    """Somebody at a browser of their own, signed in."""

    def __init__(self, page: Page, site: str, username: str, problems: list[str]) -> None:
        self.page, self.site, self.username, self.problems = page, site, username, problems
        self.shots = 0
        page.goto(f"{site}/login/")
        page.get_by_label("登录名").fill(username)
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        self.look("工作台")

    def look(self, words: str) -> None:
        """The page says so, passes axe, and is pictured."""
        self.page.wait_for_load_state()
        expect(self.page.locator("body")).to_contain_text(
            words, use_inner_text=True, timeout=60_000
        )
        found = Axe().run(self.page)
        if found.violations_count:
            self.problems.append(f"{self.page.url}\n{found.generate_report()}")
        folder = os.environ.get("WALK_PICTURES")
        if folder:
            self.shots += 1
            name = f"{self.username}-{self.shots:02d}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)

    def go(self, link: str, words: str) -> None:
        """Follow a link of the page by its words."""
        self.page.get_by_role("link", name=link, exact=False).first.click()
        self.look(words)

    def press(self, button: str, words: str) -> None:
        """Press a button of the page."""
        self.page.get_by_role("button", name=button, exact=False).first.click()
        self.look(words)

    def menu(self, name: str) -> None:
        """Choose from the left menu."""
        self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        self.look(name)

    def home(self) -> None:
        """Back to the workspace."""
        self.page.goto(f"{self.site}/home/")
        self.look("工作台")


@pytest.fixture
def people(transactional_db: None, live_url: str, new_page: NewPage) -> Iterator[Any]:
    """Signs people in, each once, on a site with the reference and demonstration registers."""
    load_reference(settings.PORTAL_FIXTURES_DIR)
    load_registers(settings.PORTAL_FIXTURES_DIR, PASSWORD)
    load_rounds(settings.PORTAL_FIXTURES_DIR)
    known: dict[str, Person] = {}
    problems: list[str] = []

    def sign_in(username: str) -> Person:
        if username not in known:
            known[username] = Person(new_page(), live_url, username, problems)
        return known[username]

    yield sign_in
    assert not problems, "\n".join(problems)


def fill(person: Person) -> None:
    """The filer starts, fills every part and hands over."""
    page = person.page
    person.menu("申报批次")
    person.go("2026年度省级专业镇申报", TOWN)
    row = (
        page.locator("tr, li, section")
        .filter(has_text=TOWN)
        .filter(has=page.get_by_text("开始申报"))
    )
    row.last.get_by_text("开始申报").click()
    page.wait_for_load_state()
    if page.get_by_role("button", name="开始申报").count():
        page.get_by_role("button", name="开始申报").click()
    person.look("还有")
    person.go("基本情况", "填写")
    page.get_by_label("联系人", exact=True).fill("联系人甲")
    page.get_by_label("联系电话", exact=True).fill("0358-0000000")
    page.get_by_label("申报概述", exact=True).fill("清香型白酒发源地,产业集聚。")
    person.press("保存并继续", "“基本情况”已保存。")
    person.go("返回清单", "认定条件")
    person.go("历史传承厚重", "条款原文")
    assert "拥有历史传承的独特产品、工艺技艺和服务" in page.locator("main").inner_text()
    state(person, "酿造技艺传承千年。")
    prove(person)
    person.press("保存并继续", "就业富民带动面广")
    for following in ("市场需求较大", "产业集聚度高", "龙头企业带动效应强", "产品特色突出",
                      "公共服务完善", "发展环境良好"):  # fmt: skip
        state(person, "情况良好,见佐证材料。")
        person.press("保存并继续", following)
    state(person, "政府重视,措施精准。")
    person.press("保存并返回清单", "“发展环境良好”已保存。")
    person.go("申报请示", "请先补齐上面列出的内容。")
    promise(person)
    person.press("送提交人", "待提交")


def state(person: Person, words: str) -> None:
    """What the filer says to a criterion."""
    person.page.get_by_label("情况说明", exact=True).fill(words)


def prove(person: Person) -> None:
    """Evidence goes to its slot: a bad file is refused beside it, the words stay, a good one in."""
    page = person.page
    slot = page.get_by_role("region", name="主导产业历史传承情况说明")
    words = page.get_by_label("情况说明", exact=True)
    bad: FilePayload = {
        "name": "假.pdf",
        "mimeType": "application/pdf",
        "buffer": b"MZ not a pdf",
    }
    files = slot.get_by_label("选择文件：主导产业历史传承情况说明")
    files.set_input_files(bad)
    slot.get_by_text("内容不是 PDF 文件").wait_for()
    person.look("没有上传，原因见上")
    slot.get_by_role("button", name="移除上传 假.pdf").click()
    expect(words).to_have_value("酿造技艺传承千年。")
    files.set_input_files(EVIDENCE)
    slot.locator(".upload-done").wait_for()
    slot.get_by_label("材料名称").fill("历史传承情况说明")
    slot.get_by_role("button", name="上传材料").click()
    expect(slot.locator(".evidence-pieces")).to_contain_text("历史传承情况说明")
    person.look("已有 1 份")
    expect(words).to_have_value("酿造技艺传承千年。")


def promise(person: Person) -> None:
    """The stamped request and the promises, which the check page still asks for."""
    page = person.page
    expect(page.locator("#missing")).to_contain_text("上传加盖公章的申报请示")
    expect(page.get_by_role("button", name="送提交人")).to_be_disabled()
    page.get_by_label("请示文号").fill("汾政请〔2026〕8号")
    page.get_by_label("请示扫描件").set_input_files(EVIDENCE)
    page.locator("#request .upload-done").wait_for()
    person.press("上传请示", "申报请示已保存。")
    for box in page.locator("#commitments").get_by_role("checkbox").all():
        box.check()
    person.press("作出承诺", "已作出承诺。")
    expect(page.locator("#missing")).to_have_count(0)


def submit(person: Person) -> str:
    """A second person submits; the receipt shows a number."""
    person.home()
    person.go(TOWN, TOWN)
    if not person.page.get_by_role("link", name="提交申报").count():
        person.go("核对", "提交申报")
    person.go("提交申报", "承诺")
    person.press("提交申报", "请先核对申报内容并勾选承诺。")  # asked for beside its box
    person.page.locator("[name=pledge]").check()
    if person.page.locator("[name=accept_unmet]").count():
        person.page.locator("[name=accept_unmet]").check()
    person.press("提交申报", "受理编号")
    return Application.objects.get(town__name=TOWN).number


def decide(person: Person, outcome: str, words: str) -> None:
    """Decide the case that waits on the person's workspace."""
    person.home()
    person.go(TOWN, "现在办理")
    person.page.get_by_role("radio", name=outcome, exact=False).check()
    person.page.locator("[name=opinion]").fill("材料齐全,同意。")
    person.press("提交办理结果", words)


def recommend(person: Person) -> None:
    """The city puts the town on its list and confirms it: four eyes, reasons, places."""
    person.menu("推荐名单")
    person.go("2026年度省级专业镇申报", TOWN)
    row = person.page.locator(f"tr[data-town='{TOWN}']")
    row.get_by_role("combobox").select_option("推荐")
    row.get_by_role("textbox").last.fill("产业特色鲜明，择优推荐。")
    person.press("保存并核对确定", "确定后转报上级办公室")
    person.press("确定推荐名单", "推荐名单已确定")


def back_to_the_case(person: Person) -> None:
    """After a decision the next case of the queue is shown; this one waits on the workspace."""
    person.home()
    person.go(TOWN, "现在办理")


def judge(people: Any, clerk: Person, case: Case) -> None:
    """A member unit gives its opinion and the experts score."""
    back_to_the_case(clerk)
    clerk.go("征求成员单位意见", "征求意见")
    chosen = clerk.page.locator("[name=offices]:checked")
    while chosen.count():
        chosen.first.uncheck()
    clerk.page.get_by_label("省农业农村厅", exact=True).check()
    clerk.press("征求意见", "省农业农村厅")
    unit = people("unit")
    unit.home()
    unit.go(TOWN, TOWN)
    if not unit.page.locator("[name^=verdict_]").count():
        unit.go("提出会审意见", "对“产业集聚度高”的意见")
    assert not unit.page.get_by_text("历史传承厚重").count(), "it is not asked about that"
    for agreed in unit.page.locator("[name^=verdict_][value=agree]").all():
        agreed.check()
    unit.press("提交", "同意")
    assert UnitOpinion.objects.get(case=case).verdict == "agree"

    decide(clerk, "汇总完成", "专家评分")
    back_to_the_case(clerk)
    clerk.go("指派专家", "专家")
    for box in clerk.page.locator("[name=experts]").all():
        box.check()
    clerk.press("指派", "专家评分")
    for sheet in ScoreSheet.objects.filter(case=case).select_related("post"):
        holder = sheet.post.appointments.get()
        expert = people(holder.user.username)
        expert.home()
        expert.go(TOWN, "评分理由")
        for box in expert.page.locator("input[name^=score_]").all():
            box.fill("9")
        for box in expert.page.locator("[name^=reason_]").all():
            box.fill("材料充分。")
        expert.press("提交", TOWN)
    decide(clerk, "汇总完成", "会议审定")


def meet(province: Person, case: Case) -> None:
    """A meeting decides."""
    province.menu("会议审定")
    province.go("安排会议", TOWN)
    province.page.locator(f"[name=cases][value='{case.pk}']").check()
    province.press("列入会议议程", TOWN)
    province.page.locator("input[type=radio][value=approve]").first.check()
    province.page.locator("[name=minutes]").fill("经研究,同意认定。")
    province.press("结果", "同意")


def give_notice(clerk: Person, case: Case) -> None:
    """The public notice runs out without an objection."""
    clerk.menu("公示")
    clerk.go("发布公示", TOWN)
    clerk.page.locator(f"[name=cases][value='{case.pk}']").check()
    for name, value in (("contact", "省领导小组办公室"), ("phone", "0351-0000000")):
        clerk.page.locator(f"[name={name}]").fill(value)
    clerk.press("发布公示", "公示")
    notice = PublicNotice.objects.get(items__case=case)
    # The window passes: its stored days are moved back, as no test can wait for five working days.
    days = (notice.ends_on - clock.today()).days + 1
    notice.starts_on -= timedelta(days=days)
    notice.ends_on -= timedelta(days=days)
    notice.save()
    clerk.page.reload()
    clerk.page.locator("input[type=radio][value=clear]").first.check()
    clerk.press("办结", "公示期满")


def issue(people: Any, clerk: Person, case: Case) -> Certification:
    """One drafts, another checks, a third signs; the town is certified."""
    clerk.menu("发文登记簿")
    clerk.go("拟写认定通知", TOWN)
    clerk.page.locator(f"[name=case][value='{case.pk}']").check()
    clerk.press("拟写通知", "主送")
    clerk.press("保存", "拟稿")
    clerk.go("送核稿", "会签机关")
    clerk.press("送核稿", "核稿由本办公室审核或主任岗位办理")
    checker = people("sx-checker")
    checker.home()
    figure = checker.page.locator(".figure-card").filter(has_text="待我核稿的公文")
    figure.get_by_role("link").click()
    checker.look("待核稿")
    checker.go("名单的通知", "现在办理")
    checker.go("核稿", "具体意见")
    checker.page.locator("[name=decision][value=agree]").check()
    checker.press("提交意见", "核稿同意")
    signer = people("sx-signer")
    signer.menu("发文登记簿")
    signer.go("名单的通知", "现在办理")
    signer.page.locator(".document-now a").first.click()
    signer.look("成文日期")
    signer.page.locator("[name=confirmed]").check()
    signer.press("印发", "晋专镇办发〔")
    certification = Certification.objects.get(town__name=TOWN)
    assert certification.level == "province"
    return certification


def download_notice(signer: Person, certification: Certification, target: Path) -> None:
    """The PDF appears once the worker has made it, and says what it should."""
    document = certification.document
    assert document is not None
    for _ in range(60):
        if document.renditions.exists():
            break
        signer.page.wait_for_timeout(500)
    signer.page.reload()
    signer.look("下载")
    with signer.page.expect_download() as started:
        signer.page.get_by_role("link", name="下载").first.click()
    started.value.save_as(target)
    text = "".join(page.extract_text() for page in PdfReader(target).pages)
    assert TOWN in text
    assert document.number in text


def export_roster(province: Person) -> None:
    """The workbook holds exactly the filtered rows."""
    province.menu("认定名单")
    province.page.locator("[name=search]").fill("汾酒")
    province.press("查询", TOWN)
    province.press("导出", "导出")
    for _ in range(60):
        if province.page.get_by_role("link", name="下载").count():
            break
        province.page.wait_for_timeout(500)
        province.page.reload()
    province.look("下载")
    with province.page.expect_download() as started:
        province.page.get_by_role("link", name="下载").first.click()
    content = Path(started.value.path()).read_bytes()
    roster = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    names = [row[1] for row in roster.iter_rows(values_only=True) if row[0] == 1]
    assert names == [TOWN]


def test_the_whole_way_from_filing_to_roster(
    people: Any, celery_worker_process: Worker, tmp_path: Path
) -> None:
    fill(people("filer"))
    number = submit(people("submitter"))
    case = Case.objects.get(number=number)

    decide(people("fenyang-clerk"), "予以受理", "县级推荐")
    decide(people("county"), "推荐上报", "市级审核")
    decide(people("lvliang-clerk"), "审核通过", "市级推荐")
    recommend(people("city"))
    decide(people("sx-clerk"), "予以受理", "成员单位会审")

    clerk, province = people("sx-clerk"), people("province")
    judge(people, clerk, case)
    meet(province, case)
    give_notice(clerk, case)
    certification = issue(people, clerk, case)
    download_notice(people("sx-signer"), certification, tmp_path / "notice.pdf")
    export_roster(province)

    # The town sees the result, and so does the public.
    filer = people("filer")
    filer.menu("认定名单")
    filer.look(TOWN)
    filer.page.goto(f"{filer.site}/public/roster/")
    filer.look(TOWN)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "certified")
