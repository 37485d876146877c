"""Mergers and splits of units, always with a source document.

Whatever waits for a unit waits for its posts, so the posts move, and with them appointments, grants
and asked opinions. The old unit stays as a row that has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actions.structure import (
    check_day,
    check_name,
    check_standing,
    enter_change,
    enter_in_ledger,
    given,
    lock_office,
    lock_offices,
    new_unit,
)
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.models import Office, Post, PostMove, User, hold_in_scope
from portal.core.policies.organisation import may_reshape


@transaction.atomic
def merge_offices(
    *, actor: Actor, offices: Sequence[Office], name: str, on: date, source: str
) -> Office:
    """Merge units of one leading group into one, from a day on (today or earlier).

    ``name`` is that of a new unit, or of a standing one of the same kind, which then takes the
    others in.
    """
    rows = lock_offices(offices)
    for row in rows:
        require(may_reshape(actor, row))
    name, source = (
        given(name, "name", "合并后的名称", 120),
        given(source, "source", "依据文件", 160),
    )
    first = rows[0]
    if any((r.kind, r.parent_id, r.region_id) != _place(first) for r in rows):
        raise ValidationError({"offices": "只能合并同一领导小组的同类单位。"})
    into = _siblings(first).filter(name=name).first()
    if into is not None:
        into = next((row for row in rows if row.pk == into.pk), None) or lock_offices([into])[0]
    ending = [row for row in rows if into is None or row.pk != into.pk]
    if len(ending) + (into is not None) < 2:
        raise ValidationError({"offices": "请至少选择两个单位合并。"})
    for row in ending:
        check_standing(row)
    check_day(on, ending if into is None else [*ending, into])
    if into is None:
        into = new_unit(first.parent, first.kind, name, source, on, region_of=first)
    # People before posts: the order in which appointing locks them.
    User.objects.filter(home_office__in=ending).update(home_office=into)
    for row in ending:
        _move_posts(Post.objects.filter(office=row), into, on)
        _end(row, on, into)
    hold_in_scope(into, actor)
    text = f"{'、'.join(row.name for row in ending)}并入{into.name}，自 {on} 起"
    enter_change(actor, "merge", on, ending, [into], text, source)
    for row in [*ending, into]:
        enter_in_ledger(
            actor, "merge_offices", row, text, None, {"into": into.pk, "source": source}
        )
    return into


@transaction.atomic
def split_office(
    *,
    actor: Actor,
    office: Office,
    names: Sequence[str],
    on: date,
    source: str,
    posts: Mapping[int, str] | None = None,
) -> list[Office]:
    """End a unit and begin several, from a day on (today or earlier).

    ``posts`` says which post goes to which of the new names; the first takes the rest, and is
    what the old unit's opinions are asked of.
    """
    office = lock_office(office)
    require(may_reshape(actor, office))
    check_standing(office)
    wanted = [text.strip()[:120] for text in names if text.strip()]
    if len(wanted) < 2 or len(set(wanted)) != len(wanted):
        raise ValidationError({"names": "请填写两个以上不同的新单位名称。"})
    source = given(source, "source", "依据文件", 160)
    check_day(on, [office])
    for text in wanted:
        if text != office.name:
            check_name(office.parent, office.kind, text, field="names")
    chosen = dict(posts or {})
    held = {post.pk: post for post in Post.objects.filter(office=office)}
    if set(chosen) - set(held) or set(chosen.values()) - set(wanted):
        raise ValidationError({"posts": "请为本单位的每个岗位选择一个新单位。"})
    made = [new_unit(office.parent, office.kind, n, source, on, region_of=office) for n in wanted]
    User.objects.filter(home_office=office).update(home_office=made[0])
    by_name = {unit.name: unit for unit in made}
    for unit in made:
        keys = [pk for pk in held if by_name[chosen.get(pk, wanted[0])].pk == unit.pk]
        _move_posts(Post.objects.filter(pk__in=keys), unit, on)
        hold_in_scope(unit, actor)
    _end(office, on, made[0])
    text = f"{office.name}拆分为{'、'.join(wanted)}，自 {on} 起"
    enter_change(actor, "split", on, [office], made, text, source)
    for row in [office, *made]:
        enter_in_ledger(actor, "split_office", row, text, None, {"into": wanted, "source": source})
    return made


def _place(office: Office) -> tuple[str, int | None, int]:
    return office.kind, office.parent_id, office.region_id


def _siblings(office: Office) -> Any:
    kind, parent, region = _place(office)
    rows = Office.objects.filter(kind=kind, parent=parent, region=region, valid_to__isnull=True)
    return rows.select_related("region", "parent")


def _move_posts(posts: Any, into: Office, on: date) -> None:
    """Posts go over with their holders, grants and jobs; where they came from is kept."""
    for post in posts.select_for_update(of=("self",)).order_by("pk"):
        PostMove.objects.create(post=post, office_id=post.office_id, until=on - timedelta(days=1))
        if post.unit_id == post.office_id:
            post.unit = into
        post.office = into
        post.save(update_fields=["office", "unit"])


def _end(office: Office, on: date, successor: Office) -> None:
    """The unit has ended; whatever it had taken over goes to the successor too."""
    office.valid_to, office.successor = on - timedelta(days=1), successor
    office.save(update_fields=["valid_to", "successor"])
    Office.objects.filter(successor=office).update(successor=successor)
