"""Saved views of lists: a post keeps them and may share them with its office; not in the ledger."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_seat, acting_user
from portal.core.errors import Stale, require
from portal.core.models import Post, SavedView
from portal.core.policies.lists import may_delete_view, may_save_view

MOST_VIEWS = 20
LONGEST_QUERY = 1000


@transaction.atomic
def save_view(
    *, actor: Actor, list_key: str, name: str, query: str, shared: bool = False
) -> SavedView:
    """Keep a list's conditions, columns and order under a name; the same again changes nothing."""
    require(may_save_view(actor))
    post, office, user = acting_seat(actor), acting_office(actor), acting_user(actor)
    name = " ".join(name.split())
    if not name:
        raise ValidationError({"name": "请填写视图名称。"})
    if len(query) > LONGEST_QUERY:
        raise ValidationError({"name": "筛选条件过长，不能保存。请减少条件或列后再保存。"})
    # The post's row takes turns: two tabs neither pass the limit nor save a name twice.
    Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    kept = SavedView.objects.visible_to(actor).filter(post=post, list_key=list_key)
    same = kept.filter(name=name).first()
    if same is not None:
        if (same.query, same.shared) == (query, shared):
            return same
        raise ValidationError(
            {"name": f"已有名为“{name}”的视图，请换一个名称，或先删除原来的视图。"}
        )
    if kept.count() >= MOST_VIEWS:
        raise ValidationError(
            {"name": f"一个列表最多保存 {MOST_VIEWS} 个视图，请先删除不再使用的视图。"}
        )
    return SavedView.objects.create(
        office=office,
        post=post,
        created_by=user,
        list_key=list_key,
        name=name,
        query=query,
        shared=shared,
        created_at=clock.now(),
    )


@transaction.atomic
def delete_view(*, actor: Actor, view: SavedView) -> None:
    """Remove one's own saved view; who shared it takes it away from everybody."""
    require(may_delete_view(actor, view))
    removed, _ = SavedView.objects.visible_to(actor).filter(pk=view.pk).delete()
    if not removed:
        raise Stale("该视图已经删除。")
