"""What an application could take over, field by field; what is ticked is taken."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from towns.actions.prefilling import prefill_application
from towns.models import Application
from towns.policies import may_edit_application
from towns.prefilling import CHANGED, EMPTY, LOCKED, SAME, TYPED, offers
from towns.views.filing import ApplicationPage

WORDS = {
    EMPTY: ("还没有填写", "neutral"),
    CHANGED: ("带入后来源有变化", "warning"),
    SAME: ("与来源相同", "success"),
    TYPED: ("已经填写，不会覆盖", "info"),
    LOCKED: ("不在补正范围内", "neutral"),
}


class PrefillView(ApplicationPage):
    """Both texts side by side; empty fields are ticked already."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        return self._show(application)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take what is ticked."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        try:
            done = prefill_application(
                actor=self.actor, application=application, names=request.POST.getlist("names")
            )
        except ValidationError as error:
            return self._show(application, error.messages)
        messages.success(request, f"已带入 {len(done.taken)} 项，都标明了来源，请逐项核对。")
        if done.skipped:
            labels = "、".join(f"{row.part}“{row.label}”" for row in done.skipped)
            messages.warning(request, f"没有带入：{labels}。这些内容已经有人填写。")
        return redirect(self.url("application", pk))

    def _show(self, application: Application, problems: list[str] | None = None) -> HttpResponse:
        rows = offers(application)
        first = next((place for place, row in enumerate(rows, 1) if row.open), 0)
        return self.page(
            "towns/prefill.html",
            {
                "breadcrumbs": self.crumbs(application, "带入已有内容"),
                "application": application,
                "rows": [
                    {
                        "offer": row,
                        "word": WORDS[row.state][0],
                        "tone": WORDS[row.state][1],
                        "ticked": row.state == EMPTY and not row.cleared,
                    }
                    for row in rows
                ],
                "open": any(row.open for row in rows),
                "errors": [{"text": text, "href": f"#names_{first}"} for text in problems or []],
                "cancel_url": self.url("application", application.pk),
            },
            status=422 if problems else 200,
        )
