"""The posts that may fill or submit for a town, and whether they were given it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can, OfficeKind
from portal.core.models import Appointment, Post
from towns.models import Town, TownGrant

FILLING_KINDS = tuple(key for key, row in POST_KINDS.items() if row.can & {Can.FILL, Can.SUBMIT})


class FillingPost(NamedTuple):
    """A post of a filing unit of the town's county, who holds it, and whether it has the town."""

    post: Post
    holder: str
    given: bool


def filling_posts(actor: Actor, town: Town) -> list[FillingPost]:
    """Those that the actor sees, today."""
    granted = TownGrant.objects.on().filter(content_object=town, group=OuterRef("group_id"))
    posts: list[Any] = [
        post
        for post in Post.objects.visible_to(actor)
        .standing()
        .filter(
            kind__in=FILLING_KINDS,
            office__kind=OfficeKind.FILING_UNIT,
            office__region=town.county_id,
        )
        .annotate(given=Exists(granted))
        .select_related("office")
        .order_by("office_id", "kind", "pk")
        if post.is_standing
    ]
    held = Appointment.objects.held().filter(post__in=[post.pk for post in posts])
    holders = dict(held.values_list("post_id", "holder_name"))
    return [FillingPost(post, holders.get(post.pk, ""), post.given) for post in posts]
