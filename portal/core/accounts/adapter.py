"""What allauth and axes ask of the portal."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.encoding import force_bytes

from portal.core.accounts import locks
from portal.core.accounts.backends import PasswordBackend
from portal.core.accounts.fences import is_fresh
from portal.core.models import User
from portal.core.web import address_of

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 (a socket has no address; this one is never bound)


def client_address(request: HttpRequest) -> str:
    """The address that failures and sessions are noted with."""
    return address_of(request) or UNKNOWN_ADDRESS


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up and no mail is sent; failures of one account are counted one by one."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": (
            "登录名或密码不正确，或者账号已停用。请重新输入，注意区分大小写。"
        ),
        "incorrect_password": "密码不正确，请重新输入。",
        "enter_current_password": "现用密码不正确，请重新输入。",
        "too_many_login_attempts": "登录过于频繁，请过一分钟再试。",
        "rate_limited": "操作过于频繁，请过一分钟再试。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by administrators."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check a name and a password while nobody else can try the same name.

        Without the lock on the account, requests sent at the same moment would all be counted
        after all of them had been tried.
        """
        with transaction.atomic():
            name = str(credentials.get("username", ""))
            list(
                User.objects.select_for_update(no_key=True).filter(username=name).values_list("pk")
            )
            return super().authenticate(request, **credentials)

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Who has signed in a moment ago, or is a demonstration account, need not say it again."""
        return not is_fresh(context.request)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """A disabled account that comes from a provider."""
        messages.error(request, "账号已停用，请联系本级系统管理员。")
        return redirect("login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's account."""
        return "/account/"

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """The pages say themselves what was done."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address the portal notes everywhere."""
        return client_address(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are kept encrypted under the portal's key, or under a former one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "验证码不正确，请输入手机上当前显示的六位数字，或一个没有用过的恢复码。",
        "cannot_delete_authenticator": "现在不能停用动态口令。",
        "cannot_generate_recovery_codes": "请先启用动态口令，再生成恢复码。",
    }

    def encrypt(self, text: str) -> str:
        """As it is stored."""
        return MultiFernet(list(_keys())).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """As it was."""
        return MultiFernet(list(_keys())).decrypt(encrypted_text.encode()).decode()


def _keys() -> Iterator[Fernet]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        digest = hashlib.sha256(b"portal.second-factor" + force_bytes(secret)).digest()
        yield Fernet(base64.urlsafe_b64encode(digest))


class ProviderAdapter(DefaultSocialAccountAdapter):
    """A provider (统一身份认证) signs in accounts that were connected with it, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Accounts are made by administrators."""
        return False

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: an unknown person is refused, whatever the provider says of them."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The provider has said who this is: only a connected, open account goes on."""
        if sociallogin.state.get("process") == "connect":
            return
        if not sociallogin.is_existing:
            _back(
                request,
                "该统一身份尚未与平台账号关联。请先用平台账号和密码登录，再到“我的账号”中关联；"
                "没有平台账号的，请联系本级系统管理员。",
            )
        user = sociallogin.user
        if not PasswordBackend().user_can_authenticate(user):
            _back(request, "账号已停用，请联系本级系统管理员。")
        if locks.is_locked(request, user):
            _back(request, "账号已锁定，请稍后再试，或者联系本级安全管理员。")

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, *args: Any, **kwargs: Any
    ) -> None:
        """The provider refused, or could not be asked."""
        _back(request, f"{provider.app.name}没有完成验证，请重试，或者用平台账号和密码登录。")


def _back(request: HttpRequest, words: str) -> NoReturn:
    messages.error(request, words)
    where = "socialaccount_connections" if request.user.is_authenticated else "login"
    raise ImmediateHttpResponse(redirect(where))
