"""Who fills which section of an application just now, besides the reader."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from portal.core import clock
from portal.core.actor import Actor
from towns.models import Application, Presence

# A page that is open says so every half minute; three times missed, and it counts as closed.
STALE_SECONDS = 90


class Present(NamedTuple):
    """Somebody who has a section open; ``self``: the reader, on another page of theirs."""

    name: str
    post: str
    since: datetime
    self: bool

    @property
    def words(self) -> str:
        """张三（填报人）, or the reader's own other window."""
        if self.self:
            return "您在另一个窗口也打开了这一部分"
        return f"{self.name}（{self.post}）正在填写这一部分"


def present_in(application: Application, actor: Actor, key: str, page: str = "") -> list[Present]:
    """The others in a section; ``page``: the reader's own page, which is not named."""
    return present_by_section(application, actor, page).get(key, [])


def present_by_section(
    application: Application, actor: Actor, page: str = ""
) -> dict[str, list[Present]]:
    """Section -> who has it open, each person once, in one query."""
    since = clock.now() - timedelta(seconds=STALE_SECONDS)
    rows = Presence.objects.filter(application=application, seen_at__gte=since).order_by("pk")
    own = actor.user.pk if actor.user else None
    found: dict[str, dict[int, Present]] = {}
    for row in rows:
        if row.user_id == own and (not page or row.page == page):
            continue
        people = found.setdefault(row.section, {})
        people.setdefault(row.user_id, Present(row.name, row.post, row.seen_at, row.user_id == own))
    return {key: list(people.values()) for key, people in found.items()}
