"""推荐汇总表 as a paper: the towns that an office recommends in a round, or that stand at it."""

from __future__ import annotations

from portal.core import clock
from portal.core.actor import Actor
from portal.core.documents.content import Attachment, DocumentContent
from portal.core.errors import ALLOWED, Verdict, refuse
from reviews.papers.parts import body, plain
from reviews.summary_queries import Row, Summary, summary_of
from towns.models import Round

FIRST = ("序号", "专业镇名称", "所在县（市、区）", "类别", "主导产业")
LISTED = ("推荐结论", "推荐理由")
DRAFTED = ("推荐结论（拟定）", "推荐理由（拟定）")
UNCONFIRMED = "推荐名单尚未确定，推荐结论和理由为拟定，仅供内部研究，不作为推荐依据。"
LAST = ("标准评定", "办理情况")


def find(actor: Actor, pk: int) -> Round | None:
    """A round that the actor sees."""
    rows = Round.objects.visible_to(actor).select_related("office__region", "criteria_set")
    return rows.filter(pk=pk).first()


def may_summarise(actor: Actor, call: Round) -> Verdict:
    """Leading-group offices, each of what it recommended or handles."""
    if actor.scope is None or actor.level is None or actor.office is None:
        return refuse("推荐汇总表由领导小组办公室制作。")
    return ALLOWED


def content(actor: Actor, call: Round) -> DocumentContent:
    """The towns with their figures, as a table lying across."""
    found = summary_of(actor, call)
    name = call.title
    header = (*FIRST, *(column for column, _ in found.columns.values()), *LAST)
    widths = (7.0, 28.0, 16.0, 15.0, 15.0, *(15.0,) * len(found.columns), 20.0, 16.0)
    if found.listed:
        header = (*header, *(DRAFTED if found.draft else LISTED))
        widths = (*widths, 12.0, 34.0)
    return plain(
        f"{name}推荐汇总表",
        found.office.name,
        clock.today(),
        [
            body(
                f"在“{name}”中，{found.office.name}{counted(found)}，共 {len(found.rows)} 个专业镇"
                f"（汇总表附后）。数据为{call.figures_year}年度申报数据，评定为申报时按认定标准"
                f"“{call.criteria_set.title}”对照的结果。"
                f"{UNCONFIRMED if found.draft else ''}"
            )
        ],
        attachments=(
            Attachment(
                f"{name}推荐汇总表",
                header,
                widths,
                tuple(cells(number, row, found) for number, row in enumerate(found.rows, 1)),
                landscape=True,
            ),
        ),
    )


def counted(found: Summary) -> str:
    """How many were recommended and how many are being worked on."""
    here = len(found.rows) - found.sent
    told = [f"推荐 {found.sent} 个"] if found.sent else []
    told += [f"正在办理 {here} 个"] if here else []
    return "，".join(told)


def cells(number: int, row: Row, found: Summary) -> tuple[str, ...]:
    """One line of the table."""
    case = row.case
    return (
        str(number),
        case.town_name,
        case.county_name,
        case.get_category_display(),
        case.application.town.industry,
        *(row.figure(key) for key in found.columns),
        row.assessed,
        row.handled,
        *((row.standing, row.reason) if found.listed else ()),
    )
