"""A contest set is authored in the browser, published by a second person, and assesses a town.

晋政办发〔2022〕81号（十）names five aspects of the contest and no points: those typed here are the
office's own. Every page on the way passes axe; a picture of it is kept in the folder named by
``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from criteria.models import CriteriaSet, Indicator
from portal.core import clock
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage, Worker
from tests.factories import World, make_world
from towns.models import Simulation, TownFigure

CLAUSE = (
    "省级制定专业镇集群竞赛评选办法,围绕专业镇特色、规模效益、创新能力、服务体系和发展环境等方面,"
    "鼓励各专业镇企业参加专业镇集群竞赛评选行动,支持专业镇企业走“专精特新”发展之路。"
)
ASPECTS = ("特色", "规模效益", "创新能力", "服务体系", "发展环境")
YI = Decimal(100_000_000)


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    TownFigure.objects.update_or_create(
        town=world.towns["puxian"],
        indicator=Indicator.objects.get(key="output_value"),
        year=clock.today().year - 1,
        defaults={"value": 12 * YI},
    )
    return world


class Desk:
    """Somebody at a browser; every page shown is checked and pictured."""

    def __init__(self, page: Page, site: str, username: str) -> None:
        self.page, self.site, self.name, self.shots = page, site, username, 0
        sign_in(page, site, username)

    def look(self, words: str) -> None:
        """See ``looking.look``; pictures are numbered."""
        self.shots += 1
        look(self.page, f"criteria-{self.name}-{self.shots:02d}", words)

    def press(self, name: str) -> None:
        """A button, by its words."""
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        """A link in the page, by its words."""
        self.page.locator("main").get_by_role("link", name=name).first.click()


def add_aspect(desk: Desk, place: int, title: str) -> None:
    """One criterion: the clause, 20 points; 规模效益 by bands of output, the others by experts."""
    page = desk.page
    desk.follow("添加第一条" if place == 1 else "添加一条")
    page.get_by_label("条款号").fill("（十）")
    page.get_by_label("条目名称").fill(title)
    page.get_by_label("条款原文").fill(CLAUSE)
    page.get_by_label("请申报人填报什么").fill(f"请说明本镇{title}方面的情况，附佐证材料。")
    page.get_by_label("满分").fill("20")
    if title == "规模效益":
        page.get_by_label("只看数据").check()
        page.get_by_label("按数据分档计分").check()
        page.locator("[name=band_0_indicator]").select_option("output_value")
        page.locator("[name=band_0_unit]").select_option(label="亿元")
        for row, (start, points) in enumerate((("1", "5"), ("10", "12"), ("50", "20"))):
            page.locator(f"[name=band_0_from_{row}]").fill(start)
            page.locator(f"[name=band_0_points_{row}]").fill(points)
    else:
        page.get_by_label("专家评分", exact=True).check()
        page.locator("[name=rubric_0_low]").fill("15")
        page.locator("[name=rubric_0_high]").fill("20")
        page.locator("[name=rubric_0_words]").fill("在全国同行业领先")
    desk.press("保存这一条")
    desk.look(f"第 {place} 条 {title}")


def test_a_contest_set_is_authored_published_by_a_second_person_and_assesses(
    world: World, live_url: str, new_page: NewPage, celery_worker_process: Worker
) -> None:
    clerk = Desk(new_page(), live_url, "sx.clerk")
    page = clerk.page
    page.get_by_role("link", name="认定标准").first.click()
    clerk.follow("新建标准")
    clerk.look("三种办法")
    page.get_by_label("竞赛评选标准").check()
    page.get_by_label("标准名称").fill("山西省专业镇集群竞赛评选标准")
    page.get_by_label("发文字号").fill("晋政办发〔2022〕81号")
    page.get_by_label("文件名称").fill("山西省支持专业镇高质量发展若干政策")
    page.locator("[name=scope_clause]").fill("（十）")
    page.get_by_label("印发日期").fill("2022-09-26")
    page.get_by_label("施行日期").fill(clock.today().isoformat())
    clerk.press("新建草稿")
    clerk.look("还没有认定条件")
    for place, title in enumerate(ASPECTS, start=1):
        add_aspect(clerk, place, title)
    clerk.look("共 5 条")
    clerk.follow("预览")
    clerk.look("请说明本镇特色方面的情况")
    page.go_back()
    clerk.follow("检查缺漏")
    clerk.look("检查")
    page.go_back()
    clerk.follow("提请确认发布")
    page.get_by_label("提请说明").fill("依据（十），各条分值由本办公室设定。")
    clerk.look("提请人不能自己确认")
    clerk.press("提请确认发布")
    clerk.look("等待另一位主任或副主任确认")

    contest = CriteriaSet.objects.get(kind="contest")
    director = Desk(new_page(), live_url, "sx.office_director")
    director.page.get_by_role("link", name="通知").first.click()
    director.look("提请确认发布")
    director.page.goto(
        live_url + office_url(world.actor("sx.office_director"), "criteria-set", contest.key)
    )
    director.look("待确认发布")
    director.look("第 2 条 规模效益")
    director.look("按数据分档计分：主导产业年产值")
    director.follow("确认发布")
    director.press("确认发布")
    director.look("请")
    director.page.get_by_label("我已对照文件原文").check()
    director.press("确认发布")
    director.look("已发布为第 1 版")
    contest.refresh_from_db()
    assert (contest.state, contest.version, contest.criteria.count()) == ("published", 1, 5)

    director.follow("试评一个专业镇")
    director.page.get_by_role("link", name=world.towns["puxian"].name).first.click()
    director.look("评分参考")
    expect(director.page.locator("#points")).to_contain_text("12")
    director.page.goto(
        live_url + office_url(world.actor("sx.office_director"), "criteria-simulate", contest.key)
    )
    director.look("比较什么")
    director.press("开始模拟")
    expect(director.page.locator("main")).to_contain_text("共 ", timeout=60_000)
    director.look("模拟")
    assert Simulation.objects.get().finished_at is not None
