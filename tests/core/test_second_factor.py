"""The second factor: set up, asked for, required by kinds of post, counted when it is wrong."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from portal.config.env import read
from portal.core.accounts import locks
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.models import LedgerEntry, User
from portal.core.web import office_url
from tests.factories import (
    PASSWORD,
    age_session,
    client_of,
    make_office,
    make_post,
    make_regions,
    sign_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counters() -> Iterator[None]:
    """Counters of one test are not those of the next."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clerk() -> Actor:
    region = make_regions()["141033"]
    office = make_office("puxian", "蒲县办", OfficeKind.LEADING_GROUP_OFFICE, region)
    return make_post(office, "clerk", "lin")


@pytest.fixture
def required(settings: Settings) -> None:
    """Clerks need a second factor."""
    settings.PORTAL_MFA_POSTS = frozenset({"clerk"})


def code_for(secret: str, ahead: int = 0) -> str:
    """What an authenticator shows now, or so many half-minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def set_up(client: Client) -> str:
    """Set the second factor up by the page; its secret."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page)
    assert found
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_for(found[1])})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return found[1]


def recovery_codes(client: Client) -> list[str]:
    """The recovery codes that the page shows."""
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r"<li><code>([^<]+)</code></li>", page)


# --- setting it up --------------------------------------------------------------------------------


def test_the_page_shows_a_picture_and_the_key_and_takes_a_right_code_only(clerk: Actor) -> None:
    client = client_of(clerk)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    assert '<img src="data:image/svg+xml;base64,' in page
    assert "密钥" in page
    refused = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "验证码不正确" in refused.content.decode()
    assert not Authenticator.objects.exists()
    set_up(client)
    assert len(recovery_codes(client)) == 10
    assert "已启用" in client.get(reverse("mfa_index")).content.decode()


def test_secrets_are_not_stored_in_the_clear(clerk: Actor) -> None:
    client = client_of(clerk)
    secret = set_up(client)
    codes = recovery_codes(client)
    stored = "".join(str(row.data) for row in Authenticator.objects.all())
    assert secret not in stored
    assert codes and not any(code in stored for code in codes)


def test_a_former_key_still_opens_what_it_closed(clerk: Actor, settings: Settings) -> None:
    secret = set_up(client_of(clerk))
    settings.SECRET_KEY_FALLBACKS = [django_settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 50
    client, answer = sign_in(clerk)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.post(answer["Location"], {"code": code_for(secret, 1)}).status_code == 302


# --- signing in with it ---------------------------------------------------------------------------


def test_signing_in_asks_for_the_code_and_the_password_alone_opens_nothing(clerk: Actor) -> None:
    secret = set_up(client_of(clerk))
    client, answer = sign_in(clerk, next=office_url(clerk, "jobs"))
    assert answer["Location"] == reverse("mfa_authenticate")
    assert client.get(office_url(clerk, "workspace")).status_code == 302
    assert "动态口令" in client.get(reverse("mfa_authenticate")).content.decode()
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "验证码不正确" in wrong.content.decode()
    right = client.post(reverse("mfa_authenticate"), {"code": code_for(secret, 1)})
    assert right["Location"] == office_url(clerk, "jobs")
    assert client.get(office_url(clerk, "workspace")).status_code == 200


def test_a_code_counts_once(clerk: Actor) -> None:
    secret = set_up(client_of(clerk))
    code = code_for(secret, 1)
    first, _ = sign_in(clerk)
    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    second, _ = sign_in(clerk, address="192.0.2.2")
    assert (
        "验证码不正确" in second.post(reverse("mfa_authenticate"), {"code": code}).content.decode()
    )


def test_a_recovery_code_signs_in_once(clerk: Actor) -> None:
    setting = client_of(clerk)
    set_up(setting)
    code = recovery_codes(setting)[0]
    client, _ = sign_in(clerk)
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert len(recovery_codes(client)) == 9
    again, _ = sign_in(clerk)
    assert (
        "验证码不正确" in again.post(reverse("mfa_authenticate"), {"code": code}).content.decode()
    )


def test_wrong_codes_lock_the_account_like_wrong_passwords(clerk: Actor) -> None:
    """A right password before each wrong code does not start the count anew."""
    assert clerk.user is not None
    secret = set_up(client_of(clerk))
    for number in range(4):
        client, _ = sign_in(clerk, address=f"192.0.2.{number + 1}")
        client.post(reverse("mfa_authenticate"), {"code": "000000"})
    client, _ = sign_in(clerk)
    locked = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert locked.status_code == 429
    assert locks.locks_of([clerk.user])
    late = client.post(reverse("mfa_authenticate"), {"code": code_for(secret, 1)})
    assert late.status_code == 429
    assert client.get(office_url(clerk, "workspace")).status_code == 302


# --- required by a kind of post -------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("required")
def test_a_post_that_needs_it_opens_only_with_it(clerk: Actor) -> None:
    client = client_of(clerk)
    for method in (client.get, client.post):
        page = method(office_url(clerk, "workspace"))
        assert page.status_code == 403
        assert "须用动态口令登录后办理" in page.content.decode()
        assert reverse("mfa_activate_totp") in page.content.decode()
    assert "须启用动态口令" in client.get(reverse("account-home")).content.decode()
    set_up(client)
    assert client.get(office_url(clerk, "workspace")).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("required")
def test_the_api_is_fenced_alike(clerk: Actor) -> None:
    client = client_of(clerk)
    refused = client.get("/api/o/puxian/cases/")
    assert refused.status_code == 403
    assert refused.json() == {"detail": "该岗位须用动态口令登录后办理。"}
    set_up(client)
    assert client.get("/api/o/puxian/cases/").status_code == 200


@pytest.mark.usefixtures("required")
def test_another_post_of_the_same_person_does_not_need_it(clerk: Actor) -> None:
    assert clerk.office is not None
    checker = make_post(clerk.office, "checker", "wang")
    assert client_of(checker).get(office_url(checker, "workspace")).status_code == 200


@pytest.mark.usefixtures("required")
def test_a_session_without_it_is_asked_for_a_code_and_goes_on(clerk: Actor) -> None:
    """Set up in one session, another that was open before gets in with a code."""
    secret = set_up(client_of(clerk))
    client = client_of(clerk)
    target = office_url(clerk, "workspace")
    page = client.get(target).content.decode()
    assert "这次登录没有使用" in page
    address = f"{reverse('mfa_reauthenticate')}?next={target}"
    assert "验证码" in client.get(address).content.decode()
    answer = client.post(address, {"code": code_for(secret, 1), "next": target})
    assert answer["Location"] == target
    assert client.get(target).status_code == 200


@pytest.mark.usefixtures("required")
def test_demonstration_accounts_are_exempt(clerk: Actor, settings: Settings) -> None:
    settings.PORTAL_DEMO = True
    assert clerk.user is not None
    User.objects.filter(pk=clerk.user.pk).update(is_demo=True)
    assert client_of(clerk).get(office_url(clerk, "workspace")).status_code == 200


def test_removing_it_needs_a_fresh_sign_in_and_both_are_in_the_ledger(
    clerk: Actor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    client = client_of(clerk)
    with django_capture_on_commit_callbacks(execute=True):
        set_up(client)
    age_session(client, shown_at=16 * 60)
    for name in ("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"):
        assert reverse("account_reauthenticate") in client.get(reverse(name))["Location"], name
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(type="totp").exists()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    verbs = LedgerEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["set_up_second_factor", "remove_second_factor"]


# --- the setting ----------------------------------------------------------------------------------

PRODUCTION = {
    "PORTAL_MODE": "production",
    "PORTAL_SECRET_KEY": "k" * 50,
    "PORTAL_ALLOWED_HOSTS": "zyz.example.cn",
    "PORTAL_DATABASE_URL": "postgres://portal:word@db:5432/portal",
    "PORTAL_BROKER_URL": "redis://redis:6379/0",
    "PORTAL_DATA_DIR": "/nowhere",
}


def test_production_requires_it_of_administrators_and_signers() -> None:
    found = read(PRODUCTION).mfa_posts
    assert found == {"system_admin", "security_admin", "auditor", "signer"}
    assert read(PRODUCTION | {"PORTAL_MFA_POSTS": "none"}).mfa_posts == frozenset()
    named = read(PRODUCTION | {"PORTAL_MFA_POSTS": "signer, clerk"}).mfa_posts
    assert named == {"signer", "clerk"}
    assert not django_settings.PORTAL_MFA_POSTS


def test_an_unknown_kind_of_post_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="names 'signers'; the kinds of post are"):
        read(PRODUCTION | {"PORTAL_MFA_POSTS": "signers"})
