"""Units and posts: adding, renaming, closing; mergers and splits are in ``reshaping``.

Every change rests on a source document and has a day; an office keeps every name it bore.
"""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.reshaping import merge_offices, split_office
from portal.core.actions.structure import (
    check_day,
    check_name,
    check_standing,
    check_vacant,
    enter_change,
    enter_in_ledger,
    given,
    lock_office,
    new_unit,
)
from portal.core.actor import Actor
from portal.core.constants import OFFICE_KIND_CHOICES, POST_KINDS, OfficeKind
from portal.core.errors import Stale, require
from portal.core.models import Office, OfficeName, Post, hold_in_scope
from portal.core.policies.organisation import (
    may_add_unit,
    may_keep_office,
    may_keep_post,
    may_reshape,
)

__all__ = [
    "add_unit",
    "close_office",
    "close_post",
    "create_post",
    "merge_offices",
    "rename_office",
    "split_office",
]

UNIT_KINDS = [kind.value for kind in OfficeKind if kind != OfficeKind.LEADING_GROUP_OFFICE]


# --- units and posts ----------------------------------------------------------------------------


@transaction.atomic
def add_unit(
    *,
    actor: Actor,
    parent: Office,
    name: str,
    kind: str,
    source: str,
    since: date | None = None,
) -> Office:
    """Add a member unit or a filing unit to a leading-group office."""
    parent = lock_office(parent)
    require(may_add_unit(actor, parent))
    if kind not in UNIT_KINDS:
        raise ValidationError({"kind": "请选择成员单位或填报单位。"})
    name, source = given(name, "name", "单位名称", 120), given(source, "source", "依据文件", 120)
    check_name(parent, kind, name)
    unit = new_unit(parent, kind, name, source, since or clock.today())
    hold_in_scope(unit, actor)
    after = {"name": unit.name, "kind": unit.kind, "since": unit.valid_from, "source": source}
    label = dict(OFFICE_KIND_CHOICES)[kind]
    enter_in_ledger(actor, "add_unit", unit, f"增设{label}{unit.name}", None, after)
    return unit


@transaction.atomic
def create_post(
    *,
    actor: Actor,
    office: Office,
    kind: str,
    title: str,
    unit: Office | None = None,
    source: str = "",
    since: date | None = None,
) -> Post:
    """Create a post of an office; ``unit`` is where its holder comes from (所在单位)."""
    office = lock_office(office)
    row = POST_KINDS.get(kind)
    if row is None or row.office_kind != office.kind:
        label = dict(OFFICE_KIND_CHOICES)[office.kind]
        raise ValidationError({"kind": f"{label}没有这类岗位，请选择其他岗位。"})
    require(may_keep_post(actor, office, row))
    check_standing(office)
    title = given(title, "title", "职务名称", 120)
    if Post.objects.standing().filter(office=office, kind=kind, title=title).exists():
        raise ValidationError(
            {"title": f"{office.name}已有“{title}”，请注明区别，例如“{title}（二）”。"}
        )
    if unit is not None and not Office.objects.visible_to(actor).filter(pk=unit.pk).exists():
        raise ValidationError({"unit": "请选择本行政区划内的单位。"})
    group = Group.objects.create(name=f"{office.slug}/{kind}/{secrets.token_hex(8)}")
    post = Post.objects.create(
        office=office,
        kind=kind,
        title=title,
        unit=unit or (office if row.office_kind == OfficeKind.MEMBER_UNIT else None),
        group=group,
        source=source.strip()[:120],
        valid_from=since or clock.today(),
    )
    hold_in_scope(post, actor)
    after = {
        "post": post.pk,
        "kind": kind,
        "title": title,
        "since": post.valid_from,
        "source": post.source,
    }
    enter_in_ledger(actor, "create_post", office, f"设立岗位{row.label}（{title}）", None, after)
    return post


@transaction.atomic
def close_post(*, actor: Actor, post: Post, on: date, reason: str) -> Post:
    """Abolish a post that nobody holds; ``on`` is its last day."""
    office = lock_office(post.office)
    rows = Post.objects.select_for_update(of=("self",)).select_related("office__region")
    post = rows.get(pk=post.pk)
    require(may_keep_post(actor, office, post.kind_row))
    if post.valid_to is not None and post.valid_to <= on:
        raise Stale(f"该岗位已于 {post.valid_to} 撤销。")
    if post.valid_from is not None and on < post.valid_from:
        raise ValidationError({"on": f"撤销日期不能早于设立日期 {post.valid_from}。"})
    reason = given(reason, "reason", "撤销原因", 160)
    check_vacant([post], on)
    before = {"post": post.pk, "title": post.title, "to": post.valid_to}
    post.valid_to = on
    post.save(update_fields=["valid_to"])
    text = f"撤销岗位{post.kind_row.label}（{post.title}），至 {on}：{reason}"
    enter_in_ledger(actor, "close_post", office, text, before, before | {"to": on})
    return post


# --- names --------------------------------------------------------------------------------------


@transaction.atomic
def rename_office(*, actor: Actor, office: Office, name: str, on: date, source: str) -> Office:
    """Give an office another name from a day on; what is past keeps the name it had."""
    office = lock_office(office)
    require(may_keep_office(actor, office))
    name, source = given(name, "name", "新名称", 120), given(source, "source", "依据文件", 160)
    check_standing(office)
    if name == office.name:
        raise Stale(f"该机构的名称已是“{name}”。")
    check_day(on, [office])
    check_name(office.parent, office.kind, name)
    last = office.former_names.order_by("-until").first()
    eve = on - timedelta(days=1)
    if last is not None and last.until > eve:
        raise ValidationError(
            {"on": f"上一次更名自 {last.until + timedelta(days=1)} 起，应在其后。"}
        )
    old = office.name
    if last is None or last.until < eve:
        # A name that was never borne for a day leaves no trace in the history of names.
        OfficeName.objects.create(office=office, name=old, until=eve)
    office.name = name
    office.save(update_fields=["name"])
    hold_in_scope(office, actor)
    text = f"{old}更名为{name}，自 {on} 起"
    enter_change(actor, "rename", on, [office], [office], text, source)
    enter_in_ledger(
        actor, "rename_office", office, text, {"name": old}, {"name": name, "source": source}
    )
    return office


@transaction.atomic
def close_office(*, actor: Actor, office: Office, on: date, source: str) -> Office:
    """Abolish a unit all of whose posts are vacant; ``on`` is its last day."""
    office = lock_office(office)
    require(may_reshape(actor, office))
    if office.valid_to is not None and office.valid_to <= on:
        raise Stale(f"{office.name}已于 {office.valid_to} 撤销。")
    source = given(source, "source", "依据文件", 160)
    if office.valid_from is not None and on < office.valid_from:
        raise ValidationError({"on": f"撤销日期不能早于设立日期 {office.valid_from}。"})
    posts = list(Post.objects.select_for_update(of=("self",)).filter(office=office))
    check_vacant(posts, on)
    office.valid_to = on
    office.save(update_fields=["valid_to"])
    text = f"撤销{office.name}，至 {on}"
    enter_change(actor, "close", on, [office], [], text, source)
    enter_in_ledger(actor, "close_office", office, text, {"to": None}, {"to": on, "source": source})
    return office
