"""The forms of signing in and of one's own account, in the portal's words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth import password_validation
from django.core.cache import cache
from django.core.exceptions import ValidationError

from portal.core.accounts import locks
from portal.core.accounts.adapter import SecondFactorAdapter


def _word(
    form: forms.Form, name: str, label: str, missing: str, hint: str = "", **attrs: str
) -> None:
    field = form.fields[name]
    field.label, field.help_text = label, hint
    field.error_messages["required"] = missing
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


class SignInForm(LoginForm):
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "login", "登录名", "请填写登录名。", autocapitalize="none", spellcheck="false",
              autofocus="autofocus")  # fmt: skip
        _word(self, "password", "密码", "请填写密码。")


class ConfirmForm(ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "password", "登录密码", "请填写登录密码。")


class PasswordForm(ChangePasswordForm):
    """A new password in place of the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = "".join(password_validation.password_validators_help_texts())
        _word(self, "oldpassword", "现用密码", "请填写现用密码。")
        _word(self, "password1", "新密码", "请填写新密码。", rules)
        _word(self, "password2", "再输一遍新密码", "请再输一遍新密码。")

    def clean_oldpassword(self) -> str:
        """A wrong one counts like a failed sign-in, so that an open screen is no way to guess."""
        request = context.request
        if locks.is_locked(request, self.user):
            request.axes_locked_out = True
            request.axes_credentials = {"username": self.user.username}
            raise ValidationError("账号已锁定，请稍后再试。")
        try:
            return str(super().clean_oldpassword())
        except ValidationError:
            locks.count_failure(request, self.user)
            raise

    def clean(self) -> dict[str, Any]:
        """Both entries of the new password are the same."""
        cleaned: dict[str, Any] = forms.Form.clean(self) or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", "两次输入的新密码不一致，请重新输入。")
        return cleaned


class _Counted:
    """A wrong code counts like a wrong password, and a locked account may try none."""

    user: Any

    def clean_code(self) -> str:
        """Check the lock, then the code."""
        request = context.request
        if locks.is_locked(request, self.user):
            request.axes_locked_out = True
            request.axes_credentials = {"username": self.user.username}
            raise ValidationError("账号已锁定，请稍后再试。")
        try:
            code = str(super().clean_code())  # type: ignore[misc]
            # A code is valid for three half-minutes (clocks differ), and only once in all of them.
            if not cache.add(f"portal.code:{self.user.pk}:{code}", 1, timeout=120):
                raise SecondFactorAdapter().validation_error("incorrect_code")
        except ValidationError:
            locks.count_failure(request, self.user)
            raise
        return code


CODE_HINT = "手机验证器上当前显示的六位数字；手机不在身边时，可以输入一个恢复码。"


class CodeForm(_Counted, AuthenticateForm):
    """The code, as the second step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "code", "验证码", "请填写验证码。", CODE_HINT)


class ConfirmCodeForm(_Counted, ReauthenticateByCodeForm):
    """The code, in place of the password, to confirm who one is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "code", "验证码", "请填写验证码。", CODE_HINT)


class FirstCodeForm(ActivateTOTPForm):
    """The first code of a new authenticator shows that it works."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = "扫描后手机上显示的六位数字。"
        _word(self, "code", "验证码", "请填写验证码。", hint, inputmode="numeric")
