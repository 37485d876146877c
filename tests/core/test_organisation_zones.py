"""Development zones: a kind of region under a city, whose offices work as a county's do."""

from __future__ import annotations

import pytest

from portal.core.models import Office, OfficialDocument, User
from portal.core.policies.organisation import may_appoint
from reviews.actions.moving import office_of_level
from reviews.models import Case
from tests import scenario
from tests.factories import SLUGS, TOWNS, World, make_round, make_world, make_zone
from towns.models import Certification, Town

pytestmark = pytest.mark.django_db
CODE, SLUG = "140571", "jckfq"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The small world and a zone under its first city."""
    monkeypatch.setitem(SLUGS, CODE, SLUG)
    monkeypatch.setitem(TOWNS, SLUG, ("", "", ""))  # restored after the test
    world = make_world()
    make_zone(world, CODE, "晋城经开区", SLUG, "140500")
    return world


def test_zone_lies_inside_its_city_and_beside_its_counties(world: World) -> None:
    town = world.towns[SLUG]
    for name, sees in (
        (f"{SLUG}.clerk", True),
        (f"{SLUG}.filer", True),
        ("jincheng.clerk", True),
        ("sx.clerk", True),
        ("zezhou.clerk", False),
        ("linfen.clerk", False),
    ):
        assert Town.objects.visible_to(world.actor(name)).filter(pk=town.pk).exists() is sees, name
    office = world.offices[SLUG]
    assert office_of_level(CODE, "county") == office
    assert office_of_level(CODE, "city") == world.offices["jincheng"]
    assert office_of_level("140525", "county") == world.offices["zezhou"]


def test_zone_administrator_keeps_the_zone_only(world: World) -> None:
    admin = world.actor(f"{SLUG}.system_admin")
    for name, may in ((f"{SLUG}.clerk", True), ("zezhou.clerk", False), ("jincheng.clerk", False)):
        post = world.actor(name).post
        assert post is not None
        assert may_appoint(admin, post).ok is may, name
    assert {user.home_office.region.code for user in User.objects.visible_to(admin)} == {CODE}
    assert set(Office.objects.visible_to(admin)) == {
        office for office in world.offices.values() if office.region.code == CODE
    }


def test_zone_certifies_its_own_town_as_a_county_does(world: World) -> None:
    office, county = world.offices[SLUG], world.rounds["county"]
    # The zone lies in the city of the same first character: its 机关代字 is another one.
    Office.objects.filter(pk=office.pk).update(document_word="晋开专镇办")
    office.refresh_from_db()
    world.rounds["county"] = make_round(office, county.criteria_set, "zone-now")
    case = scenario.file(world, "county", SLUG)
    assert case.office == office
    case = scenario.drive(world, case)
    assert case.outcome == "certified"
    document = OfficialDocument.objects.get(office=office)
    assert "县级专业镇" in document.title
    assert Certification.objects.get(town=world.towns[SLUG]).level == "county"


def test_zone_town_goes_up_to_the_province(world: World) -> None:
    case = scenario.file(world, "province", SLUG)
    assert (case.county_name, case.office) == ("晋城经开区", world.offices[SLUG])
    handled = []
    while case.state == "open":
        if case.office.slug not in handled:
            handled.append(case.office.slug)
        scenario.advance(world, case)
        case = scenario.fresh(case)
    assert handled == [SLUG, "jincheng", "sx"]
    assert case.outcome == "certified"
    assert Case.objects.visible_to(world.actor(f"{SLUG}.clerk")).get() == case
    assert not Case.objects.visible_to(world.actor("zezhou.clerk")).exists()
