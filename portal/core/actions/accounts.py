"""Keeping accounts: register, change, disable, enable. Nobody but the person sets a password."""

from __future__ import annotations

import re
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from portal.core import clock
from portal.core.accounts.locks import lift, locks_of
from portal.core.accounts.sessions import end_sessions
from portal.core.actions.activation import Activation, Slip, activate_account, issue_activation
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale, require
from portal.core.ledger import record
from portal.core.models import ActivationCode, Office, User, hold_in_scope
from portal.core.policies.accounts import (
    may_create_account,
    may_disable_account,
    may_enable_account,
    may_end_sign_ins,
    may_keep_account,
    may_lift_lock,
    may_reset_second_factor,
)

__all__ = [
    "Activation",
    "Slip",
    "activate_account",
    "create_account",
    "disable_account",
    "enable_account",
    "end_sign_ins",
    "issue_activation",
    "lift_lock",
    "reset_second_factor",
    "update_account",
]

USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,59}")
PHONE = re.compile(r"[0-9+() -]{5,30}")
REASON_LENGTH = 200


def username_problem(username: str) -> str:
    """What is wrong with the form of a sign-in name, or nothing."""
    if not username:
        return "请填写登录名。"
    if not USERNAME.fullmatch(username):
        return "登录名用 3 至 60 个字母、数字或 . _ - 组成，并以字母或数字开头，不能有汉字和空格。"
    return ""


def name_problem(name: str) -> str:
    """What is wrong with a person's name, or nothing."""
    if not name:
        return "请填写姓名。"
    if len(name) > 60:
        return "姓名不超过 60 个字。"
    return "" if name.isprintable() else "姓名中有看不见的字符，请重新输入。"


def phone_problem(phone: str) -> str:
    """What is wrong with a telephone number, or nothing."""
    if phone and not PHONE.fullmatch(phone):
        return "联系电话用 5 至 30 位数字填写，可以有 + - ( ) 和空格。"
    return ""


@transaction.atomic
def create_account(
    *, actor: Actor, username: str, display_name: str, office: Office, phone: str = ""
) -> User:
    """Register a person without any password: an activation slip lets the person set one.

    ValidationError names the field: a malformed or taken sign-in name, an office that is closed.
    """
    require(may_create_account(actor, office))
    username, display_name, phone = username.strip(), display_name.strip(), phone.strip()
    problems = {
        "username": username_problem(username),
        "display_name": name_problem(display_name),
        "phone": phone_problem(phone),
        "office": _office_problem(office),
    }
    taken = ValidationError(
        {"username": f"登录名“{username}”已有人使用。请换一个，例如在后面加上单位简称或数字。"}
    )
    if not problems["username"] and User.objects.filter(username__iexact=username).exists():
        raise taken
    _raise(problems)
    user = User(username=username, display_name=display_name, phone=phone, home_office=office)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise taken from error
    record(
        actor,
        "create_account",
        user,
        f"登记账号 {display_name}（{username}），所属机构 {office.name}",
        after=_facts(user),
        scope_code=office.region.code,
    )
    hold_in_scope(user, actor)
    return user


def register(username: str, display_name: str, office: Office, phone: str = "") -> User:
    """The row of a person without a password. Whoever calls has checked it, and enters it."""
    user = User(username=username, display_name=display_name, phone=phone, home_office=office)
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


@transaction.atomic
def update_account(
    *, actor: Actor, user: User, display_name: str, office: Office, phone: str = ""
) -> User:
    """Change a person's name, telephone or home office; past records keep the old name."""
    user = _locked(user)
    require(may_keep_account(actor, user))
    require(may_create_account(actor, office))
    display_name, phone = display_name.strip(), phone.strip()
    _raise(
        {
            "display_name": name_problem(display_name),
            "phone": phone_problem(phone),
            "office": "" if office == user.home_office else _office_problem(office),
        }
    )
    before = _facts(user)
    user.display_name, user.phone, user.home_office = display_name, phone, office
    after = _facts(user)
    if after == before:
        return user
    user.save(update_fields=["display_name", "phone", "home_office"])
    hold_in_scope(user, actor)
    changed = [key for key in after if after[key] != before[key]]
    record(
        actor,
        "update_account",
        user,
        f"修改账号资料：{'、'.join(changed)}",
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
        scope_code=office.region.code,
    )
    return user


@transaction.atomic
def disable_account(*, actor: Actor, user: User, reason: str) -> User:
    """Stop an account: sign-ins end at once, slips are void; what the person did stays."""
    user = _locked(user)
    require(may_disable_account(actor, user))
    reason = _reason(reason)
    if not user.is_active:
        raise Stale(f"{user}的账号已经停用，无需重复办理。")
    user.is_active = False
    user.save(update_fields=["is_active"])
    ActivationCode.objects.filter(user=user, used_at__isnull=True, revoked_at__isnull=True).update(
        revoked_at=clock.now()
    )
    ended = end_sessions(user)
    _enter(actor, "disable_account", user, f"停用账号：{reason}", "正常", "停用", ended=ended)
    return user


@transaction.atomic
def enable_account(*, actor: Actor, user: User, reason: str) -> User:
    """Let an account that was stopped work again, with the password it had."""
    user = _locked(user)
    require(may_enable_account(actor, user))
    reason = _reason(reason)
    if user.is_active:
        raise Stale(f"{user}的账号未停用，无需办理。")
    user.is_active = True
    user.save(update_fields=["is_active"])
    _enter(actor, "enable_account", user, f"启用账号：{reason}", "停用", "正常")
    return user


@transaction.atomic
def lift_lock(*, actor: Actor, user: User) -> User:
    """Let a person try again whose account is locked after failed sign-ins."""
    user = _locked(user)
    require(may_lift_lock(actor, user))
    until = locks_of([user]).get(user.pk)
    if until is None:
        raise Stale(f"{user}的账号没有被锁定，无需解除。")
    lift(user)
    _enter(actor, "lift_lock", user, "解除登录锁定", "已锁定", "正常", until=until)
    return user


@transaction.atomic
def reset_second_factor(*, actor: Actor, user: User, reason: str) -> User:
    """Take a lost second factor and its recovery codes back; sign-ins end."""
    user = _locked(user)
    require(may_reset_second_factor(actor, user))
    reason = _reason(reason)
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise Stale(f"{user}没有启用动态口令，无需重置。")
    ended = end_sessions(user)
    _enter(
        actor,
        "reset_second_factor",
        user,
        f"重置动态口令：{reason}",
        "已启用",
        "未启用",
        ended=ended,
    )
    return user


@transaction.atomic
def end_sign_ins(*, actor: Actor, user: User) -> int:
    """End every sign-in of a person; the number of them."""
    user = _locked(user)
    require(may_end_sign_ins(actor, user))
    ended = end_sessions(user)
    if not ended:
        raise Stale(f"{user}目前没有登录，无需结束。")
    _enter(actor, "end_sign_ins", user, "结束全部登录", f"{ended} 处登录", "无", ended=ended)
    return ended


def _locked(user: User) -> User:
    return (
        User.objects.select_for_update(of=("self",))
        .select_related("home_office__region")
        .get(pk=user.pk)
    )


def _facts(user: User) -> dict[str, Any]:
    return {
        "登录名": user.username,
        "姓名": user.display_name,
        "联系电话": user.phone,
        "所属机构": user.home_office.name if user.home_office else "",
    }


def _enter(
    actor: Actor, verb: str, user: User, summary: str, before: str, after: str, **data: Any
) -> None:
    if user.home_office is None:
        raise Refused(f"{user}的账号没有所属机构，须由运维人员处理。")
    record(
        actor,
        verb,
        user,
        summary,
        data=data,
        before={"状态": before},
        after={"状态": after},
        scope_code=user.home_office.region.code,
    )


def _office_problem(office: Office) -> str:
    if Office.objects.standing().filter(pk=office.pk).exists():
        return ""
    return f"{office.name}已撤销。请改选承接其职责的机构。"


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": "请填写事由，事由记入台账。"})
    if len(reason) > REASON_LENGTH:
        raise ValidationError({"reason": f"事由不超过 {REASON_LENGTH} 个字。"})
    return reason


def _raise(problems: dict[str, str]) -> None:
    found = {name: text for name, text in problems.items() if text}
    if found:
        raise ValidationError(found)
