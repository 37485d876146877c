"""What a letter of recommendation (推荐函) says. No HTTP, no layout: the engine sets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from criteria.categories import category_label
from portal.core.document_queries import template_texts
from portal.core.documents.content import Attachment
from portal.core.documents.kinds import ORGAN, REGION, Placeholder, Texts
from portal.core.documents.stored import table
from portal.core.documents.wording import fill
from reviews.models import Case, Shortlist, ShortlistItem
from reviews.summary_queries import Row, columns_of, findings_in, findings_of

KIND = "recommendation_letter"
# 推荐汇总表, the letter's annex: these, the round's first figures, and these.
FIRST = ("序号", "专业镇名称", "所在县（市、区）", "类别", "主导产业")
FIRST_WIDTHS = (7.0, 28.0, 17.0, 15.0, 15.0)
LAST, LAST_WIDTHS, FIGURE_WIDTH = ("标准评定", "推荐理由"), (22.0, 42.0), 15.0

TEXTS = Texts(
    title="【发文机关】关于推荐【行政区划】【年度】年度【级别】专业镇的函",
    addressees="【主送机关】",
    body=(
        "按照“【批次】”的安排，根据《【认定标准】》（【标准文号】），经组织申报、逐级审核、"
        "择优推荐，现推荐【推荐专业镇】申报认定【级别】专业镇（推荐汇总表见附件）。\n请予审核。"
    ),
)
PLACEHOLDERS = (
    ORGAN,
    REGION,
    Placeholder("年度", "申报批次的年度", "2026"),
    Placeholder("级别", "申报认定的级别", "省级"),
    Placeholder("主送机关", "组织该批次的领导小组办公室", "山西省专业镇发展领导小组办公室"),
    Placeholder("批次", "申报批次的名称", "2026年省级专业镇申报"),
    Placeholder("认定标准", "所依据文件的标题", "关于推进全省专业镇高质量发展的意见"),
    Placeholder("标准文号", "所依据文件的发文字号", "晋政办发〔2022〕81号"),
    Placeholder("推荐专业镇", "推荐的专业镇，多个的写第一个和个数", "甲县铸造专业镇等3个", True),
)


def default_texts(shortlist: Shortlist, cases: Sequence[Case]) -> Texts:
    """The wording that the drafter starts from and may change: the office's template, filled."""
    call, office = shortlist.round, shortlist.office
    first = cases[0].town_name
    return fill(
        template_texts(office, KIND),
        {
            "发文机关": office.name,
            "行政区划": office.region.name,
            "年度": str(call.year),
            "级别": call.level_adjective,
            "主送机关": call.office.name,
            "批次": call.title,
            "认定标准": call.criteria_set.document_title,
            "标准文号": call.criteria_set.document_number,
            "推荐专业镇": first + (f"等{len(cases)}个专业镇" if len(cases) > 1 else ""),
        },
    )


def stored_content(
    shortlist: Shortlist, items: Sequence[ShortlistItem], cases: dict[int, Case]
) -> dict[str, Any]:
    """The parts of the layout that are not columns of the document, kept with it."""
    call = shortlist.round
    found = findings_of([cases[item.case_id] for item in items], call)
    columns = columns_of(verdicts for _, verdicts in found.values())
    rows = []
    for number, item in enumerate(items, 1):
        case, (record, verdicts) = cases[item.case_id], found[item.case_id]
        figures = {row.indicator: row for row in findings_in(verdicts)}
        row = Row(case, figures, record, item, sent=True, stands=True)
        rows.append(
            (
                str(number),
                case.town_name,
                case.county_name,
                category_label(case.category),
                case.application.town.industry,
                *(row.figure(key) for key in columns),
                row.assessed,
                item.reason,
            )
        )
    attachment = Attachment(
        title=f"{shortlist.office.region.name}推荐申报{call.level_adjective}专业镇汇总表",
        header=(*FIRST, *(name for name, _ in columns.values()), *LAST),
        widths=(*FIRST_WIDTHS, *(FIGURE_WIDTH,) * len(columns), *LAST_WIDTHS),
        rows=tuple(rows),
        landscape=True,
    )
    return {
        "attachments": [table(attachment)],
        "case_ids": [item.case_id for item in items],
        "shortlist": shortlist.pk,
    }
