"""The gap to the next tier: three levels side by side, what is missing in sentences, the list."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F

from criteria.models import Condition, CriteriaSet
from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.listing import Listing
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft
from towns.gaps import TownGap, gaps_of
from towns.lists import GAPS
from towns.models import Certification, Town, TownCategory, TownFigure
from towns.tables.gaps import following_sentence, missing_sentences, standing_sentence

YI = Decimal(100_000_000)


def set_output(town: Town, amount: str | None) -> None:
    """The output value of the last year in 亿元; None: not reported."""
    figures = TownFigure.objects.filter(
        town=town, year=clock.today().year - 1, indicator__key="output_value"
    )
    figures.delete() if amount is None else figures.update(value=Decimal(amount) * YI)


def certify(town: Town, level: str) -> None:
    """A certification on paper."""
    Certification.objects.create(
        town=town,
        level=level,
        scope_code=town.scope_code,
        town_name=town.name,
        category=town.category,
        industry=town.industry,
        year=2023,
        valid_from=date(2023, 6, 1),
        source_title="认定通知",
        source_on=date(2023, 6, 1),
    )


def gap_of(town: Town) -> TownGap:
    """The town as a page reads it."""
    row = Town.objects.select_related("county__parent__parent").get(pk=town.pk)
    return gaps_of([row], clock.today().year - 1)[town.pk]


@pytest.fixture
def town(world: World) -> Town:
    """Pu county's: a county and a provincial set are in force, the city has none."""
    return world.towns["puxian"]


def test_levels_stand_side_by_side_and_the_next_is_the_first_above(town: Town) -> None:
    gap = gap_of(town)
    assert [row.level for row in gap.tiers] == ["county", "city", "province"]
    assert [row.criteria_set is not None for row in gap.tiers] == [True, False, True]
    assert gap.following is gap.tiers[0]
    assert standing_sentence(gap) == "尚未认定。下一梯次为县级。"
    certify(town, "county")
    gap = gap_of(town)
    assert gap.certified is gap.tiers[0]
    assert gap.following is gap.tiers[2]
    assert standing_sentence(gap) == ("已认定为县级专业镇。市级未载明认定标准，下一梯次为省级。")
    certify(town, "province")
    gap = gap_of(town)
    assert gap.following is None
    assert standing_sentence(gap).endswith("没有更高的梯次。")


def test_what_is_short_is_said_in_its_unit(town: Town) -> None:
    set_output(town, "8.5")
    certify(town, "county")
    tier = gap_of(town).following
    assert tier is not None
    sentences = missing_sentences(tier, {})
    assert tier.missing == len(sentences) == 1
    assert "再增加 1.5亿元" in sentences[0]
    assert following_sentence(tier).endswith("还有 1 项条件没有达到：")


def test_missing_data_is_missing_and_no_gap_is_invented(town: Town) -> None:
    set_output(town, None)
    tier = gap_of(town).following
    assert tier is not None
    assert tier.missing is not None
    assert tier.missing >= 1
    assert any("填报" in text for text in missing_sentences(tier, {}))


def test_without_any_set_everything_is_unstated(town: Town) -> None:
    CriteriaSet.objects.filter(state="published").update(
        withdrawn_on=clock.today(), state="withdrawn"
    )
    gap = gap_of(town)
    assert [row.outcome for row in gap.tiers] == [None, None, None]
    assert [row.reach for row in GAPS.rows(SYSTEM)] == [None] * Town.objects.count()  # type: ignore[attr-defined]
    assert gap.following is not None
    assert gap.following.level == "county"
    assert gap.following.missing is None
    assert "未载明" in following_sentence(gap.following)


def test_the_category_is_that_of_the_level(town: Town) -> None:
    TownCategory.objects.create(town=town, level="county", category="light_craft")
    tier = gap_of(town).tiers[0]
    assert tier.category == "light_craft"
    assert tier.outcome is not None
    assert tier.outcome.key == "not_covered"
    assert "不适用于" in following_sentence(tier)


def text_of(page: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_tab_shows_thresholds_and_distances(world: World, town: Town) -> None:
    set_output(town, "8.5")
    certify(town, "county")
    for who in ("puxian.filer", "puxian.clerk", "linfen.clerk", "sx.clerk"):
        actor = world.actor(who)
        answer = client_of(actor).get(office_url(actor, "town-gap", town.pk))
        assert answer.status_code == 200, who
        page = text_of(answer.content.decode())
        for words in ("还差 1.5亿元", "原则上不低于 10亿元", "未载明", "下一梯次", "待评议的条目"):
            assert words in page, (who, words)
    neighbour = world.actor("xixian.clerk")
    answer = client_of(neighbour).get(office_url(neighbour, "town-gap", town.pk))
    assert answer.status_code == 404


def test_another_year_may_be_compared(world: World, town: Town) -> None:
    actor = world.actor("puxian.filer")
    year = clock.today().year - 2
    TownFigure.objects.filter(town=town, year=year, indicator__key="output_value").update(
        value=7 * YI
    )
    address = office_url(actor, "town-gap", town.pk) + f"&year={year}"
    assert "还差 3亿元" in text_of(client_of(actor).get(address).content.decode())


def names(world: World, query: str = "", who: str = "sx.clerk") -> list[str]:
    """The towns of the list in its order."""
    return [row.name for row in Listing.of(GAPS, world.actor(who), query).page().items]


def test_the_nearest_stand_first(world: World) -> None:
    set_output(world.towns["puxian"], "9")
    set_output(world.towns["xixian"], "3")
    set_output(world.towns["zezhou"], "15")
    set_output(world.towns["gaoping"], None)
    shown = names(world)
    assert shown.index("蒲县肉牛专业镇") < shown.index("隰县玉露香梨专业镇")
    assert shown[-1] == "高平生猪专业镇"
    assert names(world, "order=reach")[0] == "隰县玉露香梨专业镇"


def test_the_order_and_the_filter_mean_the_same_next_tier_as_the_page(world: World) -> None:
    certify(world.towns["puxian"], "county")
    certify(world.towns["zezhou"], "province")
    Town.objects.filter(pk=world.towns["gaoping"].pk).update(stage="city")
    rows = list(GAPS.rows(world.actor("sx.clerk")).select_related("county__parent__parent"))
    found = gaps_of(rows, clock.today().year - 1)
    for row in rows:
        following = found[row.pk].following
        assert getattr(row, "tier", None) == (following.level if following else ""), row.name
    assert names(world, "tier=none") == ["泽州铸造专业镇"]
    assert set(names(world, "tier=province")) >= {"蒲县肉牛专业镇", "高平生猪专业镇"}


def test_the_share_is_of_what_the_next_set_asks(world: World, town: Town) -> None:
    certify(town, "county")
    set_output(town, "9")
    row: Any = GAPS.rows(world.actor("sx.clerk")).get(pk=town.pk)
    asked = Condition.objects.get(
        criterion__criteria_set__key="province-2022",
        indicator__key="output_value",
        categories__contains=["agriculture"],
    )
    assert row.reach == pytest.approx(float(9 * YI / asked.threshold))


def county_set(world: World, *rows: tuple[Any, ...], joining: str = "all") -> None:
    """Xi county's own set: rows of operator, 亿元, group and category; groups all and any."""
    made = make_draft(world.offices["xixian"], "xixian-own")
    criterion = made.criteria.get()
    criterion.joining = joining
    criterion.groups = [{"key": key, "joining": key, "label": ""} for key in ("all", "any")]
    criterion.save()
    first = criterion.conditions.get()
    for place, (operator, amount, group, category) in enumerate(rows):
        first.pk, first.key, first.operator, first.group = None, f"c{place}", operator, group
        first.categories = [category] if category else []
        first.threshold = amount * YI
        first.save()
    criterion.conditions.filter(key="scale-output").delete()
    CriteriaSet.objects.filter(pk=made.pk).update(state="published", version=1)


def reach_of(world: World, town: Town) -> Any:
    """The share that the column shows and the order follows."""
    listing = Listing.of(GAPS, world.actor("sx.clerk"), "tier=county")
    row: Any = next(item for item in listing.page().items if item.pk == town.pk)
    return row.reach


@pytest.mark.parametrize(
    ("rows", "joining", "share"),
    [
        ([("ge", 10, "", "")], "all", 0.5),
        ([("gt", 10, "all", "")], "all", 0.5),
        ([("ge", 10, "", ""), ("ge", 20, "all", "")], "all", 0.25),
        ([("le", 10, "", "")], "all", None),
        ([("ge", 10, "any", ""), ("ge", 5, "any", "")], "all", None),
        ([("ge", 10, "any", "")], "all", 0.5),
        ([("ge", 10, "", ""), ("ge", 20, "", "")], "any", None),
        ([("ge", 10, "", "manufacturing"), ("ge", 20, "", "agriculture")], "all", 0.25),
    ],
)
def test_only_what_is_asked_outright_is_a_threshold(
    world: World, rows: list[tuple[Any, ...]], joining: str, share: float | None
) -> None:
    town = world.towns["xixian"]
    county_set(world, *rows, joining=joining)
    set_output(town, "5")
    assert reach_of(world, town) == (None if share is None else pytest.approx(share))


def test_the_share_follows_the_category_on_the_list_of_the_level(world: World) -> None:
    town = world.towns["xixian"]
    county_set(world, ("ge", 10, "", "manufacturing"), ("ge", 20, "", "agriculture"))
    set_output(town, "5")
    TownCategory.objects.create(town=town, level="province", category="manufacturing")
    assert reach_of(world, town) == pytest.approx(0.25), "another level's list"
    listed = TownCategory.objects.create(town=town, level="county", category="manufacturing")
    assert reach_of(world, town) == pytest.approx(0.5)
    page = text_of(client_of(world.actor("sx.clerk")).get(list_address(world)).content.decode())
    assert "50%" in page.partition(town.name)[2][:200], page.partition(town.name)[2][:200]
    listed.category = "light_craft"
    listed.save()
    assert reach_of(world, town) is None, "the set is not meant for it"


def test_without_a_threshold_the_list_says_unstated(world: World) -> None:
    county_set(world, ("le", 10, "", ""))
    set_output(world.towns["xixian"], "5")
    page = text_of(client_of(world.actor("sx.clerk")).get(list_address(world)).content.decode())
    row = page.partition("隰县玉露香梨专业镇")[2][:200]
    assert "未载明" in row
    assert "未填报" not in row


def list_address(world: World) -> str:
    """The list with the towns of Xi county before the county tier."""
    return office_url(world.actor("sx.clerk"), "gaps") + "&q=玉露香梨"


def test_pages_follow_each_other_without_a_gap(world: World) -> None:
    """Shares that are no round numbers hold their place from page to page."""
    for number, town in enumerate(world.towns.values()):
        set_output(town, f"{7 + number}.{number}31")
    TownFigure.objects.filter(indicator__key="output_value").update(value=F("value") / 3)
    whole = names(world)
    seen: list[str] = []
    query = ""
    actor = world.actor("sx.clerk")
    for _ in whole:
        page = Listing.of(GAPS, actor, query).page(size=1)
        seen += [row.name for row in page.items]
        query = (page.next_url or "?")[1:]
    assert seen == whole


def test_filers_find_their_own_towns(world: World) -> None:
    assert names(world, who="puxian.filer") == ["蒲县肉牛专业镇"]
    actor = world.actor("puxian.filer")
    page = text_of(client_of(actor).get(office_url(actor, "gaps")).content.decode())
    assert "蒲县肉牛专业镇" in page
    assert "泽州" not in page
