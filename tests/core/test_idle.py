"""Idle time, age of a session, and what was typed when either ran out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from portal.core.accounts import kept, sessions
from portal.core.actor import Actor
from portal.core.models import Job, OfficialDocument
from portal.core.web import office_url
from tests.factories import PASSWORD, World, age_session, client_of, make_world, sign_in
from tests.scenario import draft_notice, drive, file, ready_to_issue

pytestmark = pytest.mark.django_db

HALF_HOUR = 30 * 60


@pytest.fixture(autouse=True)
def counters() -> Iterator[None]:
    """Counters of one test are not those of the next."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def clerk(world: World) -> Actor:
    return world.actor("puxian.clerk")


def again(client: Client, actor: Actor, answer: Any) -> Any:
    """Sign in again on the page that a request was sent to."""
    assert actor.user is not None
    data = {"login": actor.user.username, "password": PASSWORD}
    return client.post(answer["Location"], data)


# --- time runs out --------------------------------------------------------------------------------


def test_after_half_an_hour_one_is_signed_out_and_told(clerk: Actor) -> None:
    client = client_of(clerk)
    target = office_url(clerk, "workspace")
    assert client.get(target).status_code == 200  # the first page of a process may take seconds
    age_session(client, seen_at=HALF_HOUR - 5)
    assert client.get(target).status_code == 200
    age_session(client, seen_at=HALF_HOUR)
    answer = client.get(target)
    assert answer["Location"].startswith(reverse("login") + "?next=")
    page = client.get(answer["Location"]).content.decode()
    assert "超过 30 分钟没有操作" in page
    assert again(client, clerk, answer)["Location"] == target


def test_after_eight_hours_the_busiest_sign_in_again(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, signed_in_at=8 * 3600)
    answer = client.get(office_url(clerk, "workspace"))
    assert "已满 8 小时" in client.get(answer["Location"]).content.decode()


def test_the_api_answers_in_its_own_way(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    answer = client.get("/api/o/puxian/cases/")
    assert answer.status_code == 403
    assert "自动退出" in answer.json()["detail"]


def test_public_pages_ask_nobody_to_sign_in_again(clerk: Actor) -> None:
    """The session ends there too, but the page is shown after one turn."""
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    client.get(reverse("public-notices"))
    assert client.get(reverse("public-notices")).status_code == 200


def test_being_there_costs_one_write_a_minute(
    clerk: Actor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, _ = sign_in(clerk)
    address = reverse("session-left")
    client.get(office_url(clerk, "workspace"))
    before = client.session["seen_at"]
    client.get(office_url(clerk, "workspace"))
    assert client.session["seen_at"] == before
    age_session(client, seen_at=61)
    client.get(office_url(clerk, "workspace"))
    assert client.session["seen_at"] >= before
    with django_assert_max_num_queries(2):  # session and person; nothing is written
        client.get(address)


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(world: World) -> None:
    drive(world, file(world, "county"))
    job = Job.objects.first()
    assert job is not None
    signer = world.actor("puxian.signer")
    client = client_of(signer)
    age_session(client, seen_at=600)
    before = client.session["seen_at"]
    client.get(office_url(signer, "job-progress", job.pk))
    left = client.get(reverse("session-left")).json()["seconds"]
    assert client.session["seen_at"] == before
    assert 1190 <= left <= 1200


def test_the_button_keeps_the_session(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR - 60)
    asked = client.post(reverse("session-stay"), headers={"accept": "application/json"})
    assert asked.json()["seconds"] > HALF_HOUR - 10
    page = client.post(reverse("session-stay"), {"next": office_url(clerk, "jobs")})
    assert page["Location"] == office_url(clerk, "jobs")
    elsewhere = client.post(reverse("session-stay"), {"next": "https://evil.example/"})
    assert elsewhere["Location"] == reverse("home")


def test_nothing_is_left_of_a_session_that_is_over(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    assert client.get(reverse("session-left")).json() == {"seconds": 0}
    assert client.get(reverse("account-home")).status_code == 302


def test_every_signed_in_page_carries_the_notice(clerk: Actor) -> None:
    page = client_of(clerk).get(office_url(clerk, "workspace")).content.decode()
    assert f'data-idle-left="{reverse("session-left")}"' in page
    assert "idle.js" in page
    assert "idle.js" not in Client().get(reverse("public-notices")).content.decode()


# --- what was typed -------------------------------------------------------------------------------


def typed(client: Client, actor: Actor) -> tuple[str, Any]:
    """Send a form after time has run out; its address and the answer."""
    assert actor.post is not None
    address = office_url(actor, "round-new")
    form = {
        "acting_post": str(actor.post.pk),
        "title": "2026年度县级专业镇申报，第一行\n第二行",
        "csrfmiddlewaretoken": "gone",
    }
    return address, client.post(address, form)


def test_what_was_typed_is_shown_after_signing_in_again(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    address, answer = typed(client, clerk)
    assert "已暂存" in client.get(answer["Location"]).content.decode()
    back = again(client, clerk, answer)
    assert back["Location"] == reverse("kept")
    page = client.get(back["Location"]).content.decode()
    assert "2026年度县级专业镇申报，第一行<br>第二行" in page
    assert f'action="{address}"'.replace("&", "&amp;") in page
    assert f'name="acting_post" value="{clerk.post.pk}"' in page  # type: ignore[union-attr]
    assert "gone" not in page


def test_sending_it_again_reaches_the_page_it_was_meant_for(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    address, answer = typed(client, clerk)
    again(client, clerk, answer)
    form = kept_form(client)
    answered = client.post(form["path"], dict(form["fields"]))
    assert answered.status_code == 422  # other fields are missing: the page says so
    assert "2026年度县级专业镇申报，第一行" in answered.content.decode()
    assert form["path"] == address


def kept_form(client: Client) -> dict[str, Any]:
    """The form that the page shows."""
    shown = client.get(reverse("kept")).context["kept"]
    return {"path": shown.path, "fields": shown.fields}


def test_letting_it_go_forgets_it(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    address, answer = typed(client, clerk)
    again(client, clerk, answer)
    assert client.post(reverse("kept"))["Location"] == address
    assert client.get(reverse("kept"))["Location"] == reverse("home")


def test_nobody_else_at_the_same_computer_sees_it(world: World, clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    _, answer = typed(client, clerk)
    other = world.actor("puxian.checker")
    again(client, other, answer)
    assert client.get(reverse("kept"))["Location"] == reverse("home")
    assert kept.KEY not in client.session


def test_it_is_kept_for_some_minutes_only(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    _, answer = typed(client, clerk)
    session = client.session
    session[kept.KEY] = session[kept.KEY] | {"at": session[kept.KEY]["at"] - kept.SECONDS - 1}
    session.save()
    again(client, clerk, answer)
    assert client.get(reverse("kept"))["Location"] == reverse("home")


def test_no_password_is_ever_kept(clerk: Actor) -> None:
    client = client_of(clerk)
    age_session(client, seen_at=HALF_HOUR)
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "Fen-he-1949", "password2": "Fen-he-1949"},
    )
    assert client.session[kept.KEY]["data"] == ""


def test_a_form_that_another_site_sent_is_not_kept(clerk: Actor) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(clerk).cookies
    age_session(client, seen_at=HALF_HOUR)
    assert typed(client, clerk)[1].status_code == 403
    assert kept.KEY not in client.session


# --- a fresh sign-in before issuing ---------------------------------------------------------------


@pytest.fixture
def issuing(world: World) -> tuple[Actor, str]:
    """A signer and the page on which a document is issued."""
    case = drive(world, file(world, "county"), until="issue")
    document = ready_to_issue(world, draft_notice(world, case))
    signer = world.actor("puxian.signer")
    return signer, office_url(signer, "document-issue", document.pk)


def test_issuing_asks_again_and_loses_and_doubles_nothing(issuing: tuple[Actor, str]) -> None:
    signer, address = issuing
    client = client_of(signer)
    assert client.get(address).status_code == 200
    age_session(client, shown_at=16 * 60)
    asked = client.get(address)
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert signer.post is not None
    form = {"acting_post": str(signer.post.pk), "number": "41", "note": "已核对"}
    held = client.post(address, form)
    assert held["Location"].startswith(reverse("account_reauthenticate"))
    assert OfficialDocument.objects.get().state == "signing"
    confirmed = client.post(held["Location"], {"password": PASSWORD, "next": reverse("kept")})
    assert confirmed["Location"] == reverse("kept")
    shown = client.get(confirmed["Location"])
    assert "身份已确认" in shown.content.decode()
    assert "已核对" in shown.content.decode()
    assert dict(shown.context["kept"].fields) == form
    assert OfficialDocument.objects.get().state == "signing"
    assert client.get(address).status_code == 200


def test_ended_sessions_are_removed_from_the_list(clerk: Actor) -> None:
    assert clerk.user is not None
    client, _ = sign_in(clerk)
    assert len(sessions.sessions_of(clerk.user)) == 1
    age_session(client, seen_at=HALF_HOUR)
    client.get(office_url(clerk, "workspace"))
    assert sessions.sessions_of(clerk.user) == []
