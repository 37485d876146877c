"""Two people change the register of towns at the same moment, on two real connections."""

from __future__ import annotations

import pytest

from portal.core import clock
from portal.core.ledger import chain_of, first_broken_link
from portal.core.web import office_url
from tests.factories import World, make_town, make_world
from tests.test_concurrency import pages, post_at_once
from towns.models import Membership, Town, TownChange, TownName

pytestmark = pytest.mark.django_db(transaction=True)
CLERKS = ("puxian.clerk", "puxian.office_director")


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def test_two_people_rename_one_town(world: World) -> None:
    town = world.towns["puxian"]
    ground = {"was": town.name, "on": clock.today().isoformat(), "source": "蒲政发〔2026〕3号"}
    answers = post_at_once(
        town,
        [
            (
                world.actor(who),
                office_url(world.actor(who), "town-rename", town.pk),
                {**ground, "name": name},
            )
            for who, name in zip(CLERKS, ("蒲县牛业专业镇", "蒲县牧业专业镇"), strict=True)
        ],
    )
    late = [page for page in pages(answers) if "请核对后再办理" in page]
    assert len(late) == 1, "one of the two is told that the other was faster"
    assert [row.name for row in TownName.objects.filter(town=town)] == ["蒲县肉牛专业镇"]
    town.refresh_from_db()
    assert town.name in late[0]
    assert first_broken_link(chain_of(town)) is None


def test_two_people_merge_the_same_towns_crosswise(world: World) -> None:
    home = world.towns["puxian"]
    other = make_town(world.regions["141033"], "蒲县核桃专业镇")
    ground = {"into": "own", "on": clock.today().isoformat(), "source": "蒲政发〔2026〕3号"}
    answers = post_at_once(
        home,
        [
            (
                world.actor(who),
                office_url(world.actor(who), "town-merge", into.pk),
                {**ground, "towns": str(ending.pk)},
            )
            for who, into, ending in zip(CLERKS, (home, other), (other, home), strict=True)
        ],
    )
    assert sum("合并已办理" in page for page in pages(answers)) == 1
    standing = Town.objects.standing().get(county=home.county)
    closed = Town.objects.get(successor=standing)
    assert {standing.pk, closed.pk} == {home.pk, other.pk}
    assert Membership.objects.on().filter(town=standing).count() == 24
    assert not Membership.objects.on().filter(town=closed).exists()
    assert TownChange.objects.filter(kind="merge").count() == 2
