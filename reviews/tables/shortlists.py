"""Rows and facts of the pages of shortlists."""

from __future__ import annotations

from typing import Any

from portal.core.constants import UNSTATED
from portal.core.formatting import iso_datetime
from reviews.forms.shortlists import ShortlistForm
from reviews.models import Shortlist, ShortlistItem
from reviews.models.shortlists import STANDING_TONES
from reviews.shortlist_queries import Board, Line, Tally

Item = dict[str, Any]
# What confirming a list does to each standing.
GROUPS = (
    ("recommended", "推荐上报", "确定后转报上级办公室，推荐理由随名单上报。"),
    ("reserve", "备选（按顺序递补）", "留在本环节，有名额空出时按顺序递补。"),
    ("declined", "不推荐", "确定后办件办结为未通过，理由告知申报单位。"),
)
STATE_TONES = {"draft": "info", "confirmed": "success"}

ROUND_COLUMNS: list[Item] = [
    {"label": "批次", "kind": "name"},
    {"label": "名额", "kind": "number", "unit": "个"},
    {"label": "等待推荐", "kind": "number", "unit": "个"},
    {"label": "推荐", "kind": "number", "unit": "个"},
    {"label": "备选", "kind": "number", "unit": "个"},
    {"label": "不推荐", "kind": "number", "unit": "个"},
    {"label": "名单", "kind": "tag"},
]
BELOW_COLUMNS: list[Item] = [
    {"label": "推荐单位", "kind": "name"},
    {"label": "批次"},
    {"label": "推荐", "kind": "number", "unit": "个"},
    {"label": "备选", "kind": "number", "unit": "个"},
    {"label": "不推荐", "kind": "number", "unit": "个"},
    {"label": "已退出", "kind": "number", "unit": "个"},
    {"label": "确定时间", "kind": "datetime"},
]


def state_tag(shortlist: Shortlist | None) -> Item:
    """Word and tone of a list's state."""
    if shortlist is None:
        return {"text": "未拟定", "tone": "neutral"}
    return {"text": shortlist.get_state_display(), "tone": STATE_TONES[shortlist.state]}


def tally_cells(tally: Tally) -> list[int]:
    """How many were recommended, kept in reserve and declined."""
    return [tally.recommended, tally.reserve, tally.declined]


def board_facts(board: Board) -> list[Item]:
    """Places and how they are taken."""
    places = board.places
    facts: list[Item] = [
        {
            "label": "推荐名额",
            "value": f"{places} 个" if places is not None else UNSTATED,
            "note": "" if places is not None else "没有设定名额，不作数量限制",
        },
        {"label": "已列为推荐", "value": f"{board.held} 个"},
    ]
    if places is not None:
        facts.append({"label": "还可推荐", "value": f"{max(0, places - board.held)} 个"})
    facts.append({"label": "备选", "value": f"{len(board.reserves)} 个"})
    return facts


def confirmed_facts(shortlist: Shortlist, *, named: bool) -> list[Item]:
    """When a list was confirmed, by whom where the reader knows, and its letter."""
    found: list[Item] = []
    if shortlist.confirmed_at is not None:
        who = f"由{shortlist.confirmed_name}确定" if named and shortlist.confirmed_name else ""
        found.append(
            {
                "label": "最近一次确定",
                "value": iso_datetime(shortlist.confirmed_at),
                "note": who,
            }
        )
    return found


def settled_row(line: Line, url: str) -> Item:
    """What was decided of one town, and what became of it."""
    item = line.item
    assert item is not None
    notes = []
    if item.promoted_at is not None:
        notes.append(f"{iso_datetime(item.promoted_at)} 递补：{item.promoted_reason}")
    if item.fallen_at is not None:
        notes.append(f"{iso_datetime(item.fallen_at)} 退出：{item.fallen_reason}")
    return {
        "rank": item.rank,
        "town": line.case.town_name,
        "url": url,
        "place": f"{line.case.county_name}，{line.case.get_category_display()}",
        "assessed": assessed(line),
        "figures": line.figures,
        "word": item.get_standing_display(),
        "tone": STANDING_TONES[item.standing],
        "reason": item.reason,
        "notes": notes,
        "status": line.case.status_label,
    }


def waiting_row(
    line: Line,
    form: ShortlistForm | None,
    url: str,
    *,
    compared: bool = False,
    last: tuple[int, int] = (1, 1),
) -> Item:
    """One town that waits: what it is compared by, and its fields. ``compared``: somebody else has
    saved meanwhile, so what stands is said beside what was typed."""
    key, item = line.case.pk, line.item
    place, count = last
    return {
        "key": key,
        "town": line.case.town_name,
        "url": url,
        "place": f"{line.case.county_name}，{line.case.get_category_display()}",
        "industry": line.case.application.town.industry,
        "assessed": assessed(line),
        "score": line.score,
        "figures": line.figures,
        "below": line.below,
        "word": item.get_standing_display() if item else "未定",
        "tone": STANDING_TONES[item.standing] if item else "neutral",
        "text": item.reason if item else "",
        "fresh": item is None,
        "rank": form[f"rank_{key}"] if form else None,
        "standing": form[f"standing_{key}"] if form else None,
        "reason": form[f"reason_{key}"] if form else None,
        "first": place == 1,
        "last": place == count,
        "saved": saved_words(line, place) if compared else "",
    }


def saved_words(line: Line, place: int) -> str:
    """What stands of a row."""
    if line.item is None:
        return "现在：未排序"
    reason = f"，{line.item.reason}" if line.item.reason else ""
    return f"现在：第 {place} 位，{line.item.get_standing_display()}{reason}"


def assessed(line: Line) -> str:
    """How many criteria are met, are not, and are judged by people, on lines of one cell."""
    record = line.record
    if record is None:
        return "—"
    judged = f"\n需评议 {record.to_judge} 条" if record.to_judge else ""
    return f"达到 {record.met} 条\n未达到、缺数据 {record.not_met} 条{judged}"


def standing_facts(item: ShortlistItem, url: str, *, named: bool) -> Item:
    """A case's row of a list, for the case's own page."""
    facts: list[Item] = [
        {"label": "名单", "value": item.shortlist.office.name, "url": url},
        {"label": "排序", "value": f"第 {item.rank} 位"},
        {"label": "推荐结论", "value": item.get_standing_display()},
        {"label": "理由", "value": item.reason},
    ]
    if item.promoted_at is not None:
        who = f"{item.promoted_name}，" if named and item.promoted_name else ""
        facts.append(
            {
                "label": "递补",
                "value": item.promoted_reason,
                "note": f"{who}{iso_datetime(item.promoted_at)}",
            }
        )
    if item.fallen_at is not None:
        facts.append(
            {"label": "退出", "value": item.fallen_reason, "note": iso_datetime(item.fallen_at)}
        )
    return {"facts": facts}
