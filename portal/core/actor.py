"""The actor (操作人): user + office + post, or PUBLIC, or SYSTEM. Every rule takes one.

Never a request and never a bare user: one person may hold several posts, and each page says for
which of them it acts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.core.constants import LEVELS, POST_KINDS, Can, Level, OfficeKind, PostKind
from portal.core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from portal.core.models import Appointment, Office, Post, User
    from portal.core.scope import Scope


@dataclass(frozen=True)
class Actor:
    """Who acts, for which office, from which post."""

    name: str
    user: User | None = None
    office: Office | None = None
    post: Post | None = None
    is_public: bool = False
    is_system: bool = False

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
    def level(self) -> Level | None:
        """The level of the acting leading-group office."""
        if self.office is None or self.office.kind != OfficeKind.LEADING_GROUP_OFFICE:
            return None
        return LEVELS.get(self.office.region.kind)

    def can(self, ability: Can) -> bool:
        """Whether this kind of post does such things at all."""
        return self.is_system or (self.kind is not None and ability in self.kind.can)

    @property
    def label(self) -> str:
        """Name, office and post in one line, as the ledger and the header show them."""
        if self.office is None or self.kind is None:
            return self.name
        return f"{self.office.name} · {self.kind.label} · {self.name}"


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


def choose_appointment(
    appointments: Iterable[Appointment], office_slug: str, post_id: int | None
) -> Appointment | None:
    """The appointment a page acts for: the named post, or else the highest post in the office."""
    here = [a for a in appointments if a.post.office.slug == office_slug]
    if post_id is not None:
        return next((a for a in here if a.post_id == post_id), None)
    return min(here, key=lambda a: POST_KINDS[a.post.kind].rank, default=None)
