"""What a password must be: long, of several classes, unlike the name, not one of the last five."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.models import PasswordRecord, User

CLASSES = {
    "小写字母": str.islower,
    "大写字母": str.isupper,
    "数字": str.isdigit,
}
OTHER = "其他字符"
ALIKE = 0.7


class LengthValidator:
    """A password has a least length."""

    def __init__(self, min_length: int = 10) -> None:
        self.min_length = min_length

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a shorter one."""
        if len(password) < self.min_length:
            raise ValidationError(
                f"密码至少 {self.min_length} 个字符，现在只有 {len(password)} 个。",
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        """The rule in words."""
        return f"至少 {self.min_length} 个字符。"


class ClassesValidator:
    """A password has characters of several classes."""

    def __init__(self, needed: int = 3) -> None:
        self.needed = needed

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse one of too few classes, and say which are missing."""
        present = {next((n for n, test in CLASSES.items() if test(c)), OTHER) for c in password}
        if len(present) < self.needed:
            missing = [name for name in (*CLASSES, OTHER) if name not in present]
            raise ValidationError(
                f"密码须包含小写字母、大写字母、数字、其他字符中的至少 {self.needed} 类，"
                f"还可以加上：{'、'.join(missing)}。",
                code="password_too_few_classes",
            )

    def get_help_text(self) -> str:
        """The rule in words."""
        return f"小写字母、大写字母、数字、其他字符（如 # - _）至少包含 {self.needed} 类。"


class CommonValidator(CommonPasswordValidator):
    """A password is none of the twenty thousand that are tried first."""

    def get_error_message(self) -> str:
        """The refusal in words."""
        return "这是常见密码，容易被猜到，请换一个。"

    def get_help_text(self) -> str:
        """The rule in words."""
        return "不要使用常见密码。"


class NameValidator:
    """A password is not the name of its owner, nor nearly."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse one that holds, or is like, the user name, the person's name or telephone."""
        if user is None:
            return
        lower = password.lower()
        for label, value in (
            ("登录名", user.username),
            ("姓名", user.display_name),
            ("联系电话", user.phone),
        ):
            name = (value or "").lower()
            if len(name) < 2:
                continue
            alike = SequenceMatcher(None, lower, name).quick_ratio() >= ALIKE
            if (len(name) >= 4 and name in lower) or alike:
                raise ValidationError(
                    f"密码与{label}过于相似，请换一个。", code="password_too_similar"
                )

    def get_help_text(self) -> str:
        """The rule in words."""
        return "不要与登录名、姓名或联系电话相似。"


class HistoryValidator:
    """A password is none of the last few; each one is kept as its hash when it is set."""

    def __init__(self, kept: int = 5) -> None:
        self.kept = kept

    def validate(self, password: str, user: User | None = None) -> None:
        """Refuse the present one and those before it."""
        if user is None or user.pk is None:
            return
        hashes = {user.password, *self._last(user)} if user.has_usable_password() else set()
        if any(check_password(password, known) for known in hashes):
            raise ValidationError(
                f"不能使用最近 {self.kept} 次用过的密码，请换一个。", code="password_used_before"
            )

    def password_changed(self, password: str, user: User | None = None) -> None:
        """Keep the new one, and when it was set; called whenever a password has been saved."""
        if user is None or user.pk is None:
            return
        now = clock.now()
        first = user.password_changed_at is None
        PasswordRecord.objects.create(user=user, password=user.password, set_at=now)
        User.objects.filter(pk=user.pk).update(password_changed_at=now)
        user.password_changed_at = now
        if not first:
            known = user.password_records.order_by("-id").values("pk")[: self.kept]
            user.password_records.exclude(pk__in=list(known.values_list("pk", flat=True))).delete()

    def _last(self, user: User) -> list[str]:
        rows = user.password_records.order_by("-id")[: self.kept]
        return list(rows.values_list("password", flat=True))

    def get_help_text(self) -> str:
        """The rule in words."""
        return f"不能与最近 {self.kept} 次用过的密码相同。"
