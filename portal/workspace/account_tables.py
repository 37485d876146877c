"""How accounts are laid out on their pages: columns, rows, facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from portal.core.accounts.locks import locks_of
from portal.core.formatting import iso_datetime
from portal.core.models import Appointment, User
from portal.workspace.account_queries import STATES, posts_of, state_of

# Makes an address inside the acting office's workspace.
Address = Callable[..., str]

COLUMNS = (
    {"label": "登录名", "kind": "code"},
    {"label": "姓名", "kind": "name"},
    {"label": "所属机构", "kind": "name"},
    {"label": "现任岗位", "kind": "name"},
    {"label": "最近登录", "kind": "datetime"},
    {"label": "状态", "kind": "tag"},
)
SIGN_IN_COLUMNS = (
    {"label": "时间", "kind": "datetime"},
    {"label": "事项", "kind": "tag"},
    {"label": "来源地址", "kind": "code"},
    {"label": "说明", "kind": "name"},
)
POST_COLUMNS = (
    {"label": "机构", "kind": "name"},
    {"label": "岗位"},
    {"label": "职务", "kind": "name"},
    {"label": "任职自", "kind": "date"},
    {"label": "任职至", "kind": "date"},
)


def account_rows(users: list[User], url: Address) -> list[dict[str, Any]]:
    """The rows of the list."""
    posts, locks = posts_of(users), locks_of(users)
    rows = []
    for user in users:
        word, tone = STATES[state_of(user, locks.get(user.pk))]
        rows.append(
            {
                "id": user.pk,
                "label": str(user),
                "cells": [
                    {"text": user.username, "url": url("account", user.pk)},
                    {"text": str(user), "note": "演示账号" if user.is_demo else ""},
                    user.home_office.name if user.home_office else "",
                    _post_words(posts[user.pk]),
                    user.last_login,
                    {"text": word, "tone": tone},
                ],
            }
        )
    return rows


def facts_of(user: User) -> list[dict[str, str]]:
    """Who the person is."""
    return [
        {"label": "登录名", "value": user.username},
        {"label": "姓名", "value": user.display_name},
        {"label": "所属机构", "value": user.home_office.name if user.home_office else ""},
        {"label": "联系电话", "value": user.phone},
        {"label": "登记时间", "value": iso_datetime(user.date_joined)},
    ]


def sign_in_facts(
    user: User, until: datetime | None, *, second_factor: bool, sessions: int
) -> list[dict[str, str]]:
    """How the person signs in, and whether."""
    set_at = "尚未设定，凭激活单设定"
    if user.has_usable_password():
        set_at = iso_datetime(user.password_changed_at)
    return [
        {"label": "最近登录", "value": iso_datetime(user.last_login)},
        {"label": "密码设定时间", "value": set_at},
        {"label": "登录锁定", "value": f"锁定至 {iso_datetime(until)}" if until else "未锁定"},
        {"label": "动态口令", "value": "已启用" if second_factor else "未启用"},
        {"label": "当前登录", "value": f"{sessions} 处" if sessions else "没有登录"},
    ]


def post_rows(rows: list[Appointment], url: Address) -> list[dict[str, Any]]:
    """The posts a person holds, each with the page of its office."""
    return [
        {
            "id": row.pk,
            "cells": [
                {"text": row.post.office.name, "url": url("office", row.post.office_id)},
                row.post.kind_row.label,
                row.post.title,
                row.valid_from,
                row.valid_to,
            ],
        }
        for row in rows
    ]


def _post_words(rows: list[Appointment]) -> str:
    return "；".join(f"{row.post.office.name} {row.post.kind_row.label}" for row in rows)
