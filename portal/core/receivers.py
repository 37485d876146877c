"""Receivers of other libraries' signals, all of them here; the portal has no signals of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from axes.signals import user_locked_out
from celery.signals import worker_init, worker_ready
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_migrate, pre_migrate
from django.http import HttpRequest

from portal.core import jobs, stream
from portal.core.accounts import sessions
from portal.core.actor import Actor
from portal.core.documents.checks import faults
from portal.core.models import User
from portal.core.triggers import install_triggers, remove_triggers
from portal.core.web import address_of

NAME_LENGTH = 60


def connect() -> None:
    """Connect every receiver once."""
    pre_migrate.connect(_before_migrate, dispatch_uid="remove_triggers")
    post_migrate.connect(_after_migrate, dispatch_uid="install_triggers")
    worker_init.connect(_worker_starting, dispatch_uid="documents_can_be_made")
    worker_ready.connect(_worker_started, dispatch_uid="sweep_at_start")
    user_logged_in.connect(_signed_in, dispatch_uid="note_sign_in")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="note_sign_in_failed")
    user_locked_out.connect(_locked_out, dispatch_uid="note_locked")
    user_logged_out.connect(_signed_out, dispatch_uid="note_sign_out")
    authenticator_added.connect(_factor_added, dispatch_uid="factor_added")


def _before_migrate(*, using: str, app_config: Any, plan: list[Any], **_: object) -> None:
    if app_config.label == "core" and plan:
        remove_triggers(using)


def _after_migrate(*, using: str, app_config: Any, **_: object) -> None:
    if app_config.label == "core":
        install_triggers(using)


def _worker_starting(**_: object) -> None:
    """A worker that cannot make documents does not start: it would fail every job of theirs."""
    if found := faults():
        raise SystemExit("\n".join(str(message) for message in found))


def _worker_started(**_: object) -> None:
    jobs.sweep()


def _signed_in(*, request: HttpRequest, user: User, **_: object) -> None:
    sessions.start(request)
    stream.note(_person(request, user), "sign_in", path=request.path, summary=user.username)


def _signed_out(*, request: HttpRequest, user: User | None, **_: object) -> None:
    if user is not None:
        stream.note(_person(request, user), "sign_out", path=request.path, summary=user.username)


def _factor_added(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_: object
) -> None:
    """Whoever has just set one up has shown a code of it."""
    if authenticator.type == Authenticator.Type.TOTP:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def _sign_in_failed(
    *, credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: object
) -> None:
    if request is None:
        return
    name = str(credentials.get("username", ""))
    what = "验证码不正确" if credentials.get("factor") == "code" else "登录名或密码不正确"
    if getattr(request, "axes_locked_out", False):
        what = "账号锁定期间尝试登录"
    stream.note(_typed(request, name), "sign_in_failed", path=request.path,
                summary=what, outcome="failed")  # fmt: skip


def _locked_out(*, request: HttpRequest, username: str | None, **_: object) -> None:
    stream.note(_typed(request, username or ""), "locked", path=request.path,
                summary="连续登录失败，账号锁定", outcome="failed")  # fmt: skip


def _person(request: HttpRequest, user: User) -> Actor:
    return Actor(
        name=str(user)[:NAME_LENGTH],
        user=user,
        office=user.home_office,
        address=address_of(request),
    )


def _typed(request: HttpRequest, name: str) -> Actor:
    """Whoever typed a name: not that account's person, but its administrators want to know."""
    user = User.objects.filter(username=name).select_related("home_office__region").first()
    return Actor(
        name=name[:NAME_LENGTH].replace("\0", ""),
        office=user.home_office if user else None,
        address=address_of(request),
    )
