"""Rounds (批次): the page of one, with the way an application takes, and opening a new one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.scoring import needs_top, states_scoring
from criteria.standing import replaced_on
from portal.core import clock
from portal.core.constants import LEVELS, UNSTATED, Can
from portal.core.errors import require
from portal.core.formatting import cn_date
from portal.core.web import OfficeView, add_errors
from reviews.chain import CHAINS, Chain, current_chain
from reviews.forms.rounds import RoundForm
from reviews.papers.summaries import may_summarise
from towns.actions import assess_round, open_round
from towns.models import Application, Certification, Round, Town
from towns.policies import may_assess_round, may_join_round, may_open_round
from towns.queries import days_left
from towns.tables import registers

MOST_TOWNS = 50


class RoundView(OfficeView):
    """One call: who may file, by which criteria, until when, and what follows."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        call = get_object_or_404(
            Round.objects.visible_to(self.actor).select_related("office__region", "criteria_set"),
            pk=pk,
        )
        chain = CHAINS[call.chain_key, call.chain_version]
        return self.page(
            "reviews/round.html",
            {
                "breadcrumbs": [("申报批次", self.url("rounds")), (call.title, None)],
                "call": call,
                "tag": registers.round_tag(call),
                "facts": self._facts(call),
                "own_terms": self._own_terms(call),
                "silent": call.criteria_set.silent,
                "steps": self._steps(call, chain),
                "may_assess": may_assess_round(self.actor, call).ok,
                "may_summarise": may_summarise(self.actor, call).ok,
                "fills": self.actor.can(Can.FILL),
                "towns": self._towns(call) if self.actor.can(Can.FILL) else [],
            },
        )

    def _facts(self, call: Round) -> list[dict[str, Any]]:
        left = days_left(call.closes_on)
        note = f"还剩 {left} 天" if call.is_open else call.state_label
        criteria_set = call.criteria_set
        return [
            {"label": "设立机构", "value": call.office.name},
            {"label": "层级", "value": call.level_adjective},
            {"label": "年度", "value": f"{call.year}年"},
            {
                "label": "申报时间",
                "value": f"{cn_date(call.opens_on)}至{cn_date(call.closes_on)}",
                "note": "今天截止" if call.is_open and left == 0 else note,
            },
            {
                "label": "可以申报的专业镇",
                "value": f"{call.office.region.name}范围内、"
                f"尚未取得{call.level_adjective}认定的专业镇",
            },
            {"label": "数据年度", "value": f"{call.figures_year}年"},
            {
                "label": "认定标准",
                "value": criteria_set.title,
                "note": criteria_set.document_number,
                "url": self.url("criteria-set", criteria_set.key),
            },
            {"label": "说明", "value": call.note},
        ]

    def _own_terms(self, call: Round) -> list[dict[str, Any]]:
        first = "发布当天计入" if call.notice_first_day_counts else "发布次日起算"
        return [
            self._tops(call),
            {
                "label": "公示期",
                "value": f"{call.notice_days} 个工作日（{first}）"
                if call.notice_days
                else UNSTATED,
            },
        ]

    def _tops(self, call: Round) -> dict[str, Any]:
        """Where the highest marks come from: the set, the round where the set is silent."""
        spec = spec_of(call.criteria_set)
        if not needs_top(spec.criteria):
            return {"label": "每条评分满分", "value": "按认定标准载明的各条满分"}
        top = f"{call.score_max} 分" if call.score_max else UNSTATED
        note = "认定标准已载明满分的条目，以标准为准" if states_scoring(spec) else ""
        return {"label": "每条评分满分", "value": top, "note": note}

    def _steps(self, call: Round, chain: Chain) -> list[dict[str, Any]]:
        rows = []
        for step in chain.steps:
            days = call.step_days.get(step.key)
            rows.append(
                {
                    "name": step.name,
                    "state": "todo",
                    "word": f"时限 {days} 个工作日" if days else f"时限{UNSTATED}",
                    "who": f"{LEVELS[step.level].adjective}领导小组办公室",
                }
            )
        return rows

    def _towns(self, call: Round) -> list[dict[str, Any]]:
        """The filer's towns, each with what can be done in this round."""
        towns = list(
            Town.objects.visible_to(self.actor)
            .standing()
            .select_related("county__parent")[:MOST_TOWNS]
        )
        filed = {
            row.town_id: row
            for row in Application.objects.visible_to(self.actor)
            .filter(round=call, town__in=towns)
            .order_by("pk")
        }
        certified = set(
            Certification.objects.visible_to(self.actor)
            .filter(town__in=towns, level=call.level, state="valid")
            .values_list("town_id", flat=True)
        )
        rows = []
        for town in towns:
            row: dict[str, Any] = {
                "town": town,
                "url": "",
                "text": "",
                "reason": "",
                "button": "primary",
            }
            application = filed.get(town.pk)
            if application is not None and application.filing.live:
                row["url"] = self.url("application", application.pk)
                row["text"] = "继续填报" if application.filing.editable else "查看申报"
                row["button"] = "primary" if application.filing.editable else "secondary"
                row["word"], row["tone"] = application.filing.label, application.filing.tone
            elif town.pk in certified:
                row["reason"] = f"已是{call.level_adjective}专业镇，无需重复申报。"
                row["word"], row["tone"] = "已认定", "success"
            else:
                verdict = may_join_round(self.actor, town, call)
                row["reason"] = verdict.reason
                if verdict.ok:
                    row["url"] = self.url("application-start", town.pk, call.pk)
                    row["text"] = "开始申报"
                row["word"] = application.filing.label if application else "未申报"
                row["tone"] = application.filing.tone if application else "neutral"
            rows.append(row)
        return rows


class RoundAssessView(OfficeView):
    """Have the applications of a round assessed again."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it; its progress is the job's page."""
        call = get_object_or_404(
            Round.objects.visible_to(self.actor).select_related("office"), pk=pk
        )
        try:
            job = assess_round(actor=self.actor, call=call)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.url("round", call.pk))
        messages.success(request, f"“{call.title}”已开始重新评定，可在本页查看进度。")
        return redirect(self.url("job", job.pk))


class RoundNewView(OfficeView):
    """Open a round of the acting office."""

    def _criteria_sets(self) -> QuerySet[CriteriaSet]:
        """Published sets of the office's own level, of a region that contains it, that are in force
        or yet to be: those of today first. One withdrawn from a later day stands until then."""
        office, level, today = self.actor.office, self.actor.level, clock.today()
        if office is None or level is None:
            return CriteriaSet.objects.none()
        code = office.region.code
        rows = CriteriaSet.objects.visible_to(self.actor).filter(
            Q(effective_to__isnull=True) | Q(effective_to__gte=today),
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=today),
            ~replaced_on(today),
            state__in=("published", "withdrawn"),
            kind="certification",
            level=level.key,
            region__scope_from__lte=code,
            region__scope_to__gt=code,
        )
        coming = Case(When(effective_from__gt=today, then=1), default=0)
        return rows.order_by(coming, "region__code", "-version")

    def _form(self, data: Any = None) -> RoundForm:
        require(may_open_round(self.actor))
        level = self.actor.level
        chain = current_chain(level.key if level else "")
        return RoundForm(data, chain=chain, criteria_sets=self._criteria_sets())

    def _show(self, form: RoundForm, status: int = 200) -> HttpResponse:
        return self.page(
            "reviews/round_new.html",
            {
                "breadcrumbs": [("申报批次", self.url("rounds")), ("设立申报批次", None)],
                "form": form,
                "has_criteria": self._criteria_sets().exists(),
                "cancel_url": self.url("rounds"),
            },
            status=status,
        )

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._show(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open it."""
        form = self._form(request.POST)
        if form.is_valid():
            try:
                call = open_round(
                    actor=self.actor,
                    criteria_set=form.cleaned_data["criteria_set"],
                    chain=(form.chain.key, form.chain.version),
                    **form.round_fields(),
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"申报批次“{call.title}”已设立。")
                return redirect(self.url("round", call.pk))
        return self._show(form, 422)
