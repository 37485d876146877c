"""受理回执 of a submitted application."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.documents.content import Attachment, DocumentContent
from portal.core.formatting import local_date
from reviews.models import Case
from reviews.papers.parts import body, facts, grouped, plain
from reviews.receipt_queries import receipt_of
from reviews.tables import receipts
from towns.models import Application

HEADER, WIDTHS = ("编号", "材料", "文件", "页数"), (12.0, 60.0, 70.0, 12.0)


def find(actor: Actor, pk: int) -> Case | None:
    """The case of an application that the actor sees."""
    seen = Application.objects.visible_to(actor).values("pk")
    return (
        Case.objects.filter(application__in=seen, application=pk)
        .select_related(
            "office",
            "round__office",
            "application__submitted_by",
            "application__round",
            "application__criteria_set",
        )
        .first()
    )


def content(actor: Actor, case: Case) -> DocumentContent:
    """What the receipt says: signed by the office that first takes the application in."""
    application = case.application
    first = case.runs.select_related("office").order_by("ordinal").first()
    accepted = first is not None and first.outcome not in ("", "return", "reject")
    organ = first.organ if first is not None else case.office.name
    assert application.submitted_at is not None
    found = receipt_of(application, case)
    cells = tuple(receipts.evidence_cells(found.evidence, found.request))
    return plain(
        f"{case.town_name}申报{'受理' if accepted else '提交'}回执",
        organ,
        local_date(application.submitted_at),
        [
            body(f"受理编号：{application.number}"),
            *facts(receipts.submitted_items(application)),
            body(f"材料校验码（SHA-256）：{grouped(application.snapshot_sha256)}"),
            *(body(text) for text in receipts.next_steps(case)),
            body(f"办理环节和时限：{_steps(case)}。"),
            *(body(text) for text in receipts.correction_lines(found.asks)),
            *(body(text) for text in receipts.contact_lines(application.round, case)),
            body(receipts.follow_line(application)),
            body(
                f"{receipts.evidence_summary(found.evidence)}目录附后。" if cells else "没有附件。"
            ),
        ],
        attachments=(Attachment("提交的材料目录", HEADER, WIDTHS, cells),) if cells else (),
    )


def _steps(case: Case) -> str:
    return "；".join(
        f"{row['name']}（{row['who']}），{row['term']}" for row in receipts.step_rows(case)
    )
