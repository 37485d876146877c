"""Categories of the documents and of offices: one list wherever a category is named or chosen."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from criteria import categories
from criteria.actions import add_category
from criteria.models import Category
from portal.core.errors import Refused
from portal.core.models import LedgerEntry
from tests.factories import World, client_of, make_world
from towns.actions import amend_town
from towns.models import Town

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def names(world: World, place: str) -> list[str]:
    office = world.offices[place]
    return [name for _, name in categories.category_choices(office.region)]


def test_an_added_category_is_offered_at_home_above_and_below_only(world: World) -> None:
    row = add_category(actor=world.actor("puxian.clerk"), name=" 生物 医药 ")
    assert row.name == "生物医药"
    assert categories.category_label(row.key) == "生物医药"
    assert "生物医药" in names(world, "puxian")
    assert "生物医药" in names(world, "linfen")
    assert "生物医药" in names(world, "sx")
    assert "生物医药" not in names(world, "xixian")
    above = add_category(actor=world.actor("linfen.clerk"), name="现代物流")
    assert categories.category_choices(world.offices["xixian"].region)[-1] == (
        above.key,
        "现代物流",
    )


def test_the_same_category_twice_is_one_and_serves_both(world: World) -> None:
    first = add_category(actor=world.actor("puxian.clerk"), name="生物医药")
    assert add_category(actor=world.actor("puxian.clerk"), name="生物医药") == first
    assert LedgerEntry.objects.filter(verb="add_category").count() == 1
    assert add_category(actor=world.actor("xixian.clerk"), name="生物医药") == first
    assert Category.objects.get().region == world.offices["linfen"].region
    assert "生物医药" in names(world, "xixian")


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "请填写"), ("特优农业", "文件已列"), ("长" * 31, "不超过 30 个字")],
)
def test_names_that_are_refused(world: World, name: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        add_category(actor=world.actor("puxian.clerk"), name=name)


def test_only_who_authors_criteria_adds_one(world: World) -> None:
    with pytest.raises(Refused, match="编制标准由领导小组办公室"):
        add_category(actor=world.actor("puxian.filer"), name="生物医药")


def test_a_town_may_have_it_and_every_page_says_its_name(world: World) -> None:
    row = add_category(actor=world.actor("puxian.clerk"), name="生物医药")
    town = world.towns["puxian"]
    amend_town(
        actor=world.actor("puxian.clerk"),
        town=town,
        industry=town.industry,
        products=town.products,
        category=row.key,
        lead_bureau=town.lead_bureau,
        source="蒲政发〔2026〕3号",
        further_counties=[],
    )
    categories.forget()  # as in another process
    town = Town.objects.get(pk=town.pk)
    assert town.get_category_display() == "生物医药"
    page = client_of(world.actor("puxian.clerk")).get(f"/o/puxian/towns/{town.pk}/")
    assert "生物医药" in page.content.decode()


def test_an_unknown_key_says_itself(world: World) -> None:
    assert categories.category_label("nowhere") == "nowhere"
    assert categories.category_label("") == ""
    assert not categories.is_category("nowhere")
