"""Keeping accounts: who may, what is refused in which words, what the ledger says of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.core import clock
from portal.core.accounts.locks import locks_of
from portal.core.accounts.sessions import sessions_of
from portal.core.actions.accounts import (
    create_account,
    disable_account,
    enable_account,
    end_sign_ins,
    issue_activation,
    lift_lock,
    reset_second_factor,
    update_account,
)
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.models import ActivationCode, Appointment, LedgerEntry, PasswordRecord, User
from portal.core.policies.accounts import (
    may_create_account,
    may_disable_account,
    may_end_sign_ins,
    may_issue_activation,
    may_keep_account,
    may_lift_lock,
    may_list_accounts,
    may_reset_second_factor,
)
from tests.factories import PASSWORD, World, appoint, make_world

pytestmark = pytest.mark.django_db

ADMIN, SECURITY = "puxian.system_admin", "puxian.security_admin"


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def person(world: World, name: str = "puxian.clerk") -> User:
    """Somebody's account."""
    user = world.actor(name).user
    assert user is not None
    return user


def create(world: World, /, who: Actor | None = None, **changes: Any) -> User:
    """A new account of the county."""
    values: dict[str, Any] = {
        "username": "zhang.wei",
        "display_name": "张伟",
        "office": world.offices["puxian"],
        "phone": "0357-1234567",
    }
    return create_account(actor=who or world.actor(ADMIN), **{**values, **changes})


def lock(user: User) -> None:
    """Five failed sign-ins just now."""
    AccessAttempt.objects.create(
        username=user.username, ip_address="10.0.0.1", user_agent="x", failures_since_start=5
    )


# --- registering --------------------------------------------------------------------------------


def test_new_account_has_no_password_anywhere(world: World) -> None:
    user = create(world)
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not PasswordRecord.objects.filter(user=user).exists()
    assert not user.is_staff and not user.is_superuser
    entry = LedgerEntry.objects.get(verb="create_account")
    assert json.loads(entry.after) == {
        "登录名": "zhang.wei",
        "姓名": "张伟",
        "联系电话": "0357-1234567",
        "所属机构": world.offices["puxian"].name,
    }
    assert (entry.scope_code, entry.audience) == ("141033", "office")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("username", "", "请填写登录名"),
        ("username", "zh", "3 至 60 个字母"),
        ("username", "张伟zw", "不能有汉字"),
        ("username", "zhang wei", "空格"),
        ("username", "-zhang", "字母或数字开头"),
        ("username", "z" * 61, "3 至 60"),
        ("display_name", " ", "请填写姓名"),
        ("display_name", "张\u202e伟", "看不见的字符"),
        ("phone", "没有", "5 至 30 位数字"),
    ],
)
def test_bad_input_is_named_by_its_field(world: World, field: str, value: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        create(world, None, **{field: value})
    assert words in "".join(caught.value.message_dict[field])
    assert not LedgerEntry.objects.filter(verb="create_account").exists()


@pytest.mark.parametrize("name", ["puxian.clerk", "PUXIAN.Clerk", "sx.clerk"])
def test_taken_name_is_refused_whoever_has_it(world: World, name: str) -> None:
    with pytest.raises(ValidationError, match="已有人使用"):
        create(world, username=name)


def test_closed_office_takes_nobody(world: World) -> None:
    office = world.offices["puxian-unit"]
    office.valid_to = clock.today() - timedelta(days=1)
    office.save()
    with pytest.raises(ValidationError, match="已撤销"):
        create(world, office=office)


def test_accounts_are_created_in_the_own_region_only(world: World) -> None:
    with pytest.raises(Refused, match="不在您的管理范围"):
        create(world, office=world.offices["xixian"])
    assert create(world, world.actor("linfen.system_admin"), office=world.offices["xixian"])
    assert User.objects.get(username="zhang.wei").home_office == world.offices["xixian"]


@pytest.mark.parametrize(
    "who", ["security_admin", "auditor", "office_director", "clerk", "expert", "member", "filer"]
)
def test_only_system_administrators_register(world: World, who: str) -> None:
    verdict = may_create_account(world.actor(f"puxian.{who}"), world.offices["puxian"])
    assert not verdict.ok
    assert "系统管理员" in verdict.reason


# --- changing -----------------------------------------------------------------------------------


def test_change_records_what_changed_and_past_names_stay(world: World) -> None:
    user = person(world)
    old = str(user)
    update_account(
        actor=world.actor(ADMIN),
        user=user,
        display_name="李娜",
        office=world.offices["puxian"],
        phone="",
    )
    entry = LedgerEntry.objects.get(verb="update_account")
    assert (json.loads(entry.before), json.loads(entry.after)) == ({"姓名": old}, {"姓名": "李娜"})
    assert user.appointments.get().holder_name == old


def test_saving_the_same_again_is_no_entry(world: World) -> None:
    user = person(world)
    for _ in range(2):
        update_account(
            actor=world.actor(ADMIN), user=user, display_name="李娜", office=world.offices["puxian"]
        )
    assert LedgerEntry.objects.filter(verb="update_account").count() == 1


def test_nobody_is_pushed_out_of_or_pulled_into_the_region(world: World) -> None:
    admin = world.actor(ADMIN)
    with pytest.raises(Refused, match="不在您的管理范围"):
        update_account(
            actor=admin, user=person(world), display_name="甲", office=world.offices["xixian"]
        )
    with pytest.raises(Refused, match="不在您的管理范围"):
        update_account(
            actor=admin,
            user=person(world, "xixian.clerk"),
            display_name="甲",
            office=world.offices["puxian"],
        )
    assert not LedgerEntry.objects.filter(verb="update_account").exists()


def test_who_has_a_post_above_is_kept_above(world: World) -> None:
    """A county administrator could else take a provincial official's account over."""
    user = person(world)
    post = world.actor("sx.clerk").post
    assert post is not None
    Appointment.objects.filter(post=post).delete()
    appoint(user, post)
    for rule, who in (
        (may_keep_account, ADMIN),
        (may_disable_account, ADMIN),
        (may_issue_activation, ADMIN),
        (may_lift_lock, SECURITY),
        (may_reset_second_factor, SECURITY),
        (may_end_sign_ins, SECURITY),
    ):
        assert "上级管理员" in rule(world.actor(who), user).reason
    assert may_issue_activation(world.actor("sx.system_admin"), user).ok


# --- disabling and enabling ---------------------------------------------------------------------


def test_disabled_account_is_out_at_once(world: World) -> None:
    user, admin = person(world), world.actor(ADMIN)
    slip = issue_activation(actor=admin, users=[user])[0]
    disable_account(actor=admin, user=user, reason="调离")
    user.refresh_from_db()
    assert not user.is_active
    assert ActivationCode.objects.get(user=slip.user).revoked_at is not None
    entry = LedgerEntry.objects.get(verb="disable_account")
    assert "调离" in entry.summary
    assert (json.loads(entry.before), json.loads(entry.after)) == (
        {"状态": "正常"},
        {"状态": "停用"},
    )
    with pytest.raises(Stale, match="无需重复办理"):
        disable_account(actor=admin, user=user, reason="调离")
    with pytest.raises(Refused, match="已停用"):
        issue_activation(actor=admin, users=[user])
    enable_account(actor=admin, user=user, reason="调回")
    user.refresh_from_db()
    assert user.is_active and user.check_password(PASSWORD)
    with pytest.raises(Stale, match="未停用"):
        enable_account(actor=admin, user=user, reason="调回")


def test_a_reason_is_needed(world: World) -> None:
    with pytest.raises(ValidationError, match="请填写事由"):
        disable_account(actor=world.actor(ADMIN), user=person(world), reason="  ")
    assert person(world).is_active


def test_nobody_changes_his_own_state(world: World) -> None:
    admin, security = world.actor(ADMIN), world.actor(SECURITY)
    assert admin.user is not None and security.user is not None
    own = [
        may_disable_account(admin, admin.user),
        may_issue_activation(admin, admin.user),
        may_lift_lock(security, security.user),
        may_reset_second_factor(security, security.user),
        may_end_sign_ins(security, security.user),
    ]
    assert [verdict.ok for verdict in own] == [False] * 5
    assert all("自己" in verdict.reason for verdict in own)


# --- the three kept apart -----------------------------------------------------------------------


def test_administrators_do_not_do_each_others_work(world: World) -> None:
    user = person(world)
    admin, security, auditor = (
        world.actor(f"puxian.{kind}") for kind in ("system_admin", "security_admin", "auditor")
    )
    kept = (may_keep_account, may_disable_account, may_issue_activation)
    secured = (may_lift_lock, may_reset_second_factor, may_end_sign_ins)
    assert [rule(admin, user).ok for rule in kept] == [True] * 3
    assert [rule(security, user).ok for rule in kept] == [False] * 3
    assert [rule(security, user).ok for rule in secured] == [True] * 3
    assert [rule(admin, user).ok for rule in secured] == [False] * 3
    assert not any(rule(auditor, user).ok for rule in (*kept, *secured))
    assert [may_list_accounts(a).ok for a in (admin, security, auditor)] == [True, True, False]


def test_slips_of_the_three_come_from_above(world: World) -> None:
    """Whoever signs a slip for the auditor could become the auditor."""
    for kind in ("security_admin", "auditor"):
        user = person(world, f"puxian.{kind}")
        verdict = may_issue_activation(world.actor(ADMIN), user)
        assert not verdict.ok and "上一级机构的系统管理员" in verdict.reason
        assert may_issue_activation(world.actor("linfen.system_admin"), user).ok


# --- the security administrator -----------------------------------------------------------------


def test_lock_is_lifted_by_the_security_administrator(world: World) -> None:
    user = person(world)
    lock(user)
    assert user.pk in locks_of([user])
    with pytest.raises(Refused, match="安全管理员"):
        lift_lock(actor=world.actor(ADMIN), user=user)
    with pytest.raises(Refused, match="不在您的管理范围"):
        lift_lock(actor=world.actor("xixian.security_admin"), user=user)
    lift_lock(actor=world.actor(SECURITY), user=user)
    assert locks_of([user]) == {}
    assert LedgerEntry.objects.get(verb="lift_lock").chain == f"core.user:{user.pk}"
    with pytest.raises(Stale, match="没有被锁定"):
        lift_lock(actor=world.actor(SECURITY), user=user)


def test_second_factor_is_taken_back(world: World) -> None:
    user = person(world)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    Authenticator.objects.create(user=user, type="recovery_codes", data={})
    reset_second_factor(actor=world.actor(SECURITY), user=user, reason="手机遗失")
    assert not Authenticator.objects.filter(user=user).exists()
    assert "手机遗失" in LedgerEntry.objects.get(verb="reset_second_factor").summary
    with pytest.raises(Stale, match="没有启用"):
        reset_second_factor(actor=world.actor(SECURITY), user=user, reason="手机遗失")


def test_sign_ins_are_ended(world: World) -> None:
    user, here = person(world), Client()
    here.post(reverse("login"), {"login": user.username, "password": PASSWORD})
    assert len(sessions_of(user)) == 1
    assert end_sign_ins(actor=world.actor(SECURITY), user=user) == 1
    assert sessions_of(user) == []
    assert here.get("/home/").status_code == 302
    with pytest.raises(Stale, match="没有登录"):
        end_sign_ins(actor=world.actor(SECURITY), user=user)


# --- the database -------------------------------------------------------------------------------


def test_two_accounts_never_share_a_name(world: World) -> None:
    create(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="zhang.wei", display_name="别人")


def test_lock_that_has_run_out_needs_no_lifting(world: World) -> None:
    user = person(world)
    lock(user)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert locks_of([user]) == {}
    with pytest.raises(Stale, match="没有被锁定"):
        lift_lock(actor=world.actor(SECURITY), user=user)
