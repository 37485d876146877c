"""The actor (操作人): user + office + post, or PUBLIC, or SYSTEM. Every rule takes one.

Never a request and never a bare user: one person may hold several posts, and each page says for
which of them it acts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from portal.core.constants import (
    LEVELS,
    POST_KINDS,
    REGION_KINDS,
    Can,
    Level,
    OfficeKind,
    PostKind,
)
from portal.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from portal.core.models import Appointment, Office, Post, User
    from portal.core.scope import Scope

Found = TypeVar("Found")


@dataclass(frozen=True)
class Actor:
    """Who acts, for which office, from which post.

    ``deputy`` marks somebody who acts from a post for a period without holding it (代理);
    ``address`` is the network address the request came from. ``kept`` is there for an actor made
    for one request or job: what was read ``once`` for it.
    """

    name: str
    user: User | None = None
    office: Office | None = None
    post: Post | None = None
    is_public: bool = False
    is_system: bool = False
    deputy: bool = False
    address: str = ""
    kept: dict[Hashable, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def kind(self) -> PostKind | None:
        """The row of the table of kinds of post."""
        return POST_KINDS[self.post.kind] if self.post else None

    @property
    def scope(self) -> Scope | None:
        """The range of region codes the post sees; None for posts that see what they were given."""
        if self.kind is None or not self.kind.scoped or self.office is None:
            return None
        return self.office.region.scope

    @property
    def audits(self) -> bool:
        """Whether the post reads the ledger of its region and changes nothing (审计员)."""
        return self.kind is not None and Can.AUDIT in self.kind.can

    @property
    def jurisdiction(self) -> Scope | None:
        """The region whose offices, posts and accounts the post sees.

        Posts with region scope have theirs; so have administrators, security administrators and
        auditors, who see no cases.
        """
        if self.kind is None or self.office is None:
            return None
        if self.kind.scoped or self.kind.can & {Can.ADMINISTER, Can.SECURE, Can.AUDIT}:
            return self.office.region.scope
        return None

    @property
    def level(self) -> Level | None:
        """The level of the acting leading-group office."""
        if self.office is None or self.office.kind != OfficeKind.LEADING_GROUP_OFFICE:
            return None
        return LEVELS.get(REGION_KINDS[self.office.region.kind].level)

    def can(self, ability: Can) -> bool:
        """Whether this kind of post does such things at all."""
        return self.is_system or (self.kind is not None and ability in self.kind.can)

    def once(self, read: Callable[[], Found]) -> Found:
        """What ``read`` finds: asked once in a request or job, each time by any other actor."""
        if self.kept is None:
            return read()
        if read not in self.kept:
            self.kept[read] = read()
        found: Found = self.kept[read]
        return found

    @property
    def label(self) -> str:
        """Name, office and post in one line, as the ledger and the header show them."""
        if self.office is None or self.kind is None:
            return self.name
        return f"{self.office.name} · {self.post_label} · {self.name}"

    @property
    def post_label(self) -> str:
        """The kind of post, marked when a deputy acts from it."""
        if self.kind is None:
            return ""
        return f"{self.kind.label}（代理）" if self.deputy else self.kind.label


def acting_user(actor: Actor) -> User:
    """The person who acts; built-in actors are refused."""
    if actor.user is None:
        raise Refused("该操作须由登录的人员办理。")
    return actor.user


def acting_office(actor: Actor) -> Office:
    """The office that is acted for; built-in actors are refused."""
    if actor.office is None:
        raise Refused("该操作须由机构的现任人员办理。")
    return actor.office


def acting_seat(actor: Actor) -> Post:
    """The post that acts; built-in actors are refused."""
    if actor.post is None:
        raise Refused("该操作须由现任岗位办理。")
    return actor.post


PUBLIC = Actor(name="公众", is_public=True)
SYSTEM = Actor(name="系统", is_system=True)


def actor_of(appointment: Appointment) -> Actor:
    """The actor of an appointment fetched with its user, post, office and region."""
    return Actor(
        name=str(appointment.user),
        user=appointment.user,
        office=appointment.post.office,
        post=appointment.post,
    )


def choose_seat(seats: Iterable[Actor], office_slug: str, post_id: int | None) -> Actor | None:
    """Who a page acts for: the named post, or else the highest post held in the office.

    A post one is only a deputy for is never chosen unless it is named.
    """
    here = [s for s in seats if s.office is not None and s.office.slug == office_slug]
    if post_id is not None:
        return next((s for s in here if s.post is not None and s.post.pk == post_id), None)
    return min(here, key=_precedence, default=None)


def _precedence(seat: Actor) -> tuple[bool, int]:
    return seat.deputy, seat.kind.rank if seat.kind else 0
