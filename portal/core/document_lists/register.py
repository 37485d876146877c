"""The register of documents (发文登记簿)."""

from __future__ import annotations

from portal.core.document_lists.common import (
    DRAFTER,
    ISSUED_ON,
    KIND,
    NUMBER,
    OPENNESS,
    ORGAN,
    RELATED,
    STANDING,
    STATE,
    TITLE,
    DocumentFilter,
    named,
    reads_of,
    visible,
)
from portal.core.listing import (
    ListColumn,
    ListSpec,
    register_list,
)

REGISTER = register_list(
    ListSpec(
        key="documents",
        title="发文登记簿",
        url_name="documents",
        rows=visible,
        related=RELATED,
        filter=DocumentFilter,
        noun="份",
        order_words="拟稿先后，新的在前",
        empty_title="没有符合条件的公文",
        empty_text="公示无异议的办件到达“认定”环节后，在这里拟写认定通知；放宽条件可以查到更多。",
        columns=(
            NUMBER,
            TITLE,
            ORGAN,
            KIND,
            ISSUED_ON,
            STATE,
            STANDING,
            DRAFTER,
            ListColumn(
                "issuer", "签发人", lambda row, batch: named(row, batch, row.issuer), width=12
            ),
            ListColumn("reads", "已阅/分发", reads_of, width=12),
            OPENNESS,
            ListColumn("genre", "文种", lambda row, batch: row.spec.genre, shown=False, width=10),
            ListColumn("word", "机关代字", lambda row, batch: row.word, shown=False),
            ListColumn(
                "addressees", "主送机关", lambda row, batch: row.addressees, shown=False, width=40
            ),
        ),
    )
)
