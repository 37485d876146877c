"""Who may sign in with a password."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from portal.core.models import User
from portal.core.seats import person_of


class PasswordBackend(ModelBackend):
    """Django's own, except that demonstration accounts live in the demonstration only.

    ``user_can_authenticate`` is asked at sign-in and again for every request of a session.
    """

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, as long as the account may sign in."""
        user = person_of(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        """Active accounts; demonstration accounts only where ``PORTAL_DEMO`` is on."""
        if getattr(user, "is_demo", False) and not settings.PORTAL_DEMO:
            return False
        return super().user_can_authenticate(user)
