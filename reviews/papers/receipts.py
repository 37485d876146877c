"""受理回执 of a submitted application."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.documents.content import DocumentContent
from portal.core.formatting import local_date
from reviews.models import Case
from reviews.papers.parts import body, facts, grouped, plain
from reviews.tables.receipts import next_steps, receipt_items
from towns.models import Application


def find(actor: Actor, pk: int) -> Case | None:
    """The case of an application that the actor sees."""
    seen = Application.objects.visible_to(actor).values("pk")
    return (
        Case.objects.filter(application__in=seen, application=pk)
        .select_related("office", "round", "application__submitted_by")
        .first()
    )


def content(actor: Actor, case: Case) -> DocumentContent:
    """What the receipt says: signed by the office that first takes the application in."""
    application = case.application
    first = case.runs.select_related("office").order_by("ordinal").first()
    accepted = first is not None and first.outcome not in ("", "return", "reject")
    organ = first.organ if first is not None else case.office.name
    assert application.submitted_at is not None
    # Where it lies now stands in the first of the next steps; so the receipt keeps to one page.
    said = ("专业镇", "申报批次", "提交时间", "提交人")
    items = [row for row in receipt_items(application, case) if row["label"] in said]
    return plain(
        f"{case.town_name}申报{'受理' if accepted else '提交'}回执",
        organ,
        local_date(application.submitted_at),
        [
            body(f"受理编号：{application.number}"),
            *facts(items),
            body(f"材料校验码（SHA-256）：{grouped(application.snapshot_sha256)}"),
            *(body(text) for text in next_steps(case)),
            body("凭受理编号可以在平台查询办理进度；材料校验码用于核对申报内容自提交后未改动。"),
        ],
    )
