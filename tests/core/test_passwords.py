"""Passwords: what they must be, that the last five are refused, that they expire."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from portal.core.accounts import locks
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.models import LedgerEntry, PasswordRecord, User
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

CHANGE = "/account/password/"


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
    return make_post(office, "clerk", "lin.xiaoyu")


def person(actor: Actor) -> User:
    """The account behind an actor."""
    assert actor.user is not None
    return actor.user


def change(client: Client, new: str, old: str = PASSWORD, again: str | None = None) -> str:
    """Change the password by the page; the page that answers, empty when it was taken."""
    data = {"oldpassword": old, "password1": new, "password2": new if again is None else again}
    answer = client.post(CHANGE, data)
    return "" if answer.status_code == 302 else answer.content.decode()


# --- what they must be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1-short", "至少 10 个字符，现在只有 9 个"),
        ("onlylowercase", "至少 3 类"),
        ("lowercase12345", "还可以加上：大写字母、其他字符"),
        ("LOWERUPPER-----", "还可以加上：小写字母、数字"),
        ("Lin.Xiaoyu.2026", "与登录名过于相似"),
        ("Zhang-San-2026", "与姓名过于相似"),
        ("Tel-13903570000", "与联系电话过于相似"),
        ("Password123", "太常见|常见"),
    ],
)
def test_what_is_refused(password: str, words: str) -> None:
    user = User(username="lin.xiaoyu", display_name="zhang-san", phone="13903570000")
    with pytest.raises(ValidationError) as refused:
        validate_password(password, user)
    assert any(word in "".join(refused.value.messages) for word in words.split("|"))


@pytest.mark.parametrize("password", ["Fen-he-1949", "汾河流水A1b2c3", "correct Horse 7 battery"])
def test_what_is_taken(password: str) -> None:
    user = User(username="lin.xiaoyu", display_name="林晓宇", phone="13903570000")
    validate_password(password, user)


def test_the_page_says_each_error_beside_its_field(clerk: Actor) -> None:
    client = client_of(clerk)
    assert "密码至少 10 个字符" in change(client, "Short-1")
    assert "现用密码不正确" in change(client, "Fen-he-1949", old="Wrong-password-1")
    assert "两次输入的新密码不一致" in change(client, "Fen-he-1949", again="Fen-he-1950")
    text = change(client, "", old="")
    for words in ("请填写现用密码。", "请填写新密码。", "请再输一遍新密码。"):
        assert words in text
    assert person(clerk).check_password(PASSWORD)


def test_guessing_the_present_password_locks_like_signing_in(clerk: Actor) -> None:
    client = client_of(clerk)
    for _ in range(5):
        text = change(client, "Fen-he-1949", old="Wrong-password-1")
    assert "账号已锁定" in text
    assert person(clerk).pk in locks.locks_of([person(clerk)])
    assert "账号已锁定" in change(client, "Fen-he-1949")
    person(clerk).refresh_from_db()
    assert person(clerk).check_password(PASSWORD)


def test_the_last_five_are_refused_and_the_sixth_is_forgotten(clerk: Actor) -> None:
    client = client_of(clerk)
    words = [PASSWORD, *(f"Fen-he-{year}-shui" for year in range(1949, 1954))]
    for old, new in itertools.pairwise(words):
        assert change(client, new, old) == ""
    for used in words[1:]:
        assert "最近 5 次用过" in change(client, used, words[-1])
    assert PasswordRecord.objects.filter(user=person(clerk)).count() == 5
    assert change(client, PASSWORD, words[-1]) == ""


def test_no_password_is_kept_in_the_clear(clerk: Actor) -> None:
    change(client_of(clerk), "Fen-he-1949-shui")
    rows = PasswordRecord.objects.filter(user=person(clerk)).values_list("password", flat=True)
    assert rows
    assert not any("Fen-he" in row or PASSWORD in row for row in rows)


def test_changing_it_ends_every_other_session_and_keeps_this_one(clerk: Actor) -> None:
    here, _ = sign_in(clerk)
    there, _ = sign_in(clerk, address="192.0.2.2")
    assert change(here, "Fen-he-1949-shui") == ""
    assert "其他 1 处登录已全部退出" in here.get(reverse("account-home")).content.decode()
    assert there.get(reverse("account-home")).status_code == 302
    assert sign_in(clerk)[1].status_code == 200
    assert sign_in(clerk, "Fen-he-1949-shui")[1].status_code == 302


def test_the_change_is_in_the_ledger_without_the_password(clerk: Actor) -> None:
    change(client_of(clerk), "Fen-he-1949-shui")
    entry = LedgerEntry.objects.get(verb="change_password")
    assert entry.actor == clerk.user
    assert "Fen-he" not in f"{entry.summary}{vars(entry)}"


# --- they expire ----------------------------------------------------------------------------------


def set_days_ago(actor: Actor, days: float) -> None:
    """The password was set so long ago."""
    moment = timezone.now() - timedelta(days=days)
    User.objects.filter(pk=person(actor).pk).update(password_changed_at=moment)


def test_an_expired_password_opens_nothing_but_its_change(clerk: Actor) -> None:
    set_days_ago(clerk, 91)
    client = client_of(clerk)
    for address in (
        office_url(clerk, "workspace"),
        reverse("home"),
        reverse("account-home"),
        reverse("usersessions_list"),
        reverse("mfa_index"),
    ):
        assert client.get(address)["Location"] == CHANGE, address
        assert client.post(address)["Location"] == CHANGE, address
    page = client.get(CHANGE).content.decode()
    assert "密码已到期" in page
    assert "每 90 天" in page
    refused = client.get("/api/o/puxian/cases/")
    assert (refused.status_code, refused.json()) == (403, {"detail": "密码已到期，请先修改密码。"})
    assert change(client, "Fen-he-1949-shui") == ""
    assert client.get(office_url(clerk, "workspace")).status_code == 200


def test_the_warning_comes_a_week_before(clerk: Actor) -> None:
    client = client_of(clerk)
    for days, words in ((80, ""), (84.5, "还有 5 天到期"), (89.5, "今天到期")):
        set_days_ago(clerk, days)
        text = client.get(office_url(clerk, "workspace")).content.decode()
        assert ("到期后须先修改" in text) is bool(words), days
        assert words in text


def test_an_account_from_before_the_rule_counts_from_its_beginning(clerk: Actor) -> None:
    User.objects.filter(pk=person(clerk).pk).update(
        password_changed_at=None, date_joined=timezone.now() - timedelta(days=91)
    )
    assert client_of(clerk).get(reverse("home"))["Location"] == CHANGE


def test_demonstration_accounts_do_not_expire(clerk: Actor, settings: Settings) -> None:
    settings.PORTAL_DEMO = True
    User.objects.filter(pk=person(clerk).pk).update(is_demo=True)
    set_days_ago(clerk, 400)
    assert client_of(clerk).get(office_url(clerk, "workspace")).status_code == 200


# --- asked again ----------------------------------------------------------------------------------


def test_what_must_be_fresh_asks_for_the_password_and_leads_back(clerk: Actor) -> None:
    """The set-up of a second factor stands for every page that asks for a fresh sign-in."""
    client = client_of(clerk)
    target = reverse("mfa_activate_totp")
    assert client.get(target).status_code == 200
    age_session(client, shown_at=16 * 60)
    asked = client.get(target)
    assert unquote(asked["Location"]) == f"{reverse('account_reauthenticate')}?next={target}"
    page = client.get(asked["Location"]).content.decode()
    assert "再次确认身份" in page
    wrong = client.post(asked["Location"], {"password": "Wrong-password-1", "next": target})
    assert "密码不正确" in wrong.content.decode()
    right = client.post(asked["Location"], {"password": PASSWORD, "next": target})
    assert right["Location"] == target
    assert client.get(target).status_code == 200
