"""A round in a real browser: every page passes axe; opened, set up and tried out without script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from criteria.queries import spec_of
from portal.core import clock
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_world
from towns.models import EvidenceSlot, Extension, Round, RoundQuota


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def test_a_round_is_set_up_by_keyboard_and_without_script(
    world: World, live_url: str, new_page: NewPage
) -> None:
    director, call = world.actor("sx.office_director"), world.rounds["province"]
    city = world.offices["linfen"].region
    page = new_page()
    # None of the site's scripts comes; axe still runs.
    page.route("**/*.js", lambda route: route.abort())
    sign_in(page, live_url, "sx.office_director")

    def go(name: str, *args: object) -> None:
        page.goto(live_url + office_url(director, name, *args))

    go("round-quotas", call.pk)
    look(page, "round-quotas", "下一级地区")
    page.get_by_label(f"{city.name}的名额").fill("四")
    page.keyboard.press("Enter")
    look(page, "round-quotas-error", "没有保存")
    page.get_by_label(f"{city.name}的名额").fill("4")
    page.keyboard.press("Enter")
    look(page, "round-quotas-saved", "推荐名额已保存")
    assert RoundQuota.objects.get(round=call).places == 4
    go("round-slots", call.pk)
    criterion = spec_of(call.criteria_set).criteria[0]
    page.get_by_role("link", name=f"给“{criterion.title}”增加材料").click()
    look(page, "round-slot", "材料名称")
    page.get_by_label("材料名称").fill("历史沿革证明")
    page.get_by_role("button", name="保存").click()
    look(page, "round-slots", "已增加“历史沿革证明”")
    assert EvidenceSlot.objects.get(round=call).criterion == criterion.key
    go("round-extensions", call.pk)
    town = world.towns["puxian"]
    page.locator("#id_town").select_option(str(town.pk))
    day = clock.today() + timedelta(days=60)
    page.get_by_label("延期至（日期）").fill(day.isoformat())
    page.get_by_label("延期事由").fill("断网")
    page.get_by_label("批准人").fill("李主任")
    page.get_by_role("button", name="办理延期").click()
    look(page, "round-extensions", "已延期至")
    page.get_by_role("link", name=f"撤销{town.name}的延期").click()
    look(page, "round-extension-revoke", "撤销后按批次截止时间")
    assert Extension.objects.get(round=call).until.date() >= day - timedelta(days=1)
    go("round", call.pk)
    look(page, "round", "截止规则")

    go("round-new")
    look(page, "round-new", "先试运行")
    tomorrow = clock.today() + timedelta(days=1)
    for name, text in (
        ("title", "试运行的一批"),
        ("key", "trial"),
        ("opens_on", tomorrow.isoformat()),
        ("closes_on", (tomorrow + timedelta(days=20)).isoformat()),
        ("closes_time", "18:00"),
    ):
        page.locator(f"#id_{name}").fill(text)
    page.get_by_label("先试运行").check()
    page.get_by_role("button", name="设立申报批次").click()
    look(page, "round-trial", "还没有试填的申报")
    expect(page.get_by_label("试运行说明")).to_contain_text("仅本办公室可见")
    trial = Round.objects.get(key="trial")
    go("round-edit", trial.pk)
    look(page, "round-edit", "修改批次")
    go("round-discard", trial.pk)
    look(page, "round-discard", "没有试运行的数据")
    go("round-official", trial.pk)
    page.get_by_role("button", name="转为正式批次").click()
    look(page, "round-official", "已转为正式批次")
    trial.refresh_from_db()
    assert not trial.trial
    assert trial.closes_time.isoformat() == "18:00:00"
