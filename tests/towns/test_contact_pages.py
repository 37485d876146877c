"""What the pages of a contact ask of the database, with 300 enterprises in the town."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.queries import spec_of
from tests import scenario
from tests.factories import World, multiply
from towns.actions import grant_sections
from towns.declared import criterion_section

pytestmark = pytest.mark.django_db
MOST = 15


def test_sections_cost_a_contact_no_more_than_the_filer(world: World, browse) -> None:
    application = scenario.draft(world, "county")
    criterion = criterion_section(spec_of(application.criteria_set).criteria[0].key)
    keys = ["facts", "industry", "figures", "functions", criterion]
    contact = world.actor("puxian.contact")
    assert contact.post is not None
    grant_sections(
        actor=world.actor("puxian.filer"),
        application=application,
        post=contact.post,
        sections=keys,
    )
    person = browse("puxian.contact")

    def count() -> dict[str, int]:
        found = {}
        for key in keys:
            person.get("contribution", application.pk, key)
            with CaptureQueriesContext(connection) as seen:
                assert person.get("contribution", application.pk, key).status_code == 200
            found[key] = len(seen)
        return found

    before = count()
    member = world.towns["puxian"].memberships.select_related("enterprise").latest("pk")
    firms = multiply(member.enterprise, 300, uscc="'9114TEST' || lpad(n::text, 10, '0')")
    multiply(member, 300, enterprise_id=f"{firms.start - 1} + n")
    assert count() == before
    assert max(before.values()) <= MOST, before
