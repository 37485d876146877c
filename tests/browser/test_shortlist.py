"""Ranking a shortlist in a real browser: by the keyboard, by number, by dragging; the count."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.core.web import office_url
from reviews.models import Shortlist
from tests.browser.looking import look
from tests.browser.test_previews import sign_in
from tests.factories import make_world
from tests.shortlist_world import CITY, give_places, waiting_cases

pytestmark = pytest.mark.browser


def test_a_list_is_ranked_without_a_mouse_and_with_one(
    page: Page, live_url: str, transactional_db: None
) -> None:
    world = make_world()
    cases = waiting_cases(world, 4)
    names = [case.town_name for case in cases]
    give_places(world, 1)
    director = world.actor(f"{CITY}.office_director")
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, live_url, director)
    page.goto(live_url + office_url(director, "shortlist", cases[0].round_id))
    rows = page.locator("[data-ranking] tbody tr")

    def order() -> list[int]:
        return [names.index(str(row.get_attribute("data-town"))) for row in rows.all()]

    # By the keyboard: the focus stays on the row, and the new place is said.
    page.get_by_role("button", name=f"{names[2]}上移").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert order() == [2, 0, 1, 3]
    expect(page.get_by_text(f"{names[2]}现在排第 1 位，尚未保存。")).to_be_attached()
    expect(page.get_by_role("button", name=f"{names[2]}下移")).to_be_focused()
    # By number.
    page.get_by_label(f"{names[3]}：排序").fill("2")
    page.keyboard.press("Tab")
    assert order() == [2, 3, 0, 1]
    # By dragging: the last row above the third.
    handle, third = rows.nth(3).locator("[data-handle]"), rows.nth(2)
    handle.scroll_into_view_if_needed()
    start, goal = handle.bounding_box(), third.bounding_box()
    assert start is not None
    assert goal is not None
    page.mouse.move(start["x"] + 5, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(goal["x"] + 150, goal["y"] + 12, steps=8)
    page.mouse.move(goal["x"] + 150, goal["y"] + 8)
    page.mouse.up()
    assert order() == [2, 3, 1, 0]
    assert [row.locator("[data-rank] input").input_value() for row in rows.all()] == list("1234")

    # The count is said while choosing; the server refuses, with everything still there.
    for place in (0, 1):
        rows.nth(place).get_by_role("combobox").select_option("推荐")
        rows.nth(place).get_by_role("textbox").last.fill("择优推荐")
    expect(page.get_by_text("已列为推荐 2 个，名额 1 个，超出 1 个，不能保存。")).to_be_visible()
    page.get_by_role("button", name="保存并核对确定").click()
    look(page, "shortlist-over", "请将 1 个改为备选或者不推荐")
    for place in (1, 2, 3):
        rows.nth(place).get_by_role("combobox").select_option("备选")
    page.get_by_role("button", name="保存并核对确定").click()
    look(page, "shortlist-confirm", "确定后转报上级办公室")
    page.get_by_role("button", name="确定推荐名单").click()
    look(page, "shortlist", "推荐名单已确定，推荐的已上报")
    items = Shortlist.objects.get().items.order_by("rank")
    assert [names.index(item.case.town_name) for item in items] == [2, 3, 1, 0]
