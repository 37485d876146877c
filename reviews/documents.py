"""What a certification notice says. No HTTP, no layout: the engine sets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from criteria.categories import category_label
from portal.core.constants import Can
from portal.core.documents.notice import Attachment, NoticeContent, Paragraph
from portal.core.models import Office, OfficialDocument
from reviews.models import Case

ATTACHMENT_HEADER = ("序号", "专业镇名称", "所在县（市、区）", "类别", "主导产业")
ATTACHMENT_WIDTHS = (8, 38, 20, 18, 16)
DEFAULT_NOTE = "（此件公开发布）"


def default_texts(office: Office, cases: Sequence[Case], year: int) -> dict[str, str]:
    """Title, addressees and body that the drafter starts from and may change."""
    level = office.region.level.adjective
    name = f"{office.region.name}{year}年度{level}专业镇"
    lower = "各市" if level == "省级" else "各县（市、区）" if level == "市级" else "各乡镇"
    criteria = cases[0].application.criteria_set
    recommended = any(step.ability == Can.RECOMMEND for step in cases[0].chain.steps)
    towns = cases[0].town_name + (f"等{len(cases)}个专业镇" if len(cases) > 1 else "")
    return {
        "title": f"{office.name}关于公布{name}名单的通知",
        "addressees": f"{lower}人民政府，领导小组各成员单位",
        "body": (
            f"根据《{criteria.document_title}》（{criteria.document_number}），经组织申报、"
            f"{'逐级审核推荐、' if recommended else ''}成员单位会审、专家评分、会议审定和公示，"
            f"决定认定{towns}为{level}专业镇（名单见附件），现予公布。\n"
            "请有关方面加强对专业镇的培育指导，落实支持政策，推动特色产业做大做强。"
        ),
    }


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
    return {
        "attachment_title": f"{office.region.name}{office.region.level.adjective}专业镇名单",
        "header": list(ATTACHMENT_HEADER),
        "rows": attachment_rows(cases),
        "case_ids": [case.pk for case in cases],
    }


def notice_content(document: OfficialDocument, *, draft: bool, on: date) -> NoticeContent:
    """The document as the engine takes it."""
    content = document.content
    return NoticeContent(
        issuing_organ=document.organ,
        number=document.number or f"{document.office.document_word}〔{on.year}〕  号",
        title=document.title,
        addressees=document.addressees,
        paragraphs=tuple(
            Paragraph(kind="body", text=line.strip())
            for line in document.body.splitlines()
            if line.strip()
        ),
        attachments=(
            Attachment(
                title=content["attachment_title"],
                header=tuple(content["header"]),
                widths=ATTACHMENT_WIDTHS,
                rows=tuple(tuple(row) for row in content["rows"]),
            ),
        ),
        signatories=(document.organ,),
        signed_on=document.issued_on or on,
        seal_hint="（用印处）",
        note=document.note,
        copy_to=document.copy_to or None,
        printed_by=document.organ,
        printed_on=document.issued_on or on,
        draft=draft,
    )
