"""Activation slips (激活单): a one-time code on paper with which a person sets a password.

There may be no mail on the network. The code is printed once and stored as a keyed digest only; it
has 80 bits, so the digest needs no slow hash. Who issues a slip never sees a password, and the old
password of an account works until the person has set the new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.core import clock
from portal.core.accounts.sessions import end_sessions
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import ActivationCode, User
from portal.core.policies.accounts import may_issue_activation
from portal.core.stream import note

# Without I, O, 0 and 1, which paper confuses: 32 letters, five bits each.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
GROUPS, GROUP_LENGTH = 4, 4
MAX_FAILURES = 5
# How many of a person's slips are looked at, so that an old one is told what became of it.
REMEMBERED = 5
WRONG = (
    "登录名或激活码不正确。请对照激活单逐字核对；连续输错 5 次，该激活码即作废，"
    "须请所属机构的系统管理员重新签发。"
)
_WAYS_TO_MISREAD = str.maketrans("", "", " -–—－　\t")


class Slip(NamedTuple):
    """What is printed: whose, the code in groups, and how long it is good for."""

    user: User
    code: str
    expires_at: datetime


class Activation(NamedTuple):
    """What came of a code: the person whose password is set, or what to do instead."""

    user: User | None
    problem: str = ""


@transaction.atomic
def issue_activation(*, actor: Actor, users: Iterable[User]) -> list[Slip]:
    """Sign slips for people, in the order given; earlier slips of each are void from now on.

    The codes are in the answer and nowhere else. Refused as a whole when one may not have one.
    """
    asked = list(dict.fromkeys(user.pk for user in users))
    if not asked:
        raise ValidationError("没有选择人员。请先在列表中勾选需要激活单的人员。")
    locked = {
        user.pk: user
        for user in User.objects.select_for_update(of=("self",))
        .select_related("home_office__region")
        .filter(pk__in=asked)
        .order_by("pk")
    }
    moment = clock.now()
    expires = moment + timedelta(days=settings.PORTAL_ACTIVATION_DAYS)
    slips = []
    for key in asked:
        user = locked[key]
        require(may_issue_activation(actor, user))
        void = open_codes(user).update(revoked_at=moment)
        code = make_code()
        ActivationCode.objects.create(
            user=user,
            code_hash=digest(code),
            issued_at=moment,
            issued_by=actor.user,
            expires_at=expires,
        )
        record(
            actor,
            "issue_activation",
            user,
            f"签发激活单 {user}（{user.username}）",
            data={"有效期至": expires, "作废的激活单": void},
            scope_code=user.home_office.region.code if user.home_office else "",
        )
        slips.append(Slip(user, code, expires))
    return slips


@transaction.atomic
def activate_account(*, username: str, code: str, password: str, address: str = "") -> Activation:
    """Set the person's own password with the code of a slip, once.

    A wrong code counts against the newest slip, which dies of the fifth; an unknown sign-in name
    gets the same answer. A wrong code is an outcome and not an error, so that the count stays.
    ValidationError on ``password`` leaves the code as it was.
    """
    # The person first, then the slips: the order of ``issue_activation``. Nobody has no rows.
    holder = User.objects.select_for_update().filter(username=username.strip()).first()
    rows = list(
        ActivationCode.objects.select_related("user__home_office__region")
        .filter(user=holder.pk if holder else None)
        .order_by("-pk")[:REMEMBERED]
    )
    typed = digest(code)
    found = None
    for row in rows:
        if constant_time_compare(row.code_hash, typed):
            found = row
    if found is None:
        return _wrong(rows, username, address)
    problem = _problem(found)
    if problem:
        _note_failure(found.user, address, problem)
        return Activation(None, problem)
    user = found.user
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
    first = not user.has_usable_password()
    user.set_password(password)
    user.save(update_fields=["password"])  # its record is kept by the validators
    found.used_at = clock.now()
    found.save(update_fields=["used_at"])
    ended = end_sessions(user)
    record(
        _person(found.user, address),
        "activate_account",
        user,
        "凭激活单设定密码" if first else "凭激活单重新设定密码",
        data={"激活单签发时间": found.issued_at, "结束的登录": ended},
        scope_code=found.user.home_office.region.code if found.user.home_office else "",
    )
    return Activation(user)


def open_codes(user: User) -> QuerySet[ActivationCode]:
    """Slips of a person that could still be used."""
    return ActivationCode.objects.filter(user=user, used_at__isnull=True, revoked_at__isnull=True)


def make_code() -> str:
    """A code as it stands on paper: four groups of four."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def digest(code: str) -> str:
    """What is stored of a code; small letters, spaces and any dash are read as people type them."""
    plain = code.upper().translate(_WAYS_TO_MISREAD)
    return salted_hmac("portal.activation", plain, algorithm="sha256").hexdigest()


def _wrong(rows: list[ActivationCode], username: str, address: str) -> Activation:
    """Count a wrong code against the slip that is still good, and answer as for nobody."""
    usable = next((row for row in rows if not _problem(row)), None)
    if usable is not None:
        usable.failures += 1
        if usable.failures >= MAX_FAILURES:
            usable.revoked_at = clock.now()
        usable.save(update_fields=["failures", "revoked_at"])
    person = rows[0].user if rows else None
    _note_failure(person, address, f"激活码不正确（登录名 {username.strip()[:60]}）")
    return Activation(None, WRONG)


def _problem(row: ActivationCode) -> str:
    """Why a slip whose code is right is no good, and whom to ask."""
    office = row.user.home_office
    who = f"{office.name}所在地的系统管理员" if office else "系统管理员"
    if row.used_at is not None:
        return (
            "该激活单已经使用过，密码已设定。请直接登录；忘记密码的，请" + who + "重新签发激活单。"
        )
    if not row.user.is_active:
        return f"该账号已停用。请联系{who}。"
    if row.failures >= MAX_FAILURES:
        return f"该激活码因连续输错 5 次已作废。请联系{who}重新签发激活单。"
    if row.revoked_at is not None:
        return f"该激活单已被新签发的激活单替代。请使用最近一张，或联系{who}重新签发。"
    if row.expires_at <= clock.now():
        return f"该激活单已过有效期。请联系{who}重新签发激活单。"
    return ""


def _person(user: User, address: str) -> Actor:
    return Actor(name=str(user), user=user, office=user.home_office, address=address)


def _note_failure(user: User | None, address: str, summary: str) -> None:
    actor = _person(user, address) if user else Actor(name="", address=address)
    note(actor, "sign_in_failed", subject="激活账号", summary=summary, outcome="failed")
