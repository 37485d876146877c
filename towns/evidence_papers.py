"""What stands in front of a bound volume of evidence: cover, index, what could not be bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from portal.core import clock
from portal.core.documents.content import Attachment, DocumentContent, Paragraph
from portal.core.documents.coverage import missing, pieces_of
from portal.core.documents.kinds import Layout
from portal.core.formatting import local_date
from towns.evidence_index import Index, IndexGroup, IndexRow, page_words
from towns.models import Application

HEADER = ("编号", "材料名称", "对应清单", "文件名", "看哪几页", "卷内页码", "说明")
WIDTHS = (12.0, 44.0, 34.0, 36.0, 20.0, 20.0, 30.0)
LEFT_HEADER = ("编号", "材料名称", "文件名", "未合并的原因")
LEFT_WIDTHS = (14.0, 50.0, 50.0, 50.0)
# Printed in place of a character that no font has, as printers do.
GETA = "〓"


def group_label(group: IndexGroup) -> str:
    """A criterion as the index and the bookmarks name it; the request has no clause."""
    return f"{group.ordinal} {group.title}" if group.ordinal else group.title


def front(application: Application, index: Index, reasons: Mapping[str, str]) -> DocumentContent:
    """Cover and index; ``reasons``: digest of a file that could not be bound -> why."""
    town, call = application.town, application.round
    left = [row for row in index.rows if row.sha256 in reasons and not row.first]
    facts = [
        ("申报批次", call.title),
        ("专业镇", town.name),
        ("所在县（市、区）", town.county.name),
        ("类别", application.get_category_display()),
        ("受理编号", application.number),
        ("佐证材料", f"{len(index.rows)} 件，{index.files} 份文件（同一份文件只计一份）"),
        ("未能合并", f"{len(left)} 份，清单附后" if left else "无"),
    ]
    told = [Paragraph("body", f"{label}：{value}") for label, value in facts if value]
    told.append(
        Paragraph(
            "body",
            "编号由条款序号和材料序号组成，“4-2”是第4条的第2项，“0-1”是申报请示。卷内页码印在每页下方。"
            "同一份文件用于几处的，只装订一次，其余各处注明见哪一编号。",
        )
    )
    tables = [_table(index, reasons)]
    if left:
        rows = [(row.number, row.title, row.name, reasons[row.sha256]) for row in left]
        tables.append(Attachment("未能合并的材料", LEFT_HEADER, LEFT_WIDTHS, rows, landscape=True))
    at = application.submitted_at
    return DocumentContent(
        layout=Layout.PLAIN,
        organs=(town.county.name,),
        number="",
        title=f"{town.name}申报\n佐证材料",
        addressees="",
        paragraphs=tuple(told),
        signatories=(),
        signed_on=local_date(at) if at is not None else clock.today(),
        attachments=tuple(tables),
    )


def _table(index: Index, reasons: Mapping[str, str]) -> Attachment:
    rows: list[tuple[str, ...]] = []
    for group in index.groups:
        if group.rows or group.lacking:
            rows.append((str(group.ordinal or ""), group.title, "", "", "", "", ""))
        rows += [_line(row, reasons) for row in group.rows]
        rows += [("", "（未提供）", slot.title, "", "", "", "必须提供") for slot in group.lacking]
    return Attachment("佐证材料目录", HEADER, WIDTHS, rows, landscape=True)


def _line(row: IndexRow, reasons: Mapping[str, str]) -> tuple[str, ...]:
    note = row.reference
    if row.sha256 in reasons and not row.first:
        note = "未合并，原因附后"
    return (
        row.number,
        row.title,
        row.slot_title,
        row.name,
        page_words(row.look_at),
        row.place,
        note,
    )


def printable(content: DocumentContent) -> DocumentContent:
    """The same with 〓 for characters that no font has: names of files are whatever they are."""
    lost = {gap.char for gap in missing(pieces_of(content))}
    if not lost:
        return content
    table = str.maketrans(dict.fromkeys(lost, GETA))
    return replace(
        content,
        title=content.title.translate(table),
        paragraphs=tuple(
            Paragraph(row.kind, row.text.translate(table), row.run_in.translate(table))
            for row in content.paragraphs
        ),
        attachments=tuple(
            replace(row, rows=[[cell.translate(table) for cell in line] for line in row.rows])
            for row in content.attachments
        ),
    )
