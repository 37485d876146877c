"""会议材料: the agenda of a meeting with what is known of each case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.actor import Actor
from portal.core.documents.content import Attachment, DocumentContent, Paragraph
from portal.core.formatting import cn_date
from reviews.collective_queries import Dossier, dossiers, papers
from reviews.models import Meeting, MeetingItem
from reviews.papers.parts import body, facts, heading, plain, subheading
from reviews.tables.papers import paper

HEADER = ("序号", "专业镇名称", "所在县（市、区）", "类别", "标准评定", "专家评分",
          "成员单位意见", "审定结果")  # fmt: skip
WIDTHS = (7, 28, 17, 16, 18, 14, 18, 14)


def find(actor: Actor, pk: int) -> Meeting | None:
    """A meeting of the acting office."""
    return Meeting.objects.visible_to(actor).select_related("office").filter(pk=pk).first()


def content(actor: Actor, meeting: Meeting) -> DocumentContent:
    """When and where, each case with its assessment, and the agenda as a table lying across."""
    items = list(
        meeting.items.select_related("case__round", "case__application__criteria_set")
        .defer("case__application__snapshot")
        .order_by("case__scope_code", "case_id")
    )
    known = {row.case.pk: row for row in dossiers(item.case for item in items)}
    told = {row.case.pk: paper(row, "") for row in papers(item.case for item in items)}
    paragraphs = [
        heading(1, "会议安排"),
        *facts(
            [
                {"label": "召开日期", "value": cn_date(meeting.held_on)},
                {"label": "地点", "value": meeting.place},
                {"label": "主持人", "value": meeting.chair},
                {"label": "参会人员", "value": "、".join(meeting.attendees.split())},
            ]
        ),
        heading(2, "审议事项"),
        body(
            f"本次会议审议 {len(items)} 个专业镇的认定事项（一览表附后）。以下情况由平台按认定标准"
            "原文对照申报时冻结的数据得出，供审定参考，不代替审定。"
        ),
    ]
    for number, item in enumerate(items, 1):
        paragraphs += _case(number, item, told[item.case_id], known[item.case_id])
    rows = tuple(_row(number, item, known[item.case_id]) for number, item in enumerate(items, 1))
    return plain(
        f"{meeting.title}材料",
        meeting.office.name,
        meeting.held_on,
        paragraphs,
        attachments=(Attachment("审议事项一览表", HEADER, WIDTHS, rows, landscape=True),),
    )


def _case(
    number: int, item: MeetingItem, told: Mapping[str, Any], known: Dossier
) -> list[Paragraph]:
    case = item.case
    found = [subheading(number, f"{case.town_name}（{case.county_name}）", told["headline"])]
    for label, rows in (
        ("未达到、缺数据或者可申请放宽的：", told["open"]),
        ("接近标准的：", told["near"]),
        ("申请放宽的：", told["relaxations"]),
        ("待评议的：", [f"{name}。" for name in told["judged"]]),
    ):
        if rows:
            found.append(body(f"{label}{''.join(_stopped(text) for text in rows)}"))
    found += facts(told["score_items"])
    if known.mean_score is not None:
        found.append(body(f"专家评分：平均 {known.mean_score} 分（{known.experts} 位专家）。"))
    if known.opinions != "—":
        found.append(body(f"成员单位意见：{'，'.join(known.opinions.splitlines())}。"))
    if item.result:
        opinion = f"，{item.opinion}" if item.opinion else ""
        found.append(body(_stopped(f"审定结果：{item.get_result_display()}{opinion}")))
    return found


def _stopped(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else f"{text}。"


def _row(number: int, item: MeetingItem, known: Dossier) -> tuple[str, ...]:
    case = item.case
    return (
        str(number),
        case.town_name,
        case.county_name,
        case.get_category_display(),
        "，".join(known.assessment.splitlines()),
        "，".join(known.score.splitlines()),
        "，".join(known.opinions.splitlines()),
        item.get_result_display() if item.result else "",
    )
