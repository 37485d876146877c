"""Rows of leave, deputies and grants in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from portal.core.actor import Actor
from portal.core.models import Leave, Post, PostGrant
from portal.core.queries import VACANT, GrantRow
from portal.core.web import office_url
from portal.workspace.office_tables import Item, until
from reviews.models import CaseGrant
from towns.models import TownGrant
from towns.policies import may_revoke_town_grant

GRANT_COLUMNS: tuple[Item, ...] = (
    {"label": "授权", "kind": "tag"},
    {"label": "被授权人", "kind": "name"},
    {"label": "内容", "kind": "name"},
    {"label": "起", "kind": "date"},
    {"label": "止", "kind": "date"},
    {"label": "事由", "kind": "name"},
    {"label": "授权人", "kind": "name"},
)
LEAVE_COLUMNS: tuple[Item, ...] = (
    {"label": "类别"},
    {"label": "起", "kind": "date"},
    {"label": "止", "kind": "date"},
    {"label": "事由", "kind": "name"},
)
DEPUTY_COLUMNS: tuple[Item, ...] = (
    {"label": "代理人", "kind": "name"},
    {"label": "起", "kind": "date"},
    {"label": "止", "kind": "date"},
    {"label": "事由", "kind": "name"},
    {"label": "办理人", "kind": "name"},
)


def leave_rows(actor: Actor, leaves: Iterable[Leave], *, keeps: bool) -> list[Item]:
    """Rows of leave that runs or is to come."""
    return [
        {
            "cells": [
                row.get_kind_display(),
                row.valid_from,
                until(row.valid_to, "未定"),
                row.reason,
            ],
            "actions": [
                {
                    "text": "销假",
                    "url": office_url(actor, "leave-end", row.pk),
                    "label": f"销假：{row.valid_from}起的{row.get_kind_display()}",
                }
            ]
            if keeps
            else [],
        }
        for row in leaves
    ]


def deputy_rows(
    actor: Actor, grants: Iterable[PostGrant], names: Mapping[int, str], *, keeps: bool
) -> list[Item]:
    """Rows of the deputies of a post; ``names`` are those of the lending posts' holders."""
    rows = []
    for grant in grants:
        lender: Post = grant.group.post
        name = names.get(lender.pk, VACANT)
        end = {
            "text": "终止代理",
            "url": office_url(actor, "deputy-end", grant.pk),
            "label": f"终止代理：{name}",
        }
        rows.append(
            {
                "cells": [
                    {"text": name, "note": f"{lender.office.name} · {lender.kind_row.label}"},
                    grant.valid_from,
                    until(grant.valid_to),
                    grant.reason,
                    str(grant.granted_by or "系统"),
                ],
                "actions": [end] if keeps else [],
            }
        )
    return rows


def grant_rows(actor: Actor, grants: Iterable[GrantRow], names: Mapping[int, str]) -> list[Item]:
    """Rows of the grants in force; a link only where the acting post may read what was given."""
    rows = []
    for row in grants:
        what: Item = {"text": row.subject}
        actions = []
        if isinstance(row.grant, TownGrant):
            town = row.grant.content_object
            if actor.scope is not None:
                what["url"] = office_url(actor, "town", town.pk)
            own = actor.office is not None and actor.office.region_id == town.county_id
            if own and may_revoke_town_grant(actor, town).ok:
                revoke = office_url(actor, "town-grant-revoke", row.grant.pk)
                label = f"撤销授权：{town.name}"
                actions = [{"text": "撤销授权", "url": revoke, "label": label}]
        elif isinstance(row.grant, CaseGrant) and actor.scope is not None:
            what["url"] = office_url(actor, "case", row.grant.content_object_id)
        rows.append(
            {
                "cells": [
                    row.kind,
                    {"text": names.get(row.post.pk, VACANT), "note": row.post.title},
                    what,
                    row.since,
                    until(row.until),
                    row.reason,
                    row.granted_by,
                ],
                "actions": actions,
            }
        )
    # The table has a last column when its first row has an action.
    rows.sort(key=lambda item: not item["actions"])
    return rows
