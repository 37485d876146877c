"""The fence of the office pages: who acts, for which post, and 404 for everybody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery import current_app
from django.test import Client
from django.urls import reverse

from portal.core import clock
from portal.core.actor import Actor
from portal.core.models import Appointment, Job
from portal.core.web import office_url
from tests.factories import PASSWORD, World, appoint, client_of, make_person, make_world
from tests.scenario import file
from tests.services import free_port
from towns.exports import RosterFilter
from towns.tasks import request_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def second_post(world: World, name: str, holder: Actor) -> Actor:
    """Give the post of another person to somebody who already has one."""
    post = world.actor(name).post
    assert post is not None
    assert holder.user is not None
    Appointment.objects.filter(post=post).delete()
    return appoint(holder.user, post)


def status(actor: Actor, address: str) -> int:
    """The status of a page for a person."""
    return client_of(actor).get(address).status_code


def test_stranger_is_sent_to_sign_in_and_back(world: World) -> None:
    address = office_url(world.actor("puxian.clerk"), "workspace")
    response = Client().get(address)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("login") + "?next=/o/puxian/")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_signing_in_never_leads_to_another_site(world: World, target: str) -> None:
    clerk = world.actor("puxian.clerk")
    assert clerk.user is not None
    answer = Client().post(
        reverse("login") + f"?next={target}",
        {"login": clerk.user.username, "password": PASSWORD, "next": target},
    )
    assert answer.status_code == 302
    assert answer["Location"] == reverse("home")


def test_another_offices_workspace_does_not_exist(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    assert status(clerk, "/o/puxian/") == 200
    for slug in ("xixian", "linfen", "sx", "no-such-office"):
        assert status(clerk, f"/o/{slug}/") == 404


def test_person_without_an_appointment_sees_no_workspace(world: World) -> None:
    client = Client()
    client.force_login(make_person("nobody"))
    assert client.get("/o/puxian/").status_code == 404
    assert client.get(reverse("home")).status_code == 200


@pytest.mark.parametrize(
    ("since", "until", "seen"),
    [(-10, None, 200), (-10, 0, 200), (0, None, 200), (-10, -1, 404), (1, None, 404)],
)
def test_appointment_counts_from_its_first_to_its_last_day(
    world: World, since: int, until: int | None, seen: int
) -> None:
    clerk = world.actor("puxian.clerk")
    today = clock.today()
    Appointment.objects.filter(post=clerk.post).update(
        valid_from=today + timedelta(days=since),
        valid_to=None if until is None else today + timedelta(days=until),
    )
    assert status(clerk, "/o/puxian/") == seen


def test_address_names_the_acting_post(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    director = second_post(world, "puxian.office_director", clerk)
    client = client_of(clerk)
    for actor in (clerk, director):
        assert actor.kind is not None
        text = client.get(office_url(actor, "workspace")).content.decode()
        assert f'<span class="site-post">{actor.kind.label}</span>' in text
        # Every link of the menu keeps acting for the same post.
        assert office_url(actor, "cases") in text
    # Without a name the highest post of the office acts.
    assert "办公室主任</span>" in client.get("/o/puxian/").content.decode()


def test_post_of_somebody_else_or_of_another_office_is_404(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    elsewhere = second_post(world, "xixian.clerk", clerk)
    checker = world.actor("puxian.checker")
    for post in (checker.post, elsewhere.post):
        assert post is not None
        assert status(clerk, f"/o/puxian/?post={post.pk}") == 404
    assert status(clerk, office_url(elsewhere, "workspace")) == 200


@pytest.mark.parametrize("post", ["9" * 30, "-1", "abc", "", "²", "%00"])
def test_nonsense_for_a_post_never_breaks_a_page(world: World, post: str) -> None:
    assert status(world.actor("puxian.clerk"), f"/o/puxian/?post={post}") in (200, 404)


def test_form_acts_for_the_post_it_was_opened_with(world: World) -> None:
    """Two tabs for two posts: what is sent says which, whatever the address says."""
    clerk = world.actor("puxian.clerk")
    city = second_post(world, "puxian.checker", clerk)
    job = request_roster(city, RosterFilter())
    Job.objects.filter(pk=job.pk).update(state="failed", reason="x")
    assert clerk.post is not None
    assert city.post is not None
    address = f"/o/puxian/jobs/{job.pk}/?post={clerk.post.pk}"
    answer = client_of(clerk).post(address, {"acting_post": city.post.pk})
    assert answer["Location"] == office_url(city, "job", job.pk)
    expired = world.actor("puxian.leader")
    assert expired.post is not None
    assert client_of(clerk).post(address, {"acting_post": expired.post.pk}).status_code == 404


def test_second_post_does_not_lend_its_rights_to_the_first(world: World) -> None:
    filer = world.actor("puxian.filer")
    case = file(world, "province")
    expert = second_post(world, "xixian.filer", filer)
    assert status(filer, office_url(filer, "case", case.pk)) == 200
    assert status(filer, office_url(expert, "case", case.pk)) == 404


def test_refusals_are_pages_with_a_reason_and_strict_headers(world: World) -> None:
    response = client_of(world.actor("puxian.clerk")).get("/o/puxian/")
    policy = response["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "default-src 'self'" in policy
    assert response["X-Frame-Options"] == "DENY"


def test_health_page_answers_for_both(world: World) -> None:
    response = Client().get(reverse("healthz"))
    assert (response.status_code, response.json()) == (200, {"database": "ok", "broker": "ok"})


def test_health_page_says_when_the_broker_is_gone() -> None:
    before = current_app.conf.broker_url
    current_app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"  # type: ignore[misc]
    try:
        response = Client().get(reverse("healthz"))
    finally:
        current_app.conf.broker_url = before  # type: ignore[misc]
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "broker": "fails"}
    assert "127.0.0.1" not in response.content.decode()
