"""Activation slips: the code, what is stored of it, what each answer gives away, two at once."""

from __future__ import annotations

import io
import math
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.core import clock
from portal.core.actions.accounts import (
    Slip,
    activate_account,
    create_account,
    disable_account,
    issue_activation,
)
from portal.core.actions.activation import ALPHABET, digest, make_code
from portal.core.constants import OfficeKind
from portal.core.errors import Refused
from portal.core.models import AccessEntry, ActivationCode, LedgerEntry, Post, Region, User
from portal.core.seats import seats_of
from tests.factories import PASSWORD, World, client_of, make_office, make_world

pytestmark = pytest.mark.django_db

NEW = "Guanghua-2031"
WRONG_CODE = "2222-2222-2222-2222"


@pytest.fixture
def world() -> World:
    """A small world, in which nobody has asked for anything yet."""
    cache.clear()
    return make_world()


def newcomer(world: World, username: str = "zhang.wei") -> User:
    """Somebody registered just now."""
    return create_account(
        actor=world.actor("puxian.system_admin"),
        username=username,
        display_name="张伟",
        office=world.offices["puxian"],
    )


def slip_for(world: World, user: User) -> Slip:
    """A slip signed just now."""
    return issue_activation(actor=world.actor("puxian.system_admin"), users=[user])[0]


def send(client: Client, username: str, code: str, password: str = NEW, **more: str) -> Any:
    """What the public page answers."""
    data = {"username": username, "code": code, "password": password, "again": password}
    return client.post(reverse("activate"), data | more)


def said(response: HttpResponse) -> str:
    """The page without markup."""
    return re.sub(r"<[^>]+>|\s+", "", response.content.decode())


# --- the code -----------------------------------------------------------------------------------


def test_codes_are_long_enough_and_easy_to_type() -> None:
    codes = {make_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(re.fullmatch(r"([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}", code) for code in codes)
    assert not set("01OI") & set(ALPHABET)
    assert 16 * math.log2(len(ALPHABET)) >= 60


def test_only_a_digest_is_stored(world: World, settings: Any) -> None:
    slip = slip_for(world, newcomer(world))
    row = ActivationCode.objects.get()
    plain = slip.code.replace("-", "")
    assert row.code_hash == digest(slip.code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM core_activationcode c")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(row_to_json(l)::text, ' ') FROM core_ledgerentry l")
        stored += cursor.fetchone()[0]
    assert plain not in stored.replace("-", "").upper()
    assert row.expires_at - row.issued_at == timedelta(days=settings.PORTAL_ACTIVATION_DAYS)
    assert settings.PORTAL_ACTIVATION_DAYS == 7


def test_code_is_read_as_people_type_it(world: World) -> None:
    user = newcomer(world)
    code = slip_for(world, user).code.lower().replace("-", " ")
    assert send(Client(), " zhang.wei ", f" {code}").status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)


# --- beginning ----------------------------------------------------------------------------------


def test_person_sets_the_password_and_signs_in(world: World) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    client = Client()
    response = send(client, user.username, slip.code)
    assert (response.status_code, response["Location"]) == (302, reverse("login"))
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert user.password_changed_at is not None
    assert user.password_records.count() == 1
    entry = LedgerEntry.objects.get(verb="activate_account")
    assert (entry.actor, entry.scope_code, entry.address) == (user, "141033", "127.0.0.1")
    signed_in = client.post(reverse("login"), {"login": user.username, "password": NEW})
    assert signed_in.status_code == 302


def test_code_is_used_once(world: World) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    send(Client(), user.username, slip.code)
    again = send(Client(), user.username, slip.code, "Another-2032")
    assert "已经使用过" in said(again)
    user.refresh_from_db()
    assert user.check_password(NEW)


@pytest.mark.parametrize(
    ("password", "words"),
    [("short-1A", "至少10个字符"), ("alllowercase", "3类"), ("Zhang.wei-11", "相似")],
)
def test_weak_password_is_refused_and_the_code_stays(
    world: World, password: str, words: str
) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    response = send(Client(), user.username, slip.code, password)
    assert response.status_code == 422 and words in said(response)
    assert password not in response.content.decode()
    assert slip.code in response.content.decode(), "what was typed is not lost"
    assert send(Client(), user.username, slip.code).status_code == 302


def test_two_different_passwords_are_refused(world: World) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    response = send(Client(), user.username, slip.code, again="Guanghua-2032")
    assert response.status_code == 422 and "不一样" in said(response)
    assert ActivationCode.objects.get().used_at is None


# --- what the answers give away -----------------------------------------------------------------


def test_unknown_account_and_wrong_code_get_the_same_answer(world: World) -> None:
    newcomer(world, "nobody.knows")
    slip_for(world, newcomer(world))
    answers = [
        send(Client(), name, WRONG_CODE)
        for name in ("zhang.wei", "li.nobody", "puxian.clerk", "nobody.knows")
    ]
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|value="[a-z.]+"')
    pages = {token.sub("", answer.content.decode()) for answer in answers}
    assert {answer.status_code for answer in answers} == {422}
    assert len(pages) == 1
    assert AccessEntry.objects.filter(kind="sign_in_failed", outcome="failed").count() == 4


def test_unknown_account_and_wrong_code_ask_the_same_of_the_database(
    world: World, django_assert_num_queries: Callable[..., Any]
) -> None:
    slip_for(world, newcomer(world))
    with django_assert_num_queries(6):  # savepoint, person, slips, count, note, savepoint
        activate_account(username="zhang.wei", code=WRONG_CODE, password=NEW)
    with django_assert_num_queries(5):
        activate_account(username="li.nobody", code=WRONG_CODE, password=NEW)


def test_five_wrong_codes_kill_the_slip(world: World) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    for _ in range(4):
        send(Client(), user.username, WRONG_CODE)
    assert ActivationCode.objects.get().failures == 4
    assert ActivationCode.objects.get().revoked_at is None
    send(Client(), user.username, WRONG_CODE)
    assert ActivationCode.objects.get().revoked_at is not None
    dead = send(Client(), user.username, slip.code)
    assert "连续输错5次已作废" in said(dead)
    assert "系统管理员重新签发" in said(dead)
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert send(Client(), user.username, slip_for(world, user).code).status_code == 302


def test_wrong_code_of_another_person_does_not_count_here(world: World) -> None:
    first, second = newcomer(world), newcomer(world, "li.na")
    mine, other = slip_for(world, first), slip_for(world, second)
    assert "不正确" in said(send(Client(), second.username, mine.code))
    assert ActivationCode.objects.get(user=first).failures == 0
    assert send(Client(), second.username, other.code).status_code == 302


def test_expired_slip_says_whom_to_ask(world: World) -> None:
    user = newcomer(world)
    with clock.at(clock.now() - timedelta(days=7, minutes=1)):
        slip = slip_for(world, user)
    response = said(send(Client(), user.username, slip.code))
    assert "已过有效期" in response
    assert f"{world.offices['puxian'].name}所在地的系统管理员" in response
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_disabled_account_is_not_begun(world: World) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    disable_account(actor=world.actor("puxian.system_admin"), user=user, reason="登记有误")
    assert "已停用" in said(send(Client(), user.username, slip.code))


def test_one_address_may_try_only_so_often(world: World, settings: Any) -> None:
    rates = {"visitor_posts": "3/minute"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    client = Client()
    statuses = [send(client, "zhang.wei", WRONG_CODE).status_code for _ in range(4)]
    assert statuses == [422, 422, 422, 429]


# --- signing slips ------------------------------------------------------------------------------


def test_new_slip_voids_the_old_one(world: World) -> None:
    user = newcomer(world)
    old, new = slip_for(world, user), slip_for(world, user)
    assert "已被新签发的激活单替代" in said(send(Client(), user.username, old.code))
    assert send(Client(), user.username, new.code).status_code == 302


def test_old_password_works_until_the_new_one_is_set(world: World) -> None:
    """A slip for somebody who forgot: others cannot lock a person out by asking for one."""
    user = world.actor("puxian.clerk").user
    assert user is not None
    here = client_of(world.actor("puxian.clerk"))
    slip = slip_for(world, user)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert here.get("/o/puxian/").status_code == 200
    assert send(Client(), user.username, slip.code).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW) and not user.check_password(PASSWORD)
    assert here.get("/o/puxian/").status_code == 302, "other sign-ins have ended"
    entry = LedgerEntry.objects.get(verb="activate_account")
    assert "重新设定" in entry.summary


def test_last_passwords_are_refused_with_a_slip_too(world: World) -> None:
    user = world.actor("puxian.clerk").user
    assert user is not None
    with pytest.raises(ValidationError, match="最近 5 次"):
        activate_account(username=user.username, code=slip_for(world, user).code, password=PASSWORD)
    assert ActivationCode.objects.get().used_at is None


def test_slips_for_several_are_all_or_none(world: World) -> None:
    ours, theirs = newcomer(world), world.actor("xixian.clerk").user
    assert theirs is not None
    with pytest.raises(Refused, match="不在您的管理范围"):
        issue_activation(actor=world.actor("puxian.system_admin"), users=[ours, theirs])
    assert not ActivationCode.objects.exists()
    with pytest.raises(ValidationError, match="没有选择人员"):
        issue_activation(actor=world.actor("puxian.system_admin"), users=[])


def test_each_slip_is_entered_in_the_ledger(world: World) -> None:
    users = [newcomer(world), newcomer(world, "li.na")]
    slips = issue_activation(actor=world.actor("puxian.system_admin"), users=users)
    entries = LedgerEntry.objects.filter(verb="issue_activation").order_by("pk")
    assert [entry.chain for entry in entries] == [f"core.user:{user.pk}" for user in users]
    assert not any(slip.code in entry.payload for slip in slips for entry in entries)


# --- the first administrators -------------------------------------------------------------------


def begin(*more: str) -> list[str]:
    """What the command prints, line by line."""
    out = io.StringIO()
    call_command("create_administrators", "--office", "sx", *more, stdout=out)
    return out.getvalue().splitlines()


def test_first_administrators_begin_with_codes_and_no_password() -> None:
    region = Region.objects.create(code="140000", name="山西省", kind="province")
    office = make_office("sx", "省办", OfficeKind.LEADING_GROUP_OFFICE, region)
    printed = begin()
    codes = [line.split()[2] for line in printed[1:4]]
    people = list(User.objects.order_by("pk"))
    assert [user.username for user in people] == [
        "sx-system-admin",
        "sx-security-admin",
        "sx-auditor",
    ]
    assert not any(user.has_usable_password() or user.is_superuser for user in people)
    kinds = [seats_of(user)[0].kind for user in people]
    assert [kind.key for kind in kinds if kind] == ["system_admin", "security_admin", "auditor"]
    assert send(Client(), "sx-auditor", codes[2]).status_code == 302
    again = begin()
    assert len([line for line in again if "有效期至" in line]) == 2, "who has begun keeps all"
    assert Post.objects.filter(office=office).count() == User.objects.count() == 3
    assert "sx-auditor" in " ".join(begin("--renew"))
    assert LedgerEntry.objects.filter(verb="create_account").count() == 3


def test_unknown_office_is_said() -> None:
    with pytest.raises(CommandError, match="no leading-group office"):
        begin()


# --- two at once --------------------------------------------------------------------------------


def at_once(user: User, calls: list[Callable[[], Any]]) -> list[Any]:
    """Every call on a connection of its own, let go together while the person's row is held."""
    answers: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        try:
            answers[place] = calls[place]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            for thread in threads:
                thread.start()
            deadline, waiting = time.monotonic() + 20, 0
            while waiting < len(calls):
                assert time.monotonic() < deadline, f"{waiting} of {len(calls)} wait"
                time.sleep(0.02)
                with connection.cursor() as cursor:
                    cursor.execute("SELECT COUNT(DISTINCT pid) FROM pg_locks WHERE NOT granted")
                    waiting = int(cursor.fetchone()[0])
    finally:
        for thread in threads:
            thread.join(timeout=60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_two_administrators_sign_one_valid_slip(world: World) -> None:
    user = newcomer(world)
    administrators = [world.actor("puxian.system_admin"), world.actor("linfen.system_admin")]
    answers = at_once(
        user,
        [lambda a=actor: issue_activation(actor=a, users=[user]) for actor in administrators],  # type: ignore[misc]
    )
    assert ActivationCode.objects.filter(revoked_at__isnull=True, used_at__isnull=True).count() == 1
    outcomes = [
        activate_account(username=user.username, code=slips[0].code, password=NEW)
        for slips in answers
    ]
    assert sorted(outcome.user is not None for outcome in outcomes) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_two_activations_set_one_password(world: World) -> None:
    user = newcomer(world)
    slip = slip_for(world, user)
    passwords = ["Guanghua-2031", "Mingliang-2032"]
    answers = at_once(
        user,
        [
            lambda p=password: activate_account(  # type: ignore[misc]
                username=user.username, code=slip.code, password=p
            )
            for password in passwords
        ],
    )
    won = [place for place, answer in enumerate(answers) if answer.user is not None]
    assert len(won) == 1
    user.refresh_from_db()
    assert user.check_password(passwords[won[0]])
    assert LedgerEntry.objects.filter(verb="activate_account").count() == 1
    assert user.password_records.count() == 1


@pytest.mark.django_db(transaction=True)
def test_wrong_codes_at_once_are_all_counted(world: World) -> None:
    user = newcomer(world)
    slip_for(world, user)
    at_once(
        user,
        [
            lambda: activate_account(username=user.username, code=WRONG_CODE, password=NEW)
            for _ in range(3)
        ],
    )
    assert ActivationCode.objects.get().failures == 3
