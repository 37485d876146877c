"""The pages of comparing and checking: what they say, for whom, in how many queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from criteria.exchange import content_of, write_content
from criteria.models import Condition, CriteriaSet
from portal.core import clock
from tests.factories import World, client_of, make_world


@pytest.fixture
def world(db: None) -> World:
    """The province, its sets and people."""
    return make_world()


def draft(world: World, **given: Any) -> CriteriaSet:
    """A draft of Pu county with what its published set says."""
    office = world.offices["puxian"]
    source = CriteriaSet.objects.visible_to(world.actor("puxian.clerk")).get(key="puxian-2023")
    row = CriteriaSet(
        key="puxian-draft",
        level="county",
        region=office.region,
        copied_from=source,
        created_at=clock.now(),
    )
    write_content(row, content_of(source) | given)
    return row


def page(world: World, name: str, key: str, **query: str) -> Any:
    url = reverse(name, args=[world.offices["puxian"].slug, key])
    return client_of(world.actor("puxian.clerk")).get(url, query)


def test_the_summary_says_where_the_county_is_stricter(world: World) -> None:
    answer = page(world, "criteria-compare", "puxian-2023", **{"with": "province-2022"})
    text = answer.content.decode()
    said = "蒲县专业镇认定标准（第 1 版）比省级专业镇认定标准（第 1 版）更严的有 3 处"
    assert said in text
    anchor = text.split(said)[1].split('href="#')[1].split('"')[0]
    assert f'id="{anchor}"' in text
    assert "<del>的蒲县</del>" in text and "<ins>山西</ins>" in text
    assert "门槛 10亿元，对方 20亿元" in text


def test_a_category_and_only_what_differs_narrow_the_page(world: World) -> None:
    query = {"with": "province-2022"}
    whole = page(world, "criteria-compare", "puxian-2023", **query).content.decode()
    tourism = page(
        world, "criteria-compare", "puxian-2023", **query, category="culture_tourism"
    ).content.decode()
    assert "更严的有 0 处" in tourism
    assert whole.count("<tr>") > tourism.count("<tr>")
    only = page(world, "criteria-compare", "puxian-2023", **query, only="on").content.decode()
    assert "不低于 1家" in whole
    assert only.count("<tr>") == whole.count("<tr>") - 1  # 龙头企业数: the same on both sides


def test_a_copy_shows_no_difference_until_something_is_changed(world: World) -> None:
    row = draft(world)
    given = {"with": "puxian-2023", "only": "on"}
    assert "两套标准内容相同" in page(world, "criteria-compare", row.key, **given).content.decode()
    Condition.objects.filter(criterion__criteria_set=row, key="employment").update(threshold=3000)
    text = page(world, "criteria-compare", row.key, **given).content.decode()
    assert "更严的有 1 处" in text
    assert "门槛 3,000人，对方 2,000人" in text
    assert text.count('class="compare-columns"') == 1


def test_without_the_other_set_the_page_asks_for_it(world: World) -> None:
    text = page(world, "criteria-compare", "puxian-2023").content.decode()
    assert "请选择另一套标准" in text and "省级专业镇认定标准（第 1 版）" in text
    assert page(world, "criteria-compare", "puxian-2023", **{"with": "none"}).status_code == 404


def test_drafts_are_compared_by_their_own_office_only(world: World, client: Client) -> None:
    row = draft(world)
    url = reverse("public-criteria-compare", args=["puxian-2023"])
    assert client.get(url, {"with": "province-2022"}).status_code == 200
    assert client.get(url, {"with": row.key}).status_code == 404
    assert row.title not in client.get(
        reverse("public-criteria-compare", args=["province-2022"])
    ).content.decode().replace(f"{row.title}（第 1 版）", "")
    stranger = world.actor("xixian.clerk")
    other = reverse("criteria-compare", args=[world.offices["xixian"].slug, row.key])
    assert client_of(stranger).get(other).status_code == 404


def test_the_pages_take_few_queries(world: World) -> None:
    row = draft(world)
    client = client_of(world.actor("puxian.clerk"))
    slug = world.offices["puxian"].slug
    for name, query in (
        ("criteria-compare", {"with": "province-2022"}),
        ("criteria-check", {}),
    ):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(reverse(name, args=[slug, row.key]), query).status_code == 200
        assert len(seen) <= 20, [item["sql"] for item in seen.captured_queries]


def test_the_check_links_each_finding_to_its_place(world: World) -> None:
    row = draft(world)
    Condition.objects.filter(criterion__criteria_set=row, key="employment").update(quote="别的话")
    text = page(world, "criteria-check", row.key).content.decode()
    assert "须改正 1 处" in text
    slug = world.offices["puxian"].slug
    for name, args in (
        ("condition-edit", [slug, row.key, "employment", "employment"]),
        ("criteria-facts", [slug, row.key]),
    ):
        assert f'href="{reverse(name, args=args)}' in text
    empty = draft_without_criteria(world)
    text = page(world, "criteria-check", empty.key).content.decode()
    assert "还没有认定条件" in text
    assert f'href="{reverse("criterion-new", args=[slug, empty.key])}' in text


def draft_without_criteria(world: World) -> CriteriaSet:
    return CriteriaSet.objects.create(
        key="puxian-empty",
        level="county",
        region=world.offices["puxian"].region,
        title="空标准",
        created_at=clock.now(),
    )


def test_readers_are_led_to_the_text_not_to_the_editor(world: World) -> None:
    text = page(world, "criteria-check", "province-2022").content.decode()
    assert "没有须改正的地方" in text
    assert "#scale" in text and "/edit/" not in text


def test_a_published_set_leads_everybody_to_its_comparison_and_its_file(
    world: World, client: Client
) -> None:
    text = client.get(reverse("public-criteria", args=["puxian-2023"])).content.decode()
    for name in ("public-criteria-compare", "public-criteria-export"):
        assert f'href="{reverse(name, args=["puxian-2023"])}"' in text
