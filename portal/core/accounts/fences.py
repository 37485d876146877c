"""What an account must have done before its person may act: a password in force, a second factor
where the post needs one, a fresh sign-in before issuing documents or changing accounts.

Demonstration accounts are exempt; they cannot sign in outside the demonstration.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from portal.core import clock
from portal.core.accounts import kept
from portal.core.actor import Actor
from portal.core.models import User

EXPIRED = "密码已到期，请先修改密码。"
SECOND_FACTOR = "该岗位须用动态口令登录后办理。"
FRESH = "办理此事前须再次确认身份。"


def password_expires_at(user: User) -> datetime | None:
    """When the password must have been changed; None for accounts without such a day."""
    if user.is_demo or not user.has_usable_password():
        return None
    return (user.password_changed_at or user.date_joined) + timedelta(
        days=settings.PORTAL_PASSWORD_DAYS
    )


def password_expired(user: User) -> bool:
    """Whether nothing but changing the password is open to the person."""
    expires = password_expires_at(user)
    return expires is not None and expires <= clock.now()


def password_warning(user: User) -> int | None:
    """In how many days the password expires, when that is soon."""
    expires = password_expires_at(user)
    if expires is None:
        return None
    days = (expires - clock.now()).days
    return days if 0 <= days < settings.PORTAL_PASSWORD_WARN_DAYS else None


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person has shown who they are within the last ``PORTAL_FRESH_MINUTES``."""
    user = request.user
    if not isinstance(user, User):
        return False
    if user.is_demo:
        return True
    latest = max((row["at"] for row in get_authentication_records(request, user)), default=0)
    return time.time() - latest < settings.PORTAL_FRESH_MINUTES * 60


def has_second_factor(user: User) -> bool:
    """Whether the account has one set up."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def used_second_factor(request: HttpRequest) -> bool:
    """Whether it was used in this session."""
    user = request.user
    return isinstance(user, User) and any(
        row["method"] == "mfa" for row in get_authentication_records(request, user)
    )


def second_factor_missing(request: HttpRequest, actor: Actor) -> bool:
    """Whether the acting post needs a second factor that this session has not seen."""
    if actor.post is None or actor.user is None or actor.user.is_demo:
        return False
    return actor.post.kind in settings.PORTAL_MFA_POSTS and not used_second_factor(request)


def fence(request: HttpRequest, actor: Actor, *, fresh: bool = False) -> HttpResponse | None:
    """The page that stands in the way of acting, or None."""
    if second_factor_missing(request, actor):
        has_one = actor.user is not None and has_second_factor(actor.user)
        context = {"actor": actor, "has_one": has_one, "next": request.get_full_path()}
        return render(request, "account/second_factor_needed.html", context, status=403)
    if fresh and not is_fresh(request):
        return ask_again(request)
    return None


def refusal(request: HttpRequest, actor: Actor) -> str:
    """The same for the API, as a sentence; empty when nothing stands in the way."""
    return SECOND_FACTOR if second_factor_missing(request, actor) else ""


def ask_again(request: HttpRequest) -> HttpResponseRedirect:
    """To the password, and back to where one was; what was typed is kept on the way."""
    back = request.get_full_path()
    if request.method == "POST":
        kept.keep(request, kept.FRESH)
        back = reverse("kept")
    return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")
