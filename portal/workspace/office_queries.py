"""What the pages of offices show besides what the ground floor already gathers."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Case, Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models import When as Given
from django.db.models.functions import Coalesce
from django.http import QueryDict

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import (
    LEVELS,
    OFFICE_KIND_CHOICES,
    POST_KINDS,
    Can,
    OfficeKind,
    region_kinds_of,
)
from portal.core.errors import Verdict, refuse
from portal.core.models import Appointment, Office, OfficeChange, Post, PostGrant, User
from portal.core.models.offices import OfficeQuerySet
from portal.core.models.posts import AppointmentQuerySet
from portal.core.paging import PAGE_SIZE, Page, capped_count
from portal.core.queries import GrantRow, PersonRow, grants_of, people_of
from towns.models import Town
from towns.policies import may_grant_town

FORMER_SHOWN = 100
OFFICE_ORDER = Case(
    *(
        Given(kind=key, then=Value(place))
        for place, key in enumerate(
            (OfficeKind.LEADING_GROUP_OFFICE, OfficeKind.MEMBER_UNIT, OfficeKind.FILING_UNIT)
        )
    ),
    default=Value(len(OFFICE_KIND_CHOICES)),
    output_field=IntegerField(),
)


# ------------------------------------------------------------------------------------- the list


class OfficeFilter(NamedTuple):
    """What the list of offices is narrowed to; an empty value does not narrow."""

    search: str = ""
    level: str = ""
    kind: str = ""
    state: str = "standing"
    vacant: bool = False


def filter_offices(actor: Actor, chosen: OfficeFilter) -> OfficeQuerySet:
    """Exactly the rows the list shows, with the number of people and of vacant posts."""
    rows = Office.objects.visible_to(actor)
    if chosen.state == "standing":
        rows = rows.standing()
    elif chosen.state == "gone":
        rows = rows.filter(valid_to__lt=clock.today())
    if chosen.level in LEVELS:
        rows = rows.filter(region__kind__in=region_kinds_of(chosen.level))
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.search:
        rows = rows.filter(
            Q(name__contains=chosen.search)
            | Q(region__name__contains=chosen.search)
            | Q(pk__in=Office.objects.filter(former_names__name__contains=chosen.search))
        )
    if chosen.vacant:
        filled = Appointment.objects.held().values("post")
        open_posts = Post.objects.standing().exclude(pk__in=filled)
        rows = rows.filter(pk__in=open_posts.values("office"))
    return rows


def with_counts(rows: OfficeQuerySet) -> OfficeQuerySet:
    """Annotate how many people hold posts (现任人数) and how many posts stand empty (空缺岗位)."""
    people = (
        Appointment.objects.held()
        .filter(post__office=OuterRef("pk"), post__in=Post.objects.standing())
        .order_by()
        .values("post__office")
    )
    posts = Post.objects.standing().filter(office=OuterRef("pk")).order_by().values("office")
    empty = posts.exclude(pk__in=Appointment.objects.held().values("post"))
    return rows.annotate(
        people_count=Coalesce(Subquery(people.values(n=Count("user", distinct=True))), 0),
        vacant_count=Coalesce(Subquery(empty.values(n=Count("pk"))), 0),
    )


def page_of_offices(rows: OfficeQuerySet, query: QueryDict) -> Page[Office]:
    """A page in the order of regions: the upper office before the lower, the office before its
    units. Offices are few, so pages are numbered."""
    count, capped = capped_count(rows)
    last = max(1, -(-count // PAGE_SIZE))
    number = _page_number(query, last)
    start = (number - 1) * PAGE_SIZE
    ordered = with_counts(rows).select_related("region", "parent")
    found = ordered.order_by("region__code", OFFICE_ORDER, "pk")[start : start + PAGE_SIZE]
    kept = [
        (name, value)
        for name, values in query.lists()
        if name not in ("page", "at")
        for value in values
    ]

    def url(**place: object) -> str:
        return "?" + urlencode(kept + [(name, str(value)) for name, value in place.items()])

    return Page(
        items=list(found),
        first_url=url(),
        previous_url=url(page=number - 1) if number > 1 else None,
        next_url=url(page=number + 1) if number < last else None,
        last_url=url(at="last"),
        count=count,
        capped=capped,
    )


def first_number(page: Page[Office], query: QueryDict) -> int:
    """The 序号 of the first row of a page."""
    last = max(1, -(-page.count // PAGE_SIZE))
    return (_page_number(query, last) - 1) * PAGE_SIZE + 1


def _page_number(query: QueryDict, last: int) -> int:
    text = query.get("page", "")
    number = int(text) if text.isdecimal() and len(text) < 6 else 1
    return last if query.get("at") == "last" else min(max(number, 1), last)


# -------------------------------------------------------------------------------- one office


def people_shown(actor: Actor, office: Office) -> list[PersonRow]:
    """The posts of an office with their holders, as far as the acting post learns of them."""
    rows = people_of(office)
    if learns_of_all(actor):
        return rows
    return [row for row in rows if row.post.kind != "expert" or row.post == actor.post]


def grants_shown(actor: Actor, office: Office) -> list[GrantRow]:
    """The grants in force of an office, as far as the acting post learns of them."""
    rows = grants_of(office)
    if learns_of_all(actor):
        return rows
    return [row for row in rows if row.post == actor.post]


def learns_of_all(actor: Actor) -> bool:
    """Posts without a jurisdiction learn of their own grants only: experts not of each other."""
    return actor.is_system or actor.jurisdiction is not None


def deputies_of(post: Post) -> QuerySet[PostGrant]:
    """The deputies of a post, of today and of later."""
    return (
        PostGrant.objects.filter(content_object=post, revoked_at__isnull=True)
        .exclude(valid_to__lt=clock.today())
        .select_related("group__post__office", "granted_by")
        .order_by("valid_from", "pk")
    )


def holder_names(posts: Any) -> dict[int, str]:
    """post -> the name of who holds it today."""
    rows = Appointment.objects.held().filter(post__in=posts)
    return dict(rows.values_list("post_id", "holder_name"))


def holder_of(post: Post) -> Appointment | None:
    """Who holds a post today, on leave or not."""
    return Appointment.objects.held().filter(post=post).select_related("user").first()


def former_holders(posts: Any) -> AppointmentQuerySet:
    """Appointments to posts that have ended or were entered by mistake, the latest first."""
    over = Q(valid_to__lt=clock.today()) | Q(revoked_at__isnull=False)
    rows = Appointment.objects.filter(over, post__in=posts)
    return rows.select_related("user", "post__office").order_by("-valid_from", "-pk")


def coming_holders(post: Post) -> AppointmentQuerySet:
    """Appointments to a post that begin on a later day."""
    rows = Appointment.objects.filter(
        post=post, valid_from__gt=clock.today(), revoked_at__isnull=True
    )
    return rows.select_related("user", "post__office").order_by("valid_from", "pk")


def units_of(office: Office) -> list[Office]:
    """The member units of an office and the filing units of its region, with their counts."""
    under = Q(parent=office)
    if office.kind == OfficeKind.LEADING_GROUP_OFFICE:
        under |= Q(kind=OfficeKind.FILING_UNIT, region=office.region)
    rows = Office.objects.standing().filter(under)
    return list(with_counts(rows).order_by(OFFICE_ORDER, "pk"))


def changes_of(office: Office) -> QuerySet[OfficeChange]:
    """What became of an office, or of its units: renames, mergers, splits, closings."""
    concerned = Q(before=office) | Q(after=office) | Q(before__parent=office)
    return OfficeChange.objects.filter(concerned).distinct().select_related("recorded_by")


def may_give_towns(actor: Actor, post: Post) -> Verdict:
    """Whether the acting post may give any town to a post; asked of the first of its county."""
    if not post.kind_row.can & {Can.FILL, Can.SUBMIT}:
        return refuse("专业镇只能授权给填报人或提交人岗位。")
    standing = Town.objects.visible_to(actor).standing()
    town = standing.filter(county=post.office.region).first()
    if town is None:
        return refuse("您的辖区内没有可以授权给该岗位的专业镇。")
    return may_grant_town(actor, town, post)


# ------------------------------------------------------------------------- whom to turn to


class Keeper(NamedTuple):
    """An administrator who keeps the accounts and appointments of a person's office."""

    office: str
    name: str
    phone: str


def keepers_of(user: User) -> list[Keeper]:
    """The administrators of the region of a person's office; where there is none, of the region
    above."""
    region = user.home_office.region if user.home_office else None
    kinds = [kind.key for kind in POST_KINDS.values() if Can.ADMINISTER in kind.can]
    while region is not None:
        rows = Appointment.objects.in_force().filter(
            post__kind__in=kinds, post__office__region=region, user__is_active=True
        )
        found = [
            Keeper(row.post.office.name, str(row.user), row.user.phone)
            for row in rows.select_related("post__office", "user").order_by("pk")
        ]
        if found:
            return found
        region = region.parent
    return []
