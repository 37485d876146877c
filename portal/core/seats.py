"""The seats of a person: the posts held today, and those acted from as a deputy."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.models import Appointment, Post, PostGrant, User


def seats_of(user: User, *, address: str = "") -> list[Actor]:
    """Every post the person may act from today, own ones first; two short queries.

    Rights follow from an appointment in force, or from a deputy's grant in force that is held by
    the group of a post the person holds. Without either the list is empty. Every request of a
    signed-in person asks this, so it is kept cheap: one query less would cost twice the time.
    """
    if not user.is_active:
        return []
    own = [
        row.post
        for row in Appointment.objects.in_force()
        .filter(user=user)
        .select_related("post__office__region", "post__office__parent")
    ]
    lent = [
        grant.content_object
        for grant in PostGrant.objects.on()
        .filter(group_id__in=[post.group_id for post in own])
        .select_related("content_object__office__region", "content_object__office__parent")
        if grant.content_object.is_standing
    ]
    held = {post.pk for post in own}
    posts = [(post, False) for post in own]
    posts += [(post, True) for post in {post.pk: post for post in lent}.values()]
    return [
        Actor(
            name=str(user),
            user=user,
            office=post.office,
            post=post,
            deputy=deputy,
            address=address,
        )
        for post, deputy in sorted(posts, key=_place)
        if not (deputy and post.pk in held)
    ]


def _place(seat: tuple[Post, bool]) -> tuple[bool, str, int, int]:
    post, deputy = seat
    return deputy, post.office.region.code, post.office_id, post.pk


def seat_of(user: User, post: Post) -> Actor | None:
    """The person acting from one post today, or None when that right has ended."""
    return next((s for s in seats_of(user) if s.post is not None and s.post.pk == post.pk), None)
