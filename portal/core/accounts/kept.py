"""A form that could not be taken because its person had to sign in again: kept for some minutes.

Afterwards it is shown to the same person, who sends it again or lets it go. Files are not kept.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from portal.core.models import User

KEY = "kept_form"
IDLE, FRESH = "idle", "fresh"
SECONDS = 15 * 60
MOST = 100_000
NEVER = {"csrfmiddlewaretoken", "password", "oldpassword", "password1", "password2", "code"}


@dataclass(frozen=True)
class KeptForm:
    """What was typed, and where it was going."""

    path: str
    why: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool


def keep(request: HttpRequest, why: str, user: User | None = None) -> bool:
    """Keep the form of this request in the session; False when it is too long."""
    owner = user or request.user
    data = request.POST.copy()
    for name in NEVER & set(data):
        del data[name]
    text = data.urlencode()
    if len(text) > MOST or not isinstance(owner, User):
        return False
    request.session[KEY] = {
        "path": request.get_full_path(),
        "why": why,
        "data": text,
        "files": bool(request.FILES),
        "user": owner.pk,
        "at": int(time.time()),
    }
    return True


def find(request: HttpRequest) -> KeptForm | None:
    """What is kept for the signed-in person; anybody else's is thrown away at once."""
    row = request.session.get(KEY)
    if row is None:
        return None
    if row["user"] != request.user.pk or time.time() - row["at"] > SECONDS:
        drop(request)
        return None
    data = QueryDict(row["data"])
    fields = tuple((name, value) for name, values in data.lists() for value in values)
    return KeptForm(row["path"], row["why"], fields, row["files"])


def drop(request: HttpRequest) -> None:
    """Let it go."""
    request.session.pop(KEY, None)
