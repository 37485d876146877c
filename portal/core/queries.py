"""Reads of the ground floor: a leading group as at a day, an office's people and grants."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS
from portal.core.models import (
    Appointment,
    Grant,
    Leave,
    Notification,
    Office,
    Post,
    PostGrant,
    User,
)
from portal.core.seats import seats_of

VACANT = "空缺"
LEADING_KINDS = ("leader", "deputy_leader", "office_director", "office_deputy_director")
MANY_GRANTS = 200
MANY_REASONS = 10
MANY_UNREAD = 99


@dataclass(frozen=True)
class GroupSeat:
    """A seat of the leading group as at a day; ``holder`` is 空缺 when nobody held it."""

    post: Post
    role: str
    title: str
    unit: str
    holder: str
    since: date | None
    until: date | None
    remarks: tuple[str, ...]

    @property
    def vacant(self) -> bool:
        """Whether nobody held the post on the day."""
        return self.since is None


def leading_group_on(office: Office, day: date) -> list[GroupSeat]:
    """The leading group as at any day: its heads, its members, the heads of its office.

    Names of units and of people are those of that day. A handful of queries, whatever the size.
    """
    heads = Q(office=office, kind__in=LEADING_KINDS)
    members = Q(office__parent=office, kind="member") | Q(office=office, kind="member")
    posts = list(
        Post.objects.standing(day)
        .filter(heads | members)
        .select_related("office", "unit__successor")
        .prefetch_related("moves__office__former_names", "office__former_names")
        .prefetch_related("unit__former_names", "unit__successor__former_names")
    )
    posts = [post for post in posts if _stood(_home_on(post, day), day)]
    holders = _holders(posts, day)
    remarks = _remarks(posts, holders, day)
    posts.sort(key=lambda post: (POST_KINDS[post.kind].rank, post.pk))
    return [
        GroupSeat(
            post=post,
            role=POST_KINDS[post.kind].label,
            title=post.title,
            unit=_unit_on(post, office, day),
            holder=holders[post.pk].holder_name if post.pk in holders else VACANT,
            since=holders[post.pk].valid_from if post.pk in holders else None,
            until=holders[post.pk].valid_to if post.pk in holders else None,
            remarks=tuple(remarks[post.pk]),
        )
        for post in posts
    ]


def _home_on(post: Post, day: date) -> Office:
    """The office a post belonged to on a day, before mergers and splits moved it."""
    moves = [move for move in post.moves.all() if day <= move.until]
    return min(moves, key=lambda move: (move.until, move.pk)).office if moves else post.office


def _stood(office: Office, day: date) -> bool:
    begun = office.valid_from is None or office.valid_from <= day
    return begun and (office.valid_to is None or office.valid_to >= day)


def _unit_on(post: Post, group: Office, day: date) -> str:
    """Where the holder of a post came from, under the name it had then."""
    home = _home_on(post, day)
    unit = post.unit if post.unit is not None and post.unit_id != post.office_id else home
    if unit.successor is not None and unit.valid_to is not None and unit.valid_to < day:
        unit = unit.successor
    return "" if unit.pk == group.pk else unit.name_on(day)


def _holders(posts: Iterable[Post], day: date) -> dict[int, Appointment]:
    rows = Appointment.objects.held(day).filter(post__in=[post.pk for post in posts])
    return {row.post_id: row for row in rows.select_related("user")}


def _remarks(
    posts: Iterable[Post], holders: dict[int, Appointment], day: date
) -> defaultdict[int, list[str]]:
    """Leave and deputies on a day, by post."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    leaves = Leave.objects.on(day).filter(appointment__in=[row.pk for row in holders.values()])
    for leave in leaves.select_related("appointment"):
        until = f"至 {leave.valid_to}" if leave.valid_to else "返岗日期未定"
        found[leave.appointment.post_id].append(f"{leave.get_kind_display()}（{until}）")
    lent = list(_deputies([post.pk for post in posts], day))
    stand_ins = {
        row.post.group_id: row.holder_name
        for row in Appointment.objects.held(day)
        .filter(post__group__in=[grant.group_id for grant in lent])
        .select_related("post")
    }
    for grant in lent:
        if grant.group_id in stand_ins:
            text = f"由{stand_ins[grant.group_id]}代理（{grant.valid_from} 至 {grant.valid_to}）"
            found[grant.content_object_id].append(text)
    return found


def _deputies(posts: list[int], day: date) -> Iterable[PostGrant]:
    """Deputies' grants that ran on a day, those ended early after it included."""
    live = Q(revoked_at__isnull=True) | Q(revoked_at__date__gt=day)
    rows = PostGrant.objects.filter(
        live, content_object__in=posts, valid_from__lte=day, valid_to__gte=day
    )
    return rows.order_by("valid_from", "pk")


@dataclass(frozen=True)
class PersonRow:
    """A post of an office, who holds it today, and what is to come."""

    post: Post
    appointment: Appointment | None
    remarks: tuple[str, ...]

    @property
    def holder(self) -> str:
        """The name the person was appointed under, or 空缺."""
        return self.appointment.holder_name if self.appointment else VACANT

    @property
    def last_sign_in(self) -> datetime | None:
        """When the holder last signed in."""
        return self.appointment.user.last_login if self.appointment else None


def people_of(office: Office) -> list[PersonRow]:
    """Every standing post of an office with its holder, leave, deputies and announced successor."""
    day = clock.today()
    posts = list(Post.objects.standing().filter(office=office).select_related("office", "unit"))
    holders = _holders(posts, day)
    remarks = _remarks(posts, holders, day)
    coming = Appointment.objects.filter(
        post__in=posts, valid_from__gt=day, revoked_at__isnull=True
    ).order_by("valid_from")
    for row in coming:
        remarks[row.post_id].append(f"自 {row.valid_from} 起由{row.holder_name}接任")
    posts.sort(key=lambda post: (POST_KINDS[post.kind].rank, post.pk))
    return [PersonRow(post, holders.get(post.pk), tuple(remarks[post.pk])) for post in posts]


@dataclass(frozen=True)
class GrantRow:
    """A grant in force that a post of an office holds, or a deputy's for one of its posts."""

    kind: str
    subject: str
    post: Post
    since: date
    until: date | None
    reason: str
    granted_by: str
    grant: Any


def grants_of(office: Office) -> list[GrantRow]:
    """Every grant in force held by the posts of an office, and deputies acting from its posts.

    One query a kind of grant; ``MANY_GRANTS`` of each at most, the newest first.
    """
    groups = {post.group_id: post for post in Post.objects.filter(office=office)}
    for post in groups.values():
        post.office = office
    rows: list[GrantRow] = []
    for model in _kinds_of_grant():
        mine = Q(group__in=list(groups))
        if model is PostGrant:
            mine |= Q(content_object__office=office)
        found = model.objects.on().filter(mine).select_related("content_object", "granted_by")
        if model is PostGrant:
            found = found.select_related("content_object__office", "group__post__office")
        rows += [
            GrantRow(
                kind=str(model._meta.verbose_name),
                subject=str(grant.content_object),
                post=groups.get(grant.group_id) or grant.group.post,
                since=grant.valid_from,
                until=grant.valid_to,
                reason=grant.reason,
                granted_by=str(grant.granted_by or "系统"),
                grant=grant,
            )
            for grant in found.order_by("-valid_from", "-pk")[:MANY_GRANTS]
        ]
    return rows


def _kinds_of_grant() -> list[Any]:
    """The concrete models of explicit grants, whichever floor they stand on."""
    return sorted(Grant.__subclasses__(), key=lambda model: model._meta.label)


def why_nothing(user: User) -> list[str]:
    """Why a signed-in person has no workspace today, the latest first; [] when there is one."""
    if not user.is_active:
        return ["您的账号已停用，请联系本机构的系统管理员。"]
    if seats_of(user):
        return []
    rows = (
        Appointment.objects.filter(user=user)
        .select_related("post__office")
        .prefetch_related("leaves")
        .order_by("-valid_from", "-pk")[:MANY_REASONS]
    )
    reasons = [reason for row in rows if (reason := _why_not(row))]
    held = Appointment.objects.held().filter(user=user).values("post__group")
    ended = PostGrant.objects.filter(group__in=held).select_related("content_object__office")
    for grant in ended.order_by("-valid_to")[:MANY_REASONS]:
        reasons += [f"代理{grant.content_object}{_why_over(grant)}。"] if _why_over(grant) else []
    return reasons or ["您还没有任何岗位的任职，请联系本机构的系统管理员办理任命。"]


def _why_not(row: Appointment) -> str:
    """What keeps one appointment from giving rights today."""
    day, post = clock.today(), row.post
    if row.revoked_at is not None:
        return f"{post}：任职登记已于 {_day_of(row.revoked_at)} 撤销（登记有误）。"
    if row.valid_to is not None and row.valid_to < day:
        return f"{post}：任职已于 {row.valid_to} 结束。"
    if row.valid_from > day:
        return f"{post}：任职自 {row.valid_from} 起生效。"
    if post.office.valid_to is not None and post.office.valid_to < day:
        return f"{post}：该机构已于 {post.office.valid_to} 撤销。"
    if post.valid_to is not None and post.valid_to < day:
        return f"{post}：该岗位已于 {post.valid_to} 撤销。"
    for leave in row.leaves.all():
        covers = leave.valid_from <= day and (leave.valid_to is None or leave.valid_to >= day)
        if leave.revoked_at is None and covers:
            until = f"至 {leave.valid_to}" if leave.valid_to else "，返岗日期未定"
            return f"{post}：您正在{leave.get_kind_display()}{until}，期间不能办理业务。"
    return ""


def _why_over(grant: PostGrant) -> str:
    day = clock.today()
    if grant.revoked_at is not None:
        return f"已于 {_day_of(grant.revoked_at)} 结束"
    if grant.valid_to is not None and grant.valid_to < day:
        return f"已于 {grant.valid_to} 到期"
    if grant.valid_from > day:
        return f"自 {grant.valid_from} 起生效"
    return ""


def _day_of(moment: datetime) -> date:
    return timezone.localdate(moment)


def unread_notifications(actor: Actor) -> str:
    """How many the person has not read yet, as the head of a page says it; "" for none. One query.

    Nobody is told more than that there are over ``MANY_UNREAD``.
    """
    if actor.user is None:
        return ""
    rows = Notification.objects.visible_to(actor).unread_by(actor.user)
    return unread_words(rows.order_by().values("pk")[: MANY_UNREAD + 1].count())


def unread_words(found: int) -> str:
    """A number of unread notifications as the head of a page says it; "" for none."""
    return f"{MANY_UNREAD}+" if found > MANY_UNREAD else str(found or "")
