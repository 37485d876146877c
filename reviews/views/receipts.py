"""The receipt of a submitted application."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from reviews.receipt_queries import Receipt, case_of, receipt_of
from reviews.tables import receipts
from reviews.views.filing import FiledPage
from towns.constants import Filing
from towns.models import Application


class ReceiptView(FiledPage):
    """The receipt: the number, who handles it now, until when, whom to ask, what was attached."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The receipt of a submitted application; before that, the application itself."""
        application = self.fetch(pk)
        case = case_of(self.actor, application)
        tried = application.trial and application.state == Filing.SUBMITTED
        if case is None and not tried:
            return redirect(self.url("application", application.pk))
        self.viewed(application)
        found = receipt_of(application, case)
        return self.page(
            "reviews/receipt.html",
            {
                "application": application,
                "case": case,
                "title": "试运行：申报已锁定" if case is None else "申报已提交",
                "items": self.items(found),
                "next_steps": receipts.next_steps(case)
                if case is not None
                else receipts.trial_steps(application),
                "steps": receipts.step_rows(case) if case is not None else [],
                "contact": receipts.contact_lines(application.round, case),
                "follow": receipts.follow_line(application) if case is not None else "",
                "digest": application.snapshot_sha256,
                "evidence_columns": receipts.EVIDENCE_COLUMNS,
                "evidence": receipts.table_rows(
                    receipts.evidence_cells(found.evidence, found.request)
                ),
                "evidence_summary": receipts.evidence_summary(found.evidence),
                "corrections": receipts.correction_lines(found.asks),
                "actions": self.actions(application, found),
                "breadcrumbs": self.crumbs(application, "提交回执"),
            },
        )

    def items(self, found: Receipt) -> list[receipts.Item]:
        """What was submitted, and where it lies now."""
        if found.case is None:
            return receipts.submitted_items(found.application)
        return receipts.receipt_items(found.application, found.case)

    def actions(self, application: Application, found: Receipt) -> list[receipts.Item]:
        """Where to go from here."""
        check = {"text": "查看提交的内容", "url": self.url("application-check", application.pk)}
        back = {"text": "返回我的申报", "url": self.url("applications")}
        if found.case is None:
            return [check]
        case = {"text": "查看办件", "url": self.url("case", found.case.pk), "tone": "primary"}
        return [case, check, back] if self.actor.scope is None else [case, check]
