"""The numbers (发文字号) of an office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from portal.core.constants import (
    NUMBER_SOURCE_CHOICES,
    NUMBER_STATE_CHOICES,
)
from portal.core.document_lists.common import (
    moment,
    years,
)
from portal.core.document_register_queries import (
    numbers_of,
)
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    Sorting,
    register_list,
)
from portal.core.models import (
    DocumentNumber,
)
from portal.core.web import office_url

# --- numbers --------------------------------------------------------------------------------------


class NumberFilter(ListFilter):
    """Conditions above the numbers."""

    word = forms.ChoiceField(label="机关代字", required=False)
    year = forms.ChoiceField(label="年份", required=False)
    state = forms.ChoiceField(
        label="状态", choices=[EVERYTHING, *NUMBER_STATE_CHOICES], required=False
    )
    q = forms.CharField(label="发文字号、标题、原因", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = numbers_of(self.actor).order_by("word").values_list("word", flat=True).distinct()
        self.fields["word"].choices = [EVERYTHING, *((word, word) for word in words)]  # type: ignore[attr-defined]
        self.fields["year"].choices = years()  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[DocumentNumber], chosen: Chosen) -> QuerySet[DocumentNumber]:
        """What is left of the numbers."""
        for name in ("word", "state"):
            if chosen[name]:
                rows = rows.filter(**{name: chosen[name]})
        if chosen["year"]:
            rows = rows.filter(year=int(chosen["year"]))
        if chosen["q"]:
            text = chosen["q"].strip()
            rows = rows.filter(
                Q(text__contains=text)
                | Q(document__title__contains=text)
                | Q(reason__contains=text)
            )
        return rows


NumberBatch = Batch[DocumentNumber]
SOURCES = dict(NUMBER_SOURCE_CHOICES)


def _used_by(row: DocumentNumber, batch: NumberBatch) -> dict[str, str]:
    if row.document is None:
        return {"text": f"作废：{row.reason}"}
    return {"text": row.document.title, "url": office_url(batch.actor, "document", row.document.pk)}


def _number_state(row: DocumentNumber, batch: NumberBatch) -> dict[str, str]:
    tone = "neutral" if row.state == "used" else "warning"
    return {"text": row.get_state_display(), "tone": tone}


NUMBERS = register_list(
    ListSpec(
        key="document-numbers",
        title="发文字号",
        url_name="document-numbers",
        rows=numbers_of,
        related=("document",),
        filter=NumberFilter,
        noun="个",
        order_words="取号先后，新的在前",
        empty_title="没有符合条件的发文字号",
        empty_text="公文印发时取号，每一号都列在这里；作废的保留原因。",
        columns=(
            ListColumn("text", "发文字号", lambda row, batch: row.text, kind="code", fixed=True),
            ListColumn(
                "serial", "年度序号", lambda row, batch: row.serial, kind="number",
                sorting=Sorting("serial", descending_first=True),
            ),
            ListColumn(
                "state", "状态", lambda row, batch: row.get_state_display(), kind="tag",
                cell=_number_state,
            ),
            ListColumn(
                "document",
                "公文或作废原因",
                lambda row, batch: row.document.title if row.document else f"作废：{row.reason}",
                kind="name",
                cell=_used_by,
                fixed=True,
                width=50,
            ),
            ListColumn("source", "编号方式", lambda row, batch: SOURCES[row.source], width=20),
            ListColumn("taken_by", "取号人", lambda row, batch: row.taken_name, width=12),
            ListColumn(
                "taken_at",
                "取号时间",
                lambda row, batch: moment(row.taken_at),
                kind="datetime",
                cell=lambda row, batch: row.taken_at,
            ),
        ),
    )
)  # fmt: skip
