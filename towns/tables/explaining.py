"""评定说明: the assessment of an application as a paper to file, for the town and for its case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from criteria.assessment import CriterionVerdict
from criteria.tables.explained import cards, explained, summary
from portal.core.formatting import cn_datetime
from towns.models import Application, AssessmentRecord
from towns.tables.filing import declared_values

Item = dict[str, Any]


def explanation_page(
    application: Application,
    verdicts: Sequence[CriterionVerdict],
    data: Mapping[str, Any],
    record: AssessmentRecord | None,
    number: str,
) -> Item:
    """What ``towns/explanation.html`` shows.

    ``data``: the declaration that was assessed; ``record``: the stored assessment, None for a
    draft that is assessed as it stands.
    """
    criteria_set = application.criteria_set
    told = explained(criteria_set, verdicts, application.category, declared_values(data))
    return {
        "application": application,
        "title": f"评定说明：{data['town']['name']}",
        "stored": record is not None,
        "items": facts(application, data, record, number),
        "summary": summary(told),
        "cards": cards(told, criteria_set),
    }


def facts(
    application: Application,
    data: Mapping[str, Any],
    record: AssessmentRecord | None,
    number: str,
) -> list[Item]:
    """What is needed to find the papers behind it: number, set, day, digest."""
    criteria_set = application.criteria_set
    document = f"《{criteria_set.document_title}》" if criteria_set.document_title else ""
    rows: list[Item] = [
        {"label": "编号", "value": number or "提交后编号"},
        {"label": "专业镇", "value": data["town"]["name"]},
        {"label": "所在县（市、区）", "value": data["town"]["county"]},
        {"label": "类别", "value": application.get_category_display()},
        {"label": "申报批次", "value": application.round.title},
        {"label": "数据年度", "value": f"{data['year']} 年"},
        {"label": "认定标准", "value": f"{criteria_set.title}（{criteria_set.version_label}）"},
        {"label": "依据文件", "value": f"{document} {criteria_set.document_number}".strip()},
    ]
    if record is None:
        return [*rows, {"label": "评定时间", "value": "尚未提交，按当前数据评定"}]
    return [
        *rows,
        {
            "label": "评定时间",
            "value": cn_datetime(record.computed_at),
            "note": f"第 {record.revision} 次提交" if record.revision > 1 else "",
        },
        {
            "label": "申报内容摘要值",
            "value": application.snapshot_sha256,
            "note": "SHA-256，可据以核对申报内容自提交后未改动",
        },
    ]
