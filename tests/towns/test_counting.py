"""Computed indicators: which rows are counted, on which day."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from tests.factories import FIXTURES, World
from towns.counting import INDICATORS, RULES, Books, count_all, count_indicator, since_words
from towns.models import Honour, Membership, Platform, Town, TownFunction
from towns.queries import computed_values

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def town(world: World) -> Town:
    return world.towns["puxian"]


def number(town: Town, key: str, day: date | None = None) -> int:
    counted = count_indicator(town, key, day)
    assert counted.value == len(counted.rows)
    return int(counted.value)


def honour(town: Town, place: int | None = 1, **fields: object) -> Honour:
    """An honour of a member, or of the town itself."""
    holder = (
        {"town": town}
        if place is None
        else {"enterprise": Membership.objects.filter(town=town).order_by("pk")[place].enterprise}
    )
    return Honour.objects.create(**holder, **fields)


def test_the_table_and_the_catalogue_name_the_same_indicators() -> None:
    rows = json.loads((FIXTURES / "indicators.json").read_text())
    computed = {
        row["key"]: row for row in rows if (row["source"], row["subject"]) == ("computed", "town")
    }
    assert set(computed) == INDICATORS
    for key, row in computed.items():
        assert (RULES[key].name, RULES[key].unit) == (row["name"], row["unit"])


def test_members_count_by_role_farms_and_cooperatives_included(town: Town) -> None:
    rows = list(Membership.objects.filter(town=town).order_by("pk"))
    Membership.objects.filter(pk=rows[1].pk).update(role="backbone")
    type(rows[2].enterprise).objects.filter(pk=rows[2].enterprise_id).update(entity="farm")
    assert number(town, "leading_enterprises") == 1
    assert number(town, "supporting_enterprises") == 11
    counted = count_indicator(town, "supporting_enterprises")
    assert {row.enterprise_id for row in counted.rows} == {row.enterprise_id for row in rows[1:]}
    assert [row.note for row in counted.rows if row.enterprise_id == rows[2].enterprise_id] == [
        "配套，家庭农场"
    ]


def test_an_enterprise_that_left_counts_until_the_day_it_left(town: Town) -> None:
    left = date(2025, 6, 1)
    row = Membership.objects.filter(town=town, role="supporting").earliest("pk")
    Membership.objects.filter(pk=row.pk).update(since=date(2024, 1, 1), until=left)
    assert number(town, "supporting_enterprises", date(2023, 12, 31)) == 10
    assert number(town, "supporting_enterprises", date(2024, 1, 1)) == 11
    assert number(town, "supporting_enterprises", left - DAY) == 11
    assert number(town, "supporting_enterprises", left) == 10


def test_an_honour_counts_while_it_is_in_force_and_its_holder_a_member(town: Town) -> None:
    row = honour(
        town, kind="specialised", level="province",
        awarded_on=date(2023, 3, 1), revoked_on=date(2025, 3, 1), revoked_as="withdrawn",
    )  # fmt: skip
    assert number(town, "priority_honours", date(2023, 2, 28)) == 0
    assert number(town, "priority_honours", date(2023, 3, 1)) == 1
    assert number(town, "priority_honours", date(2025, 2, 28)) == 1
    assert number(town, "priority_honours", date(2025, 3, 1)) == 0
    member = Membership.objects.get(town=town, enterprise=row.enterprise)
    Membership.objects.filter(pk=member.pk).update(until=date(2024, 1, 1))
    assert number(town, "priority_honours", date(2024, 1, 1)) == 0
    assert number(town, "priority_honours", date(2023, 12, 31)) == 1


def test_levels_and_kinds_decide_what_gives_priority(town: Town) -> None:
    honour(town, 1, kind="specialised", level="city")
    honour(town, 1, kind="high_tech", level="national")
    honour(town, None, kind="leading_enterprise", level="province", title="镇")
    assert number(town, "priority_honours") == 0
    assert number(town, "provincial_honours") == 2
    honour(town, 2, kind="old_brand_shanxi")
    assert number(town, "provincial_honours") == 3, "the kind itself says 省级"


def test_a_renewed_honour_counts_once(town: Town) -> None:
    first = honour(town, kind="technology_centre", level="province", awarded_on=date(2020, 1, 1))
    again = honour(town, kind="technology_centre", level="province", awarded_on=date(2023, 1, 1))
    counted = count_indicator(town, "priority_honours")
    assert [row.pk for row in counted.rows] == [again.pk]
    assert [row.pk for row in count_indicator(town, "priority_honours", date(2021, 1, 1)).rows] == [
        first.pk
    ]


def test_a_title_tells_apart_only_what_has_a_name_of_its_own(town: Town) -> None:
    for kind in ("technology_centre", "single_champion"):
        for year, title in ((2020, ""), (2023, "某某中心")):
            honour(town, kind=kind, level="province", title=title, awarded_on=date(year, 1, 1))
    labels = [row.label for row in count_indicator(town, "priority_honours").rows]
    assert sorted(labels) == [
        "省级企业技术中心：某某中心",
        "省级制造业单项冠军",
        "省级制造业单项冠军：某某中心",
    ]


def test_a_mistake_counts_on_no_day(town: Town) -> None:
    row = honour(
        town, kind="specialised", level="province",
        awarded_on=date(2023, 3, 1), revoked_on=date(2025, 3, 1), revoked_as="mistake",
    )  # fmt: skip
    assert number(town, "priority_honours", date(2024, 3, 1)) == 0
    Honour.objects.filter(pk=row.pk).update(revoked_as="withdrawn")
    assert number(town, "priority_honours", date(2024, 3, 1)) == 1


def test_brands_of_the_town_and_its_members_at_provincial_level_or_above(town: Town) -> None:
    honour(town, None, kind="brand_region", level="province", title="蒲县肉牛")
    honour(town, 1, kind="brand_product", level="national", title="蒲牛")
    honour(town, 2, kind="brand_product", level="national", title="蒲牛")
    honour(town, 3, kind="brand_enterprise", level="city", title="某牌")
    counted = count_indicator(town, "provincial_brands")
    assert {row.label for row in counted.rows} == {"省级区域品牌：蒲县肉牛", "国家级产品品牌：蒲牛"}


def test_one_standard_written_by_two_members_counts_once(town: Town) -> None:
    for place in (1, 2):
        honour(
            town, place, kind="standard_national", part="participate",
            number=("", "GB/T 10781.2-2022", "ＧＢ/t10781.2—2022")[place],
        )  # fmt: skip
    honour(town, 1, kind="standard_local", level="province", title="肉牛饲养规程", part="lead")
    honour(town, 1, kind="standard_group", title="团标")
    assert number(town, "standards_national") == 1
    assert number(town, "standards_local") == 1
    assert number(town, "standards_group") == 1
    assert number(town, "standards_international") == 0
    assert number(town, "standards_written") == 2


def test_a_function_counts_from_the_day_it_began(town: Town) -> None:
    began = date(2025, 5, 1)
    row = TownFunction.objects.get(town=town, key="testing")
    TownFunction.objects.filter(pk=row.pk).update(state="building", until=began)
    TownFunction.objects.create(town=town, key="testing", state="present", since=began)
    assert number(town, "service_functions", began - DAY) == 7
    assert number(town, "service_functions", began) == 8
    rows = {row.label: since_words(row) for row in count_indicator(town, "service_functions").rows}
    assert rows["检验检测"] == "2025-05-01"
    assert rows["研发设计"] == "未载明"


def test_platforms_count_once_they_are_built_and_until_they_close(town: Town) -> None:
    Platform.objects.create(
        town=town, kind="logistics", name="物流园", state="present",
        since=date(2024, 1, 1), until=date(2025, 1, 1),
    )  # fmt: skip
    Platform.objects.create(town=town, kind="training", name="在建中心", state="building")
    assert number(town, "platforms_in_place", date(2023, 12, 31)) == 0
    assert number(town, "platforms_in_place", date(2024, 12, 31)) == 1
    assert number(town, "platforms_in_place", date(2025, 1, 1)) == 0


def test_values_are_those_of_the_rules_and_cost_the_same_for_any_rows(town: Town) -> None:
    counts = []
    for place in range(3):
        with CaptureQueriesContext(connection) as seen:
            values = computed_values(town)
        counts.append(len(seen))
        assert set(values) == INDICATORS
        assert values == {key: row.value for key, row in count_all(Books(town)).items()}
        for kind in ("specialised", "little_giant"):
            honour(town, place, kind=kind, level="national", title=f"第{place}")
    assert counts[0] == counts[1] == counts[2] <= 4, counts
    assert values["priority_honours"] == Decimal(4)


def test_some_indicators_read_only_what_they_need(town: Town) -> None:
    with CaptureQueriesContext(connection) as seen:
        values = computed_values(town, clock.today(), only={"supporting_enterprises"})
    assert values == {"supporting_enterprises": Decimal(11)}
    assert len(seen) == 1
