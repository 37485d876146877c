"""A draft as plain values: what a form is opened with, compared and merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from portal.core.documents.kinds import Texts
from portal.core.documents.stored import attachments_of, people_of, texts_of

if TYPE_CHECKING:
    from portal.core.models import OfficialDocument

LABELS: Final = {
    "title": "标题",
    "addressees": "主送机关",
    "body": "正文",
    "copy_to": "抄送",
    "note": "附注",
    "openness": "公开属性",
    "people": "参加人员",
    "attachments": "附件",
}


def plain_draft(texts: Texts, content: Mapping[str, Any], openness: str) -> dict[str, Any]:
    """The values that a drafter decides; widths of columns follow from the cells."""
    return {
        **texts._asdict(),
        "openness": openness,
        "people": [list(row) for row in content.get("people", ())],
        "attachments": [
            {
                "title": row["title"],
                "landscape": bool(row.get("landscape")),
                "rows": [list(row["header"]), *(list(cells) for cells in row["rows"])],
            }
            for row in content.get("attachments", ())
        ],
    }


def plain_document(document: OfficialDocument) -> dict[str, Any]:
    """The same of a stored draft."""
    found = plain_draft(texts_of(document), {}, document.openness)
    found["people"] = [[row.label, row.names] for row in people_of(document)]
    found["attachments"] = [
        {
            "title": row.title,
            "landscape": row.landscape,
            "rows": [list(row.header), *(list(cells) for cells in row.rows)],
        }
        for row in attachments_of(document)
    ]
    return found
