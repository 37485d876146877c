"""A document in a real browser, as its several people: drafted, checked, cosigned, issued, read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from portal.core.actions.documents import Draft, begin_document
from portal.core.actor import Actor
from portal.core.documents.kinds import Texts
from portal.core.models import DeliveryRead, OfficialDocument
from portal.core.web import office_url
from tests.conftest import NewPage
from tests.factories import World, client_of, make_world

TITLE = "关于报送年度数据的通知"
TEXTS = Texts(TITLE, "各县（市、区）办公室", "现将有关事项通知如下：\n一、报送时间。月底前报送。")


class Person:
    """Somebody at a browser of their own, with a session."""

    def __init__(self, page: Page, site: str, actor: Actor, problems: list[str]) -> None:
        self.page, self.site, self.actor, self.problems = page, site, actor, problems
        cookies = client_of(actor).cookies
        page.context.add_cookies(
            [{"name": name, "value": row.value, "url": site} for name, row in cookies.items()]
        )

    def open(self, name: str, *args: object) -> None:
        """A page of the workspace by its address."""
        self.page.goto(self.site + office_url(self.actor, name, *args))

    def look(self, words: str, *, check: bool = True) -> None:
        """The page says so, passes axe, is no wider than the window, and is pictured."""
        self.page.wait_for_load_state()
        assert words in self.page.locator("body").inner_text(), f"{self.page.url}: no {words}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px wider than the window"
        if check:
            found = Axe().run(self.page)
            if found.violations_count:
                self.problems.append(f"{self.page.url}\n{found.generate_report()}")
        folder = os.environ.get("WALK_PICTURES")
        if folder:
            name = f"documents-{self.actor.name}-{len(list(Path(folder).iterdir())):02d}.png"
            self.page.screenshot(path=Path(folder) / name, full_page=True)

    def go(self, link: str, words: str, *, check: bool = True) -> None:
        """Follow a link of the content by its words."""
        self.page.locator("main").get_by_role("link", name=link).first.click()
        self.look(words, check=check)

    def press(self, button: str, words: str, *, check: bool = True) -> None:
        """Press a button of the content."""
        self.page.locator("main").get_by_role("button", name=button, exact=True).first.click()
        self.look(words, check=check)


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def test_a_document_from_its_draft_to_its_reader(
    world: World, live_url: str, new_page: NewPage
) -> None:
    problems: list[str] = []

    def person(name: str) -> Person:
        return Person(new_page(), live_url, world.actor(name), problems)

    drafted = begin_document(
        actor=world.actor("linfen.clerk"), kind="notice", draft=Draft(TEXTS, {})
    )
    clerk = person("linfen.clerk")
    clerk.open("document", drafted.pk)
    clerk.go("送核稿", "会签机关")
    clerk.page.locator("[name=organ-0-name]").fill("临汾市工信局")
    clerk.page.locator("[name=organ-0-joint]").check()
    clerk.page.locator("[name=opinion]").fill("按年度计划拟稿")
    clerk.press("送核稿", "核稿由本办公室审核或主任岗位办理")

    checker = person("linfen.checker")
    checker.open("documents-waiting")
    checker.go(TITLE, "现在办理", check=False)
    checker.go("核稿", "具体意见")
    checker.press("提交意见", "请选择同意，或者退回修改", check=False)
    checker.page.locator("[name=decision][value=agree]").check()
    checker.press("提交意见", "核稿同意", check=False)

    unit = person("linfen.member")
    unit.open("workspace")
    figure = unit.page.locator(".figure-card").filter(has_text="待我会签的公文")
    figure.get_by_role("link", name="1").click()
    unit.look("待会签")
    unit.go(TITLE, "会签：临汾市工信局", check=False)
    unit.go("会签：临汾市工信局", "作为联合发文机关署名", check=False)
    unit.page.locator("[name=decision][value=agree]").check()
    unit.press("提交意见", "会签同意", check=False)

    signer = person("linfen.signer")
    signer.open("document-issue", drafted.pk)
    signer.look("按顺序编定")
    signer.page.locator("[name=confirmed]").check()
    signer.press("印发", "已印发 临专镇办〔", check=False)
    signer.go("分发给其他单位", "及所辖各县（市、区）全部")
    signer.page.get_by_label("及所辖各县（市、区）全部").check()
    signer.press("分发", "已阅 0/")
    signer.go("打开打印页", "临汾市专业镇发展领导小组办公室发文稿纸")

    document = OfficialDocument.objects.get(pk=drafted.pk)
    assert document.deliveries.filter(office__slug="puxian").exists()
    county = person("puxian.clerk")
    county.open("documents-received")
    county.look("未阅")
    county.go(TITLE, "已阅")
    read = DeliveryRead.objects.get()
    assert (read.delivery.office.slug, read.name) == ("puxian", county.actor.name)

    signer.open("document", drafted.pk)
    signer.look(county.actor.name, check=False)
    clerk.open("documents")
    clerk.look("1/")
    clerk.open("document-numbers")
    clerk.look(document.number)
    assert not problems, "\n".join(problems)
