"""What waits for a person, and what an office received."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone

from portal.core.document_lists.common import (
    DRAFTER,
    ISSUED_ON,
    KIND,
    NUMBER,
    ORGAN,
    READ,
    RELATED,
    STANDING,
    TITLE,
    DocumentBatchOf,
    DocumentFilter,
    first_reads,
    moment,
)
from portal.core.document_register_queries import (
    received_with_marks,
    waiting_for,
)
from portal.core.document_tables.steps import STATE_TONES
from portal.core.listing import (
    EVERYTHING,
    Chosen,
    ListColumn,
    ListFilter,
    ListSpec,
    register_list,
)
from portal.core.models import (
    OfficialDocument,
)
from portal.core.paging import Order

# --- what waits -----------------------------------------------------------------------------------

STEP_WORDS = {"draft": "退回修改", "checking": "待核稿", "cosigning": "待会签", "signing": "待签发"}


class WaitingFilter(ListFilter):
    """Conditions above what waits."""

    state = forms.ChoiceField(
        label="待办事项", choices=[EVERYTHING, *STEP_WORDS.items()], required=False
    )

    def narrow(
        self, rows: QuerySet[OfficialDocument], chosen: Chosen
    ) -> QuerySet[OfficialDocument]:
        """By what is to be done."""
        return rows.filter(state=chosen["state"]) if chosen["state"] else rows


def _to_do(row: OfficialDocument, batch: DocumentBatchOf) -> dict[str, str]:
    return {"text": STEP_WORDS[row.state], "tone": STATE_TONES[row.state]}


WAITING = register_list(
    ListSpec(
        key="documents-waiting",
        title="待我办理的公文",
        url_name="documents-waiting",
        rows=waiting_for,
        related=RELATED,
        filter=WaitingFilter,
        noun="份",
        order_words="拟稿先后，新的在前",
        empty_title="没有待办的公文",
        empty_text="需要本岗位核稿、会签、签发，或者退回修改的公文列在这里。",
        columns=(
            TITLE,
            ListColumn(
                "to_do", "待办事项", lambda row, batch: STEP_WORDS[row.state], kind="tag",
                cell=_to_do, fixed=True,
            ),
            ORGAN,
            KIND,
            DRAFTER,
            ListColumn(
                "created_at",
                "拟稿时间",
                lambda row, batch: timezone.localtime(row.created_at).replace(tzinfo=None),
                kind="datetime",
                cell=lambda row, batch: row.created_at,
            ),
        ),
    )
)  # fmt: skip


# --- what was received ----------------------------------------------------------------------------


class ReceivedFilter(DocumentFilter):
    """Conditions above what was received."""

    read = forms.ChoiceField(label="阅读", choices=[EVERYTHING, *READ], required=False)
    kind = None  # type: ignore[assignment]
    state = None  # type: ignore[assignment]
    word = None  # type: ignore[assignment]
    openness = None  # type: ignore[assignment]
    whose = None  # type: ignore[assignment]

    def narrow(
        self, rows: QuerySet[OfficialDocument], chosen: Chosen
    ) -> QuerySet[OfficialDocument]:
        """Unread is what was sent to the office and the person has not opened."""
        if chosen["read"]:
            rows = rows.filter(Q(("unread", 1 if chosen["read"] == "unread" else 0)))
        return super().narrow(rows, chosen)


def _read_word(row: OfficialDocument, batch: DocumentBatchOf) -> str:
    return "未阅" if getattr(row, "unread", 0) else "已阅"


def _read_cell(row: OfficialDocument, batch: DocumentBatchOf) -> dict[str, str]:
    unread = bool(getattr(row, "unread", 0))
    return {"text": _read_word(row, batch), "tone": "warning" if unread else "neutral"}


RECEIVED = register_list(
    ListSpec(
        key="documents-received",
        title="收到的公文",
        url_name="documents-received",
        rows=received_with_marks,
        related=RELATED,
        filter=ReceivedFilter,
        default_order=Order("unread", descending=True),
        order_words="未阅的在前",
        noun="份",
        empty_title="还没有收到公文",
        empty_text="其他机关分发给本单位的公文，以及上级认定本辖区专业镇的通知，列在这里。",
        columns=(
            ListColumn("read", "阅读", _read_word, kind="tag", cell=_read_cell, fixed=True),
            NUMBER,
            TITLE,
            ORGAN,
            KIND,
            ISSUED_ON,
            ListColumn(
                "received_at",
                "收文时间",
                lambda row, batch: moment(getattr(row, "received_at", None)),
                kind="datetime",
                cell=lambda row, batch: getattr(row, "received_at", None),
            ),
            ListColumn(
                "first_read",
                "本单位首次查阅",
                lambda row, batch: moment(batch.fetched(first_reads).get(row.pk)),
                kind="datetime",
                cell=lambda row, batch: batch.fetched(first_reads).get(row.pk),
            ),
            STANDING,
        ),
    )
)
