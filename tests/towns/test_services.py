"""Public services: the eight functions over time, platforms of the twelve kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from tests.factories import World, client_of, make_world
from towns.actions import add_platform, amend_platform, end_platform, set_functions
from towns.actions.services import PlatformFacts
from towns.constants import PLATFORM_KIND_CHOICES, SERVICE_FUNCTIONS
from towns.counting import count_indicator
from towns.models import Platform, TownFunction

pytestmark = pytest.mark.django_db
PARK = PlatformFacts(
    "logistics", "核桃物流园", "present", "蒲县物流公司", ("logistics",), date(2022, 5, 1)
)


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_changed_state_begins_a_new_row(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    TownFunction.objects.filter(town=town).update(since=date(2022, 1, 1))
    set_functions(actor=filer, town=town, states={"testing": "building"}, platforms={})
    rows = list(TownFunction.objects.filter(town=town, key="testing").order_by("pk"))
    assert [(row.state, row.until) for row in rows] == [
        ("present", clock.today()),
        ("building", None),
    ]
    then = TownFunction.objects.on(clock.today() - timedelta(days=1)).get(town=town, key="testing")
    assert then.state == "present"
    assert TownFunction.objects.on().get(town=town, key="testing").state == "building"
    entry = LedgerEntry.objects.get(verb="set_functions")
    assert '"testing":"present"' in entry.before and '"testing":"building"' in entry.after


def test_what_is_mended_the_same_day_stays_one_row(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    for state in ("building", "absent", "present"):
        set_functions(actor=filer, town=town, states={"testing": state}, platforms={})
    assert TownFunction.objects.filter(town=town, key="testing").count() == 2
    assert TownFunction.objects.on().get(town=town, key="testing").state == "present"


def test_there_are_twelve_kinds_and_eight_functions() -> None:
    assert len(PLATFORM_KIND_CHOICES) == 12
    assert len(SERVICE_FUNCTIONS) == 8


def test_a_platform_is_entered_amended_and_ended(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    platform = add_platform(actor=filer, town=town, facts=PARK)
    with pytest.raises(ValidationError, match="已经登记"):
        add_platform(actor=filer, town=town, facts=PARK)
    with pytest.raises(Stale, match="没有改动"):
        amend_platform(actor=filer, town=town, platform_id=platform.pk, facts=PARK)
    changed = PlatformFacts("logistics", "核桃物流园", "present", since=date(2023, 5, 1))
    amend_platform(actor=filer, town=town, platform_id=platform.pk, facts=changed)
    with pytest.raises(ValidationError, match="停用日期"):
        end_platform(actor=filer, town=town, platform_id=platform.pk, on=date(2020, 1, 1))
    end_platform(actor=filer, town=town, platform_id=platform.pk, on=clock.today())
    with pytest.raises(Stale, match="已停用"):
        end_platform(actor=filer, town=town, platform_id=platform.pk, on=clock.today())
    assert Platform.objects.get().until == clock.today()
    verbs = set(LedgerEntry.objects.values_list("verb", flat=True))
    assert {"add_platform", "amend_platform", "end_platform"} <= verbs


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (PlatformFacts("harbour", "港口", "present"), "kind"),
        (PlatformFacts("logistics", " ", "present"), "name"),
        (PlatformFacts("logistics", "园区", "absent"), "state"),
        (PlatformFacts("logistics", "园区", "present", functions=("flying",)), "functions"),
        (PlatformFacts("logistics", "园区", "present", since=date(2999, 1, 1)), "since"),
        (PlatformFacts("logistics", "园区", "present"), "since"),
    ],
)
def test_bad_input_is_said_beside_its_field(world: World, facts: PlatformFacts, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        add_platform(actor=world.actor("puxian.filer"), town=world.towns["puxian"], facts=facts)
    assert set(caught.value.message_dict) == {field}


def test_what_is_built_has_a_day_from_which_it_counts(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    built = PlatformFacts("training", "实训基地", "present")
    platform = add_platform(actor=filer, town=town, facts=replace(built, state="building"))
    with pytest.raises(ValidationError, match="建成日期") as caught:
        amend_platform(actor=filer, town=town, platform_id=platform.pk, facts=built)
    assert set(caught.value.message_dict) == {"since"}
    dated = replace(built, since=date(2024, 5, 1))
    amend_platform(actor=filer, town=town, platform_id=platform.pk, facts=dated)
    assert count_indicator(town, "platforms_in_place", date(2024, 4, 30)).value == 0
    assert count_indicator(town, "platforms_in_place", date(2024, 5, 1)).value == 1
    with pytest.raises(ValidationError, match="建成日期"):
        amend_platform(actor=filer, town=town, platform_id=platform.pk, facts=built)
    Platform.objects.update(since=None)  # as entered before a day was asked for
    named = replace(built, operator="职教中心")
    amend_platform(actor=filer, town=town, platform_id=platform.pk, facts=named)
    assert Platform.objects.get().operator == "职教中心"


def test_another_county_keeps_its_hands_off(world: World) -> None:
    platform = add_platform(
        actor=world.actor("puxian.filer"), town=world.towns["puxian"], facts=PARK
    )
    stranger = world.actor("xixian.filer")
    with pytest.raises(Refused):
        end_platform(
            actor=stranger, town=world.towns["puxian"], platform_id=platform.pk, on=clock.today()
        )
    with pytest.raises(Stale):  # a platform of another town under one's own
        end_platform(
            actor=stranger, town=world.towns["xixian"], platform_id=platform.pk, on=clock.today()
        )
    assert Platform.objects.get().until is None


def test_the_page_shows_both_tables(world: World) -> None:
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    client = client_of(filer)
    page = client.get(office_url(filer, "town-services", town.pk)).content.decode()
    assert "尚未登记公共服务平台" in page and "研发设计" in page
    answer = client.post(
        office_url(filer, "platform-add", town.pk),
        {
            "acting_post": filer.post.pk if filer.post else 0,
            "kind": "logistics",
            "name": "核桃物流园",
            "state": "building",
            "functions": ["logistics", "exhibition_sales"],
        },
    )
    assert answer.status_code == 302
    page = client.get(office_url(filer, "town-services", town.pk)).content.decode()
    assert "核桃物流园" in page and "产品展销、物流服务" in page and "在建" in page
