"""What documents of the review chain say. No HTTP, no layout: the engine sets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from criteria.categories import category_label
from portal.core.constants import Can
from portal.core.document_queries import template_texts
from portal.core.documents.content import Attachment
from portal.core.documents.kinds import COMMON, Placeholder, Texts
from portal.core.documents.stored import table
from portal.core.documents.wording import fill
from portal.core.models import Office
from reviews.models import Case

ATTACHMENT_HEADER = ("序号", "专业镇名称", "所在县（市、区）", "类别", "主导产业")
ATTACHMENT_WIDTHS = (8, 38, 20, 18, 16)
DEFAULT_NOTE = "（此件公开发布）"


CERTIFICATION_TEXTS = Texts(
    title="【发文机关】关于公布【行政区划】【年度】年度【级别】专业镇名单的通知",
    addressees="【下级机关】人民政府，领导小组各成员单位",
    body=(
        "根据《【认定标准】》（【标准文号】），经组织申报、【审核推荐】成员单位会审、专家评分、"
        "会议审定和公示，决定认定【认定专业镇】为【级别】专业镇（名单见附件），现予公布。\n"
        "请有关方面加强对专业镇的培育指导，落实支持政策，推动特色产业做大做强。"
    ),
    note=DEFAULT_NOTE,
)
CERTIFICATION_PLACEHOLDERS = (
    *COMMON,
    Placeholder("级别", "认定的级别", "省级"),
    Placeholder("下级机关", "主送的下级人民政府", "各市"),
    Placeholder("认定标准", "所依据文件的标题", "关于推进全省专业镇高质量发展的意见"),
    Placeholder("标准文号", "所依据文件的发文字号", "晋政办发〔2022〕81号"),
    Placeholder("审核推荐", "经下级推荐的，写“逐级审核推荐、”", "逐级审核推荐、"),
    Placeholder("认定专业镇", "认定的专业镇，多个的写第一个和个数", "甲县铸造专业镇等3个", True),
)


def certification_values(office: Office, cases: Sequence[Case], year: int) -> dict[str, str]:
    """What the placeholders of a certification notice stand for, for these cases."""
    level = office.region.level.adjective
    lower = "各市" if level == "省级" else "各县（市、区）" if level == "市级" else "各乡镇"
    criteria = cases[0].application.criteria_set
    recommended = any(step.ability == Can.RECOMMEND for step in cases[0].chain.steps)
    return {
        "发文机关": office.name,
        "行政区划": office.region.name,
        "年度": str(year),
        "级别": level,
        "下级机关": lower,
        "认定标准": criteria.document_title,
        "标准文号": criteria.document_number,
        "审核推荐": "逐级审核推荐、" if recommended else "",
        "认定专业镇": cases[0].town_name + (f"等{len(cases)}个专业镇" if len(cases) > 1 else ""),
    }


def default_texts(office: Office, cases: Sequence[Case], year: int) -> Texts:
    """The wording that the drafter starts from and may change: the office's template, filled."""
    texts = template_texts(office, "certification_notice")
    return fill(texts, certification_values(office, cases, year))


def default_notice(office: Office, year: int) -> dict[str, str]:
    """Title and text of a public notice that the office starts from and may change."""
    level = office.region.level.adjective
    name = f"{office.region.name}{year}年度{level}专业镇"
    return {
        "title": f"关于{name}拟认定名单的公示",
        "body": (
            f"经组织申报、成员单位会审、专家评分和会议审定，拟认定下列专业镇为{level}专业镇，"
            "现予公示。\n"
            "公示期间，任何单位和个人如有异议，请以书面形式向受理部门反映，并署明真实姓名（单位名称）"
            "和联系方式。"
        ),
    }


def attachment_rows(cases: Sequence[Case]) -> list[list[str]]:
    """The list of towns, in the order of their regions."""
    ordered = sorted(cases, key=lambda case: (case.scope_code, case.pk))
    return [
        [
            str(position),
            case.town_name,
            case.county_name,
            category_label(case.category),
            case.application.town.industry,
        ]
        for position, case in enumerate(ordered, start=1)
    ]


def stored_content(office: Office, cases: Sequence[Case]) -> dict[str, Any]:
    """The parts of the layout that are not columns of the document, kept with it."""
    attachment = Attachment(
        title=f"{office.region.name}{office.region.level.adjective}专业镇名单",
        header=ATTACHMENT_HEADER,
        widths=ATTACHMENT_WIDTHS,
        rows=tuple(tuple(row) for row in attachment_rows(cases)),
    )
    return {"attachments": [table(attachment)], "case_ids": [case.pk for case in cases]}
