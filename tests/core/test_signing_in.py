"""Signing in: by name and password, locked after failures, noted in the stream, nothing told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from portal.core.accounts import locks, sessions
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.models import AccessEntry
from portal.core.web import office_url
from tests.factories import (
    PASSWORD,
    World,
    client_of,
    make_office,
    make_person,
    make_post,
    make_regions,
    make_world,
    sign_in,
)

pytestmark = pytest.mark.django_db

OFFICE = OfficeKind.LEADING_GROUP_OFFICE


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
def clerk() -> Actor:
    region = make_regions()["141033"]
    return make_post(make_office("puxian", "蒲县办", OFFICE, region), "clerk", "lin")


def fail(actor: Actor, times: int, **options: str) -> str:
    """Fail to sign in so many times; the last page."""
    text = ""
    for _ in range(times):
        text = sign_in(actor, "Wrong-password-1", **options)[1].content.decode()
    return text


# --- the way in -----------------------------------------------------------------------------------


def test_a_name_and_a_password_lead_home(clerk: Actor) -> None:
    client, answer = sign_in(clerk)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("home")
    assert client.get(office_url(clerk, "workspace")).status_code == 200


def test_signing_in_leads_back_to_the_page_that_was_asked_for(clerk: Actor) -> None:
    target = office_url(clerk, "jobs")
    page = Client().get(target)
    assert page["Location"].startswith(reverse("login"))
    assert sign_in(clerk, next=target)[1]["Location"] == target


def test_a_wrong_password_says_nothing_of_who_has_an_account(clerk: Actor) -> None:
    known = fail(clerk, 1)
    unknown = Client().post(reverse("login"), {"login": "nobody", "password": "x"}).content.decode()
    assert "登录名或密码不正确" in known

    def bare(page: str) -> str:
        return re.sub(r'value="[^"]*"', "", page)

    assert bare(known) == bare(unknown)
    assert 'value="lin"' in known
    assert "Wrong-password-1" not in known


def test_missing_fields_are_named_beside_themselves() -> None:
    text = Client().post(reverse("login"), {}).content.decode()
    assert text.count("请填写登录名。") == 2  # in the summary and beside the field
    assert text.count("请填写密码。") == 2


def test_disabled_accounts_are_refused_in_the_same_words(clerk: Actor) -> None:
    assert clerk.user is not None
    clerk.user.is_active = False
    clerk.user.save()
    assert "登录名或密码不正确，或者账号已停用" in sign_in(clerk)[1].content.decode()


@pytest.mark.parametrize(
    "name",
    ["account_signup", "account_reset_password", "account_email", "account_set_password",
     "account_request_login_code", "mfa_list_webauthn", "mfa_signup_webauthn",
     "socialaccount_signup", "openid_connect_login"],
)  # fmt: skip
def test_flows_that_are_not_used_have_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name, kwargs={"provider_id": "oidc"} if name.startswith("openid") else None)


def test_a_form_without_its_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("login"), {"login": "lin", "password": "x"}).status_code == 403


# --- locks ----------------------------------------------------------------------------------------


def test_the_fifth_failure_locks_for_half_an_hour_whatever_the_address(clerk: Actor) -> None:
    assert clerk.user is not None
    for number in range(4):
        assert "登录名或密码不正确" in fail(clerk, 1, address=f"192.0.2.{number + 1}")
    assert locks.locks_of([clerk.user]) == {}
    text = fail(clerk, 1, address="198.51.100.7")
    until = locks.locks_of([clerk.user])[clerk.user.pk]
    assert timedelta(minutes=29) < until - timezone.now() <= timedelta(minutes=30)
    assert timezone.localtime(until).strftime("%H:%M") in text
    assert "安全管理员" in text
    client, answer = sign_in(clerk)
    assert answer.status_code == 429
    assert "账号已锁定" in answer.content.decode()
    assert client.get(reverse("home")).status_code == 302


def test_trying_while_locked_does_not_make_it_longer_and_it_ends(clerk: Actor) -> None:
    assert clerk.user is not None
    fail(clerk, 5)
    until = locks.locks_of([clerk.user])[clerk.user.pk]
    fail(clerk, 3, address="198.51.100.8")
    assert locks.locks_of([clerk.user])[clerk.user.pk] == until
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert locks.locks_of([clerk.user]) == {}
    assert sign_in(clerk)[1].status_code == 302


def test_a_lock_is_lifted(clerk: Actor) -> None:
    assert clerk.user is not None
    fail(clerk, 5)
    assert locks.lift(clerk.user)
    assert locks.locks_of([clerk.user]) == {}
    assert sign_in(clerk)[1].status_code == 302
    assert not locks.lift(clerk.user)


def test_a_sign_in_forgets_the_failures_before_it(clerk: Actor) -> None:
    fail(clerk, 4)
    sign_in(clerk)
    assert "登录名或密码不正确" in fail(clerk, 4)


def test_a_name_without_an_account_is_locked_with_the_same_page(clerk: Actor) -> None:
    known = fail(clerk, 5)
    client = Client()
    for _ in range(5):
        answer = client.post(reverse("login"), {"login": "nobody", "password": "x"})
    assert answer.status_code == 429
    assert re.sub(r"\d\d:\d\d", "", answer.content.decode()) == re.sub(r"\d\d:\d\d", "", known)


def test_a_lock_of_one_account_is_not_the_neighbours(clerk: Actor) -> None:
    assert clerk.office is not None
    other = make_post(clerk.office, "checker", "wang")
    fail(clerk, 5)
    assert sign_in(other)[1].status_code == 302


def test_no_password_reaches_the_table_of_failures(clerk: Actor) -> None:
    fail(clerk, 2)
    row = AccessAttempt.objects.get()
    assert row.failures_since_start == 2
    assert "Wrong-password-1" not in row.post_data + row.get_data


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_moment_get_no_more_tries(world: World) -> None:
    """Twelve at once: five are tried, the others find the account locked."""
    clerk = world.actor("puxian.clerk")

    def attempt(number: int) -> str:
        try:
            return sign_in(clerk, f"Wrong-password-{number}")[1].content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        pages = list(pool.map(attempt, range(12)))
    assert AccessAttempt.objects.get().failures_since_start == settings.AXES_FAILURE_LIMIT
    # The fifth failure itself already answers with the page of the lock.
    assert sum("登录名或密码不正确" in page for page in pages) == settings.AXES_FAILURE_LIMIT - 1
    assert sum("账号已锁定" in page for page in pages) == 12 - settings.AXES_FAILURE_LIMIT + 1


# --- the stream -----------------------------------------------------------------------------------


def test_the_stream_says_who_came_went_failed_and_was_locked(clerk: Actor) -> None:
    client, _ = sign_in(clerk, address="203.0.113.9")
    client.post(reverse("logout"))
    fail(clerk, 5, address="203.0.113.9")
    rows = list(AccessEntry.objects.order_by("pk"))
    kinds = [row.kind for row in rows]
    assert kinds[:6] == ["sign_in", "sign_out", *["sign_in_failed"] * 4]
    assert sorted(kinds[6:]) == ["locked", "sign_in_failed"]
    assert {row.address for row in rows} == {"203.0.113.9"}
    assert rows[0].actor == clerk.user
    assert rows[2].actor is None
    assert rows[2].actor_name == "lin"
    assert rows[2].outcome == "failed"
    # An auditor of the region reads them.
    assert {row.office_code for row in rows} == {"141033"}
    assert "Wrong-password-1" not in "".join(row.summary + row.path for row in rows)


def test_a_name_that_was_typed_is_bounded() -> None:
    Client().post(reverse("login"), {"login": "名" * 150, "password": "x"})
    row = AccessEntry.objects.get()
    assert row.actor_name == "名" * 60


# --- demonstration accounts -----------------------------------------------------------------------


def test_demonstration_accounts_sign_in_only_in_the_demonstration(clerk: Actor) -> None:
    assert clerk.user is not None
    clerk.user.is_demo = True
    clerk.user.save()
    assert "登录名或密码不正确" in sign_in(clerk)[1].content.decode()
    assert "演示账号" not in Client().get(reverse("login")).content.decode()
    with override_settings(PORTAL_DEMO=True):
        listed = Client().get(reverse("login")).content.decode()
        assert "<code>lin</code>" in listed
        assert "蒲县办 经办" in listed
        client, answer = sign_in(clerk)
        assert answer.status_code == 302
        assert "演示账号" in client.get(office_url(clerk, "workspace")).content.decode()
    # A session begun there is worth nothing outside.
    assert client.get(office_url(clerk, "workspace")).status_code == 302


# --- sessions -------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended_by_their_owner(clerk: Actor) -> None:
    assert clerk.user is not None
    here, _ = sign_in(clerk, address="192.0.2.1")
    there, _ = sign_in(clerk, address="192.0.2.2")
    third, _ = sign_in(clerk, address="192.0.2.3")
    text = here.get(reverse("usersessions_list")).content.decode()
    assert all(f"192.0.2.{n}" in text for n in (1, 2, 3))
    assert text.count("本次登录") == 1
    row = next(r for r in sessions.sessions_of(clerk.user) if r.ip == "192.0.2.2")
    here.post(reverse("usersessions_list"), {"session": row.pk})
    assert there.get(reverse("home")).status_code == 302
    assert third.get(reverse("account-home")).status_code == 200
    here.post(reverse("usersessions_list"))
    assert third.get(reverse("account-home")).status_code == 302
    assert here.get(reverse("account-home")).status_code == 200


def test_nobody_ends_the_session_of_another(clerk: Actor) -> None:
    assert clerk.user is not None
    mine, _ = sign_in(clerk)
    other = make_person("wang")
    stranger = Client()
    stranger.force_login(other)
    row = sessions.sessions_of(clerk.user)[0]
    stranger.post(reverse("usersessions_list"), {"session": row.pk})
    assert mine.get(reverse("account-home")).status_code == 200


def test_an_administrator_ends_every_session(clerk: Actor) -> None:
    assert clerk.user is not None
    first, _ = sign_in(clerk)
    second, _ = sign_in(clerk, address="192.0.2.2")
    assert sessions.end_sessions(clerk.user) == 2
    assert first.get(reverse("account-home")).status_code == 302
    assert second.get(reverse("account-home")).status_code == 302


def test_the_account_page_says_what_one_has(clerk: Actor) -> None:
    text = client_of(clerk).get(reverse("account-home")).content.decode()
    for words in ("lin", "蒲县办 经办", "现用密码有效期至", "尚未启用"):
        assert words in text


def test_password_of_the_factories_keeps_the_rules() -> None:
    """The tests sign in with a password that the rules would take."""
    classes = {c.isupper() * 1 or c.islower() * 2 or c.isdigit() * 3 or 4 for c in PASSWORD}
    assert len(PASSWORD) >= 10 and len(classes) >= 3
