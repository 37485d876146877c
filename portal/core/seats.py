"""The seats of a person: the posts held today, and those acted from as a deputy."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from portal.core import clock
from portal.core.actor import Actor
from portal.core.models import Appointment, Post, PostGrant, User


def seats_of(user: User, *, address: str = "") -> list[Actor]:
    """Every post the person may act from today, own ones first; one query.

    Rights follow from an appointment in force, or from a deputy's grant in force that is held by
    the group of a post the person holds. Without either the list is empty.
    """
    held = Appointment.objects.in_force().filter(user=user)
    lent = PostGrant.objects.on().filter(group__post__in=held.values("post"))
    posts = (
        Post.objects.standing()
        .filter(Q(pk__in=held.values("post")) | Q(pk__in=lent.values("content_object")))
        .exclude(office__valid_to__lt=clock.today())
        .annotate(is_own=Exists(held.filter(post=OuterRef("pk"))))
        .select_related("office__region", "office__parent")
        .order_by("office__region__code", "office", "pk")
    )
    seats = [
        Actor(
            name=str(user),
            user=user,
            office=post.office,
            post=post,
            deputy=not vars(post)["is_own"],
            address=address,
        )
        for post in posts
    ]
    return sorted(seats, key=lambda seat: seat.deputy)


def seat_of(user: User, post: Post) -> Actor | None:
    """The person acting from one post today, or None when that right has ended."""
    return next((s for s in seats_of(user) if s.post is not None and s.post.pk == post.pk), None)
