"""Shapes of the forms of the ground floor's public pages; no rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts

from portal.core.uploads import ACCEPTED

ACCEPT = ",".join(f".{extension}" for extension in ACCEPTED)


class ManyFilesInput(forms.FileInput):
    """A file input for many files at once."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Every file that was chosen."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class ManyFilesField(forms.FileField):
    """Many files; each is judged by the action that keeps it, this only counts them."""

    widget = ManyFilesInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", ManyFilesInput(attrs={"accept": ACCEPT}))
        super().__init__(allow_empty_file=True, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The list of files."""
        given = [item for item in (data if isinstance(data, list) else [data]) if item]
        if not given and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        most = settings.PORTAL_UPLOAD_MAX_FILES
        if len(given) > most:
            raise forms.ValidationError(
                f"一次最多上传 {most} 份，本次选了 {len(given)} 份，没有上传。请分几次选择。"
            )
        return given


class EmailForm(forms.Form):
    """An address for notifications, twice; both empty for none."""

    email = forms.EmailField(
        label="邮箱",
        required=False,
        max_length=254,
        help_text="留空并保存，则不再用邮件通知。",
        error_messages={"invalid": "请填写完整的邮箱地址，如 zhang@example.com。"},
    )
    again = forms.CharField(label="再输一次邮箱", required=False, max_length=254)

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        found = super().clean() or {}
        if "email" in found and found["email"] != found.get("again", "").strip():
            self.add_error("again", "两次输入的邮箱不一致，请核对后重新输入。")
        return found


class ActivationForm(forms.Form):
    """A slip's code and the person's own new password, twice."""

    username = forms.CharField(
        label="登录名", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    code = forms.CharField(
        label="激活码",
        max_length=60,
        help_text="激活单上的四组字母和数字，不分大小写，横线可以不输。",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="新密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一次新密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = "".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same."""
        given = self.cleaned_data
        if given.get("password") and given.get("again") and given["password"] != given["again"]:
            self.add_error("again", "两次输入的密码不一样，请重新输入。")
        return given
