"""Giving a town to a post of a filing unit for a period, and taking it back."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import Post, hold_in_scope
from towns.models import Town, TownGrant
from towns.policies import may_grant_town, may_revoke_town_grant


@transaction.atomic
def grant_town(
    *, actor: Actor, town: Town, post: Post, since: date, until: date | None, reason: str
) -> TownGrant:
    """Give a post a town to fill or submit for; again is to extend, and the ledger keeps both."""
    town = _lock(town)
    post = Post.objects.select_related("office__region").get(pk=post.pk)
    require(may_grant_town(actor, town, post))
    errors: dict[str, str] = {}
    if until is not None and until < since:
        errors["until"] = "截止日期不能早于生效日期。"
    elif until is not None and until < clock.today():
        errors["until"] = "截止日期不能早于今天。"
    if not reason.strip():
        errors["reason"] = "请填写授权事由。"
    if errors:
        raise ValidationError(errors)
    key: dict[str, Any] = {
        "content_object": town,
        "group_id": post.group_id,
        "permission": TownGrant.permission_named("fill_town"),
    }
    present = TownGrant.objects.filter(**key).first()
    before = _facts(present) if present else None
    values = {
        "valid_from": since,
        "valid_to": until,
        "reason": reason.strip()[:200],
        "granted_by": actor.user,
        "revoked_at": None,
        "revoked_reason": "",
    }
    if present is not None and all(getattr(present, name) == v for name, v in values.items()):
        raise Stale(f"{town.name}已授权给{post}，无需重复办理。")
    grant, _ = TownGrant.objects.update_or_create(**key, defaults=values)
    hold_in_scope(town, actor)
    text = f"将{town.name}授权给{post}，自 {since} 至 {until or '长期'}：{grant.reason}"
    _record(actor, "grant_town", town, text, before, _facts(grant))
    return grant


@transaction.atomic
def revoke_town_grant(*, actor: Actor, grant: TownGrant, reason: str) -> TownGrant:
    """Take a town back from a post, at once."""
    town = _lock(grant.content_object)
    grant = TownGrant.objects.select_related("group__post__office__region").get(pk=grant.pk)
    require(may_revoke_town_grant(actor, town))
    if grant.revoked_at is not None:
        raise Stale(f"{town.name}的该项授权已经撤销。")
    if grant.valid_to is not None and grant.valid_to < clock.today():
        raise Stale(f"{town.name}的该项授权已于 {grant.valid_to} 到期。")
    if not reason.strip():
        raise ValidationError({"reason": "请填写撤销事由。"})
    before = _facts(grant)
    grant.revoked_at, grant.revoked_reason = clock.now(), reason.strip()[:200]
    grant.save(update_fields=["revoked_at", "revoked_reason"])
    text = f"撤销{grant.group.post}对{town.name}的授权：{grant.revoked_reason}"
    _record(actor, "revoke_town_grant", town, text, before, _facts(grant))
    return grant


def _lock(town: Town) -> Town:
    rows = Town.objects.select_for_update(of=("self",)).select_related("county")
    return rows.get(pk=town.pk)


def _facts(grant: TownGrant) -> dict[str, Any]:
    return {
        "grant": grant.pk,
        "group": grant.group_id,
        "from": grant.valid_from,
        "to": grant.valid_to,
        "reason": grant.reason,
        "granted_by": grant.granted_by_id,
        "revoked": grant.revoked_reason or grant.revoked_at is not None,
    }


def _record(
    actor: Actor,
    verb: str,
    town: Town,
    text: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    record(actor, verb, town, text, before=before, after=after, scope_code=town.scope_code)
