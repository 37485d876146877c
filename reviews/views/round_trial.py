"""A round on trial (试运行): throwing its data away, making it official."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from reviews.tables import rounds as tables
from reviews.views.round_parts import RoundPartView
from towns.actions import discard_trial, end_trial
from towns.actions.trials import end_trial_problems
from towns.deadlines import moment_words
from towns.models import Evidence, Round
from towns.round_policies import may_end_trial
from towns.round_queries import trial_applications


class DiscardTrialView(RoundPartView):
    """Throw the data of a trial away: the numbers first, then once."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would go."""
        call = self.call(pk)
        require(may_end_trial(self.actor, call))
        rows = list(trial_applications(self.actor, call))
        files = Evidence.objects.filter(application__in=rows).count()
        return self.page(
            "reviews/round_discard.html",
            {
                "breadcrumbs": self.crumbs(call, ("清除试运行数据", None)),
                "call": call,
                "number": len(rows),
                "columns": tables.ENTERED_COLUMNS,
                "rows": tables.entered_rows(rows, self.actor),
                "items": [
                    {"label": "批次", "value": call.title},
                    {"label": "试运行的申报", "value": f"{len(rows)} 件"},
                    {"label": "佐证材料", "value": f"{files} 份"},
                ],
                "cancel_url": self.back(call),
            },
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Throw them away."""
        call = self.call(pk)
        gone = discard_trial(actor=self.actor, call=call)
        number = gone.get("towns.Application", 0)
        words = f"已清除试运行的申报 {number} 件。" if number else "没有试运行的数据，无需清除。"
        messages.success(request, words)
        return redirect(self.back(call))


class EndTrialView(RoundPartView):
    """Make a round on trial official."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        call = self.call(pk)
        require(may_end_trial(self.actor, call))
        return self._show(call)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make it official."""
        call = self.call(pk)
        try:
            end_trial(actor=self.actor, call=call)
        except ValidationError:
            return self._show(call, 422)
        messages.success(
            request, f"“{call.title}”已转为正式批次，自{moment_words(call.opening)}起受理申报。"
        )
        return redirect(self.back(call))

    def _show(self, call: Round, status: int = 200) -> HttpResponse:
        left = trial_applications(self.actor, call).count()
        return self.page(
            "reviews/round_official.html",
            {
                "breadcrumbs": self.crumbs(call, ("转为正式", None)),
                "call": call,
                "problems": end_trial_problems(call),
                "discards": left > 0,
                "items": [
                    {"label": "批次", "value": call.title},
                    {"label": "开始时间", "value": moment_words(call.opening)},
                    {"label": "截止时间", "value": moment_words(call.closing)},
                    {"label": "还没有清除的试运行申报", "value": f"{left} 件"},
                ],
                "cancel_url": self.back(call),
            },
            status=status,
        )
