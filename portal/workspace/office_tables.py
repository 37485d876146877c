"""Rows of the pages of offices: the list, posts and their holders, grants, changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.formatting import iso_datetime
from portal.core.models import Appointment, Office, OfficeChange, Post
from portal.core.policies.organisation import may_appoint
from portal.core.queries import VACANT, GroupSeat, PersonRow
from portal.core.web import office_url

Item = dict[str, Any]

NEVER = "从未登录"
OPEN_END = "长期"
OFFICE_COLUMNS: tuple[Item, ...] = (
    {"label": "机构", "kind": "name"},
    {"label": "行政区划"},
    {"label": "层级", "kind": "tag"},
    {"label": "类型", "kind": "tag"},
    {"label": "现任", "kind": "number", "unit": "人"},
    {"label": "空缺岗位", "kind": "number", "unit": "个"},
)
UNIT_COLUMNS: tuple[Item, ...] = (
    {"label": "单位", "kind": "name"},
    {"label": "类型"},
    {"label": "现任", "kind": "number", "unit": "人"},
    {"label": "空缺岗位", "kind": "number", "unit": "个"},
)
POST_COLUMNS: tuple[Item, ...] = (
    {"label": "岗位", "kind": "tag"},
    {"label": "职务", "kind": "name"},
    {"label": "现任人员", "kind": "name"},
    {"label": "任职自", "kind": "date"},
)
SIGN_IN_COLUMN: Item = {"label": "最近登录", "kind": "datetime"}
FORMER_COLUMNS: tuple[Item, ...] = (
    {"label": "岗位", "kind": "name"},
    {"label": "姓名", "kind": "name"},
    {"label": "任职自", "kind": "date"},
    {"label": "任职至", "kind": "date"},
    {"label": "原因", "kind": "name"},
)
COMING_COLUMNS: tuple[Item, ...] = (
    {"label": "姓名", "kind": "name"},
    {"label": "任职自", "kind": "date"},
    {"label": "任职至", "kind": "date"},
    {"label": "依据", "kind": "name"},
)
GROUP_COLUMNS: tuple[Item, ...] = (
    {"label": "组内职务", "kind": "tag"},
    {"label": "姓名", "kind": "name"},
    {"label": "现任职务", "kind": "name"},
    {"label": "所在单位", "kind": "name"},
    {"label": "任职自", "kind": "date"},
    {"label": "备注", "kind": "name"},
)


def until(day: date | None, word: str = OPEN_END) -> str:
    """A last day, or the word for none."""
    return day.isoformat() if day else word


# ------------------------------------------------------------------------------------- the list


def office_rows(actor: Actor, offices: Iterable[Office]) -> list[Item]:
    """Rows of the list of offices."""
    today = clock.today()
    rows = []
    for office in offices:
        gone = office.valid_to is not None and office.valid_to < today
        name: Item = {"text": office.name, "url": office_url(actor, "office", office.pk)}
        if gone:
            name["note"] = f"已撤销，至 {until(office.valid_to)}"
        rows.append(
            {
                "id": office.pk,
                "label": office.name,
                "cells": [
                    name,
                    office.region.name,
                    office.region.level_label,
                    office.get_kind_display(),
                    *_counts(office),
                ],
            }
        )
    return rows


def _counts(office: Office) -> list[Any]:
    counts = vars(office)
    vacant = counts["vacant_count"]
    return [
        counts["people_count"],
        {"text": str(vacant), "tone": "warning"} if vacant else "0",
    ]


def unit_rows(actor: Actor, units: Iterable[Office]) -> list[Item]:
    """Rows of the member units and filing units of an office."""
    return [
        {
            "cells": [
                {"text": unit.name, "url": office_url(actor, "office", unit.pk)},
                unit.get_kind_display(),
                *_counts(unit),
            ]
        }
        for unit in units
    ]


# -------------------------------------------------------------------------------- posts, holders


def post_columns(actor: Actor) -> list[Item]:
    """Sign-ins are the business of those who keep or audit the office."""
    return [*POST_COLUMNS, *([SIGN_IN_COLUMN] if actor.jurisdiction is not None else [])]


def post_rows(actor: Actor, people: Iterable[PersonRow]) -> list[Item]:
    """Rows of the posts of an office, each with what may be done."""
    rows = []
    for person in people:
        post, holder = person.post, person.appointment
        url = office_url(actor, "post", post.pk)
        cells: list[Any] = [
            post.kind_row.label,
            {"text": post.title, "url": url, "note": _unit_note(post)},
            holder_cell(person),
            holder.valid_from if holder else None,
        ]
        if actor.jurisdiction is not None:
            cells.append(sign_in(person))
        rows.append(
            {
                "id": post.pk,
                "label": post.title,
                "cells": cells,
                "actions": _post_actions(actor, person, url),
            }
        )
    return rows


def _unit_note(post: Post) -> str:
    unit = post.unit
    return f"所在单位：{unit.name}" if unit is not None and unit.pk != post.office_id else ""


def _post_actions(actor: Actor, person: PersonRow, url: str) -> list[Item]:
    post = person.post
    shown = {"text": "详情", "url": url, "label": f"详情：{post.title}"}
    if not may_appoint(actor, post).ok:
        return [shown]
    word, name = ("更换", "post-succeed") if person.appointment else ("任命", "post-appoint")
    return [
        {"text": word, "url": office_url(actor, name, post.pk), "label": f"{word}：{post.title}"},
        shown,
    ]


def holder_cell(person: PersonRow) -> Item:
    """Who holds a post, until when away, who stands in, who is to come."""
    holder = person.appointment
    cell: Item = {"text": person.holder} if holder else {"text": VACANT, "tone": "warning"}
    notes = list(person.remarks)
    if holder is not None and holder.valid_to is not None:
        notes.insert(0, f"任职至 {holder.valid_to}")
    if holder is not None and not holder.user.is_active:
        notes.append("账号已停用")
    if notes:
        cell["note"] = "；".join(notes)
    return cell


def sign_in(person: PersonRow) -> Any:
    """The last sign-in of a holder as date and time, or 从未登录."""
    if person.appointment is None:
        return None
    return person.last_sign_in or NEVER


def former_rows(rows: Iterable[Appointment], actor: Actor) -> list[Item]:
    """Rows of appointments that ended or never counted."""
    found = []
    for row in rows:
        last: Any = until(row.valid_to)
        if row.revoked_at is not None:
            last = {"text": "登记有误", "tone": "warning", "note": iso_datetime(row.revoked_at)}
        found.append(
            {
                "cells": [
                    {
                        "text": row.post.kind_row.label,
                        "url": office_url(actor, "post", row.post_id),
                        "note": row.post.title,
                    },
                    row.holder_name,
                    row.valid_from,
                    last,
                    row.ended_reason,
                ]
            }
        )
    return found


def coming_rows(actor: Actor, rows: Iterable[Appointment], *, keeps: bool) -> list[Item]:
    """Rows of appointments that begin on a later day."""
    return [
        {
            "cells": [row.holder_name, row.valid_from, until(row.valid_to), row.source],
            "actions": [
                {
                    "text": "撤销登记",
                    "url": office_url(actor, "appointment-revoke", row.pk),
                    "label": f"撤销登记：{row.holder_name}",
                }
            ]
            if keeps
            else [],
        }
        for row in rows
    ]


def post_facts(post: Post, office: Item) -> list[Item]:
    """What a post is; ``office`` names and links its office."""
    facts: list[Item] = [
        office,
        {"label": "岗位", "value": post.kind_row.label},
        {"label": "职务", "value": post.title},
    ]
    if _unit_note(post):
        facts.append({"label": "所在单位", "value": str(post.unit)})
    facts.append({"label": "依据", "value": post.source})
    if post.valid_from is not None:
        facts.append({"label": "设立日期", "value": post.valid_from.isoformat()})
    if post.valid_to is not None:
        facts.append({"label": "撤销日期", "value": post.valid_to.isoformat()})
    return facts


def post_state(post: Post, holder: Appointment | None) -> Item:
    """The word for a post that nobody acts from today, with its tone; nothing when it is held."""
    day = clock.today()
    if post.valid_from is not None and post.valid_from > day:
        return {"word": "尚未设立", "tone": "info", "text": f"该岗位自 {post.valid_from} 起设立。"}
    if post.valid_to is not None and post.valid_to < day:
        return {"word": "已撤销", "tone": "neutral", "text": f"该岗位至 {post.valid_to} 撤销。"}
    if holder is None:
        text = "空缺。任命人员后，发到该岗位的待办由其办理。"
        return {"word": VACANT, "tone": "warning", "text": text}
    return {}


def person_facts(actor: Actor, person: PersonRow) -> list[Item]:
    """Who holds a post today, since when, on what ground."""
    holder = person.appointment
    if holder is None:
        return []
    facts: list[Item] = [
        {"label": "姓名", "value": person.holder, "note": holder.user.username},
        {"label": "任职自", "value": holder.valid_from.isoformat()},
        {"label": "任职至", "value": until(holder.valid_to, "未定")},
        {"label": "任职依据", "value": holder.source},
    ]
    if actor.jurisdiction is not None:
        moment = person.last_sign_in
        facts.append({"label": "最近登录", "value": iso_datetime(moment) if moment else NEVER})
    if person.remarks:
        facts.append({"label": "备注", "value": "；".join(person.remarks)})
    return facts


def group_rows(seats: Iterable[GroupSeat]) -> list[Item]:
    """Rows of a leading group as at a day."""
    return [
        {
            "cells": [
                seat.role,
                {"text": seat.holder, "tone": "warning"} if seat.vacant else seat.holder,
                seat.title,
                seat.unit,
                seat.since,
                "；".join(seat.remarks),
            ]
        }
        for seat in seats
    ]


# ---------------------------------------------------------------------------------------- changes


def change_entries(changes: Iterable[OfficeChange]) -> list[Item]:
    """What became of an office and its units, for the timeline."""
    return [
        {
            "when": row.on,
            "action": row.get_kind_display(),
            "tone": "info",
            "text": f"{row.summary}\n依据：{row.source}",
            "who": str(row.recorded_by or ""),
        }
        for row in changes
    ]


def office_facts(office: Office) -> list[Item]:
    """What an office is."""
    former = "；".join(f"{row.name}（至 {row.until}）" for row in office.former_names.all())
    leads = office.kind == OfficeKind.LEADING_GROUP_OFFICE
    facts: list[Item] = [
        {"label": "行政区划", "value": f"{office.region.name}（{office.region.code}）"},
        {"label": "层级", "value": office.region.level_label},
        {"label": "类型", "value": office.get_kind_display()},
    ]
    if leads:
        facts += [
            {"label": "办公室设在", "value": office.host_unit},
            {"label": "机关代字", "value": office.document_word},
        ]
    elif office.parent is not None:
        facts.append({"label": "所属领导小组办公室", "value": office.parent.name})
    facts.append({"label": "依据", "value": office.source})
    if office.valid_from is not None:
        facts.append({"label": "设立日期", "value": office.valid_from.isoformat()})
    if office.valid_to is not None:
        facts.append({"label": "撤销日期", "value": office.valid_to.isoformat()})
    if office.successor is not None:
        facts.append({"label": "承接机构", "value": office.successor.name})
    facts.append({"label": "曾用名", "value": former or "无"})
    return facts
