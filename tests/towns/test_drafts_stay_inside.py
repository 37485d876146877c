"""What a filing unit does before it submits is its own: in the ledger too."""

from __future__ import annotations

import pytest

from portal.core.models import LedgerEntry
from tests.factories import make_world
from tests.scenario import draft

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["puxian.clerk", "linfen.office_director", "sx.clerk"])
def test_offices_read_nothing_of_a_draft(who: str) -> None:
    world = make_world()
    application = draft(world, "province", "puxian")
    chain = f"{application._meta.label_lower}:{application.pk}"
    assert LedgerEntry.objects.filter(chain=chain).exists()
    assert not LedgerEntry.objects.visible_to(world.actor(who)).filter(chain=chain).exists()


def test_its_filer_and_the_auditor_do() -> None:
    world = make_world()
    application = draft(world, "province", "puxian")
    chain = f"{application._meta.label_lower}:{application.pk}"
    for who in ("puxian.filer", "puxian.auditor"):
        assert LedgerEntry.objects.visible_to(world.actor(who)).filter(chain=chain).exists()
