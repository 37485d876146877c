"""The first administrators of an office, made on the server: there is no account to begin with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction

from portal.core import clock
from portal.core.actions.accounts import register
from portal.core.actions.activation import Slip, issue_activation
from portal.core.actions.appointments import (
    appoint,
    end_appointment,
    revoke_appointment,
)
from portal.core.actions.offices import create_post
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, PostKind
from portal.core.errors import Refused
from portal.core.ledger import record
from portal.core.models import Appointment, Office, Post, User

SOURCE = "系统初始化"
REPLACED = "在服务器上更换"


def administrator_kinds() -> list[PostKind]:
    """The kinds of post that keep, secure and audit: never one person."""
    return [kind for kind in POST_KINDS.values() if kind.exclusive]


@transaction.atomic
def begin_office(
    *, actor: Actor, office: Office, renew: bool = False, replace: Collection[str] = ()
) -> list[Slip]:
    """Posts, accounts and slips for the three administrators of an office.

    Posts that have a holder are left alone. With ``renew`` the holders get a new slip instead:
    the way back when all of them have lost their passwords. Nothing else of them changes. The
    holders of kinds in ``replace`` give way at once to a new account.
    """
    if not actor.is_system:
        raise Refused("首批管理员由服务器上的命令设立，请联系负责运行平台的人员。")
    office = (
        Office.objects.select_for_update(of=("self",)).select_related("region").get(pk=office.pk)
    )
    people: list[User] = []
    for kind in administrator_kinds():
        post = _post(actor, office, kind)
        held = Appointment.objects.held().filter(post=post).select_related("user").first()
        if held is not None and kind.key in replace:
            _give_way(actor, held)
            held = None
        if held is None:
            people.append(_appointed(actor, post))
        elif renew or not held.user.has_usable_password():
            people.append(held.user)
    return issue_activation(actor=actor, users=people) if people else []


def _give_way(actor: Actor, held: Appointment) -> None:
    yesterday = clock.today() - timedelta(days=1)
    if held.valid_from <= yesterday:
        end_appointment(actor=actor, appointment=held, on=yesterday, reason=REPLACED)
    else:
        revoke_appointment(actor=actor, appointment=held, reason=REPLACED)


def _post(actor: Actor, office: Office, kind: PostKind) -> Post:
    post = Post.objects.standing().filter(office=office, kind=kind.key).order_by("pk").first()
    if post is not None:
        return post
    return create_post(actor=actor, office=office, kind=kind.key, title=kind.label, source=SOURCE)


def _appointed(actor: Actor, post: Post) -> User:
    office, kind = post.office, post.kind_row
    username = free_username(f"{office.slug}-{kind.key.replace('_', '-')}")
    user = register(username, f"{office.region.name}{kind.label}", office)
    record(
        actor,
        "create_account",
        user,
        f"系统初始化：登记{kind.label}账号 {username}，所属机构 {office.name}",
        after={"登录名": username, "所属机构": office.name},
        scope_code=office.region.code,
    )
    appoint(actor=actor, post=post, user=user, since=clock.today(), source=SOURCE)
    return user


def free_username(wanted: str) -> str:
    """The name, or the name with the first number that nobody has."""
    base, number = wanted[:55], 1
    name = base
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{base}-{number}"
    return name
