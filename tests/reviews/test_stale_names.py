"""Whoever comes second learns who decided only if the inside of that step is theirs to read."""

from __future__ import annotations

import pytest

from portal.core.web import office_url
from reviews.models import StepRun
from tests.factories import client_of, make_world
from tests.scenario import drive, file, fresh

pytestmark = pytest.mark.django_db

READERS = ("puxian.filer", "puxian.submitter", "puxian.clerk", "linfen.clerk")


def test_the_town_and_lower_offices_learn_no_name_from_a_stale_form() -> None:
    world = make_world()
    case = fresh(drive(world, file(world, "province")))
    assert case.state == "closed"
    above = StepRun.objects.filter(case=case, office=world.offices["sx"])
    names = set(above.values_list("decided_name", flat=True))
    assert names
    for who in READERS:
        actor = world.actor(who)
        client = client_of(actor)
        pages = [
            client.get(office_url(actor, name, case.pk), follow=True)
            for name in ("case-units", "case-experts", "case")
        ]
        for run in above:
            form = {"run": run.pk, "outcome": "approve", "acting_post": actor.post.pk}  # type: ignore[union-attr]
            pages.append(client.post(office_url(actor, "case-decide", case.pk), form, follow=True))
        for page in pages:
            text = page.content.decode()
            assert [name for name in names if name in text] == [], who


def test_the_office_itself_learns_who_was_faster() -> None:
    world = make_world()
    case = fresh(drive(world, file(world, "province"), "unit_opinions"))
    run = StepRun.objects.get(case=case, step="province_accept")
    clerk = world.actor("sx.clerk")
    form = {"run": run.pk, "outcome": "accept", "acting_post": clerk.post.pk}  # type: ignore[union-attr]
    page = client_of(clerk).post(office_url(clerk, "case-decide", case.pk), form, follow=True)
    assert run.decided_name in page.content.decode()
