"""The seats of a person: the posts held today, and those acted from as a deputy."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from portal.core import clock
from portal.core.actor import Actor, actor_of
from portal.core.models import Appointment, Notification, Post, PostGrant, User
from portal.core.prepared import Prepared

# Where a person who was just read has the appointments that came along.
READ = "held_on"


def person_of(pk: int) -> User | None:
    """A person with the appointments of today, which ``seats_of`` takes; one query.

    Two where there is no appointment. Every request of a session begins with this.
    """
    today = clock.today()
    rows = _HELD.rows(user=pk, day=today)
    found = [row.user for row in rows] or _PERSON.rows(pk=pk)
    for user in found[:1]:
        setattr(user, READ, (today, rows))
        return user
    return None


def seats_of(user: User, *, address: str = "") -> list[Actor]:
    """Every post the person may act from today, own ones first; one query, two for a deputy.

    Rights follow from an appointment in force, or from a deputy's grant in force that is held by
    the group of a post the person holds. Without either the list is empty. Every request of a
    signed-in person asks this, so it is kept cheap: both in one query took twice the time.
    """
    if not user.is_active:
        return []
    today = clock.today()
    day, rows = getattr(user, READ, (None, []))
    if day == today:
        delattr(user, READ)  # good once: whoever asks again later in a request asks the database
    else:
        rows = _HELD.rows(user=user.pk, day=today)
    own = [row.post for row in rows]
    for row in rows:
        # The head of a page says it; counted here, it costs no query of its own.
        vars(row.post)["unread"] = vars(row)["unread"]
    lent = _lent([row.post.group_id for row in rows if vars(row)["is_lent"]])
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
            kept={},
        )
        for post, deputy in sorted(posts, key=_place)
        if not (deputy and post.pk in held)
    ]


def _held(user: int, day: date) -> QuerySet[Appointment]:
    """A person's appointments in force on a day; whether they borrow posts, what is unread."""
    lending = PostGrant.objects.on(day).filter(group=OuterRef("post__group"))
    mine = Q(post__isnull=True) | Q(post=OuterRef("post"))
    told = Notification.objects.filter(mine, office=OuterRef("post__office"))
    told = told.unread_by(User(pk=user))
    unread = told.order_by().values("office").annotate(n=Count("pk")).values("n")
    return (
        Appointment.objects.in_force(day)
        .filter(user=user)
        .annotate(is_lent=Exists(lending), unread=Coalesce(Subquery(unread), 0))
        .select_related("user", "post__office__region", "post__office__parent")
    )


_HELD = Prepared(_held)
_PERSON = Prepared(lambda pk: User.objects.filter(pk=pk))


def _lent(groups: list[int]) -> list[Post]:
    """The posts that the holders of some groups may act from as deputies."""
    if not groups:
        return []
    grants = (
        PostGrant.objects.on()
        .filter(group_id__in=groups)
        .select_related("content_object__office__region", "content_object__office__parent")
    )
    return [grant.content_object for grant in grants if grant.content_object.is_standing]


def _place(seat: tuple[Post, bool]) -> tuple[bool, str, int, int]:
    post, deputy = seat
    return deputy, post.office.region.code, post.office_id, post.pk


def seat_of(user: User, post: Post) -> Actor | None:
    """The person acting from one post today, or None when that right has ended."""
    return next((s for s in seats_of(user) if s.post is not None and s.post.pk == post.pk), None)


def acting_from(posts: QuerySet[Post]) -> dict[int, list[Actor]]:
    """The posts from which somebody acts today -> who does, holders first, then deputies.

    A holder on leave does not act, nor does a deputy who has left the own post: the same rights
    as ``seats_of`` gives a person who signs in. Two queries, three where a post is lent.
    """
    held = Appointment.objects.in_force().filter(user__is_active=True).order_by("post_id", "pk")
    found: dict[int, list[Actor]] = defaultdict(list)
    for row in held.filter(post__in=posts).select_related("user", "post__office__region"):
        found[row.post_id].append(actor_of(row))
    grants = PostGrant.objects.on().filter(content_object__in=posts).order_by("pk")
    lent = [
        grant
        for grant in grants.select_related("content_object__office__region")
        if grant.content_object.is_standing
    ]
    groups = {grant.group_id for grant in lent}
    deputies: dict[int, list[Appointment]] = defaultdict(list)
    if groups:
        for row in held.filter(post__group__in=groups).select_related("user", "post"):
            deputies[row.post.group_id].append(row)
    for grant in lent:
        post = grant.content_object
        for row in deputies[grant.group_id]:
            if all(row.user_id != actor.user.pk for actor in found[post.pk] if actor.user):
                found[post.pk].append(
                    Actor(
                        name=str(row.user),
                        user=row.user,
                        office=post.office,
                        post=post,
                        deputy=True,
                    )
                )
    return {pk: people for pk, people in found.items() if people}
