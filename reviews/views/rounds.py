"""The page of a round (批次): what it says, who may file, what follows, what its office keeps."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch

from criteria.queries import spec_of
from criteria.scoring import needs_top, states_scoring
from portal.core.constants import LEVELS, UNSTATED, Can
from portal.core.web import OfficeView
from reviews.chain import CHAINS, Chain
from reviews.papers.summaries import may_summarise
from reviews.tables import rounds as tables
from towns.actions import assess_round
from towns.deadlines import closing_rule, ends_of, left_words, moment_words
from towns.models import Application, Certification, Round, Town
from towns.policies import may_assess_round, may_join_round
from towns.round_policies import may_change_round, may_extend, may_set_quotas
from towns.round_queries import (
    entered_applications,
    extensions_of,
    slots_by_criterion,
    table_of_places,
    trial_applications,
)
from towns.tables import registers

MOST_TOWNS = 50


def facts_of_round(view: OfficeView, call: Round) -> list[dict[str, Any]]:
    """What the round says, for its page and beside the form that changes it."""
    left = left_words(call.closing) if call.is_open else call.state_label
    names = dict(spec_of(call.criteria_set).categories)
    categories = [names.get(key, key) for key in call.categories or names]
    return [
        {"label": "设立机构", "value": call.office.name},
        {"label": "层级", "value": call.level_adjective},
        {"label": "年度", "value": f"{call.year}年"},
        {"label": "开始时间", "value": moment_words(call.opening)},
        {"label": "截止时间", "value": moment_words(call.closing), "note": left},
        {
            "label": "可以申报的专业镇",
            "value": f"{call.office.region.name}范围内、尚未取得{call.level_adjective}认定的专业镇",
        },
        {"label": "受理的类别", "value": "、".join(categories)},
        {"label": "数据年度", "value": f"{call.figures_year}年"},
        {
            "label": "认定标准",
            "value": call.criteria_set.title,
            "note": call.criteria_set.document_number,
            "url": view.url("criteria-set", call.criteria_set.key),
        },
        {"label": "咨询", "value": " ".join(filter(None, (call.contact, call.contact_phone)))},
        {"label": "说明", "value": call.note},
    ]


class RoundView(OfficeView):
    """One call: who may file, by which criteria, until when, and what follows."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        call = get_object_or_404(
            Round.objects.visible_to(self.actor).select_related("office__region", "criteria_set"),
            pk=pk,
        )
        chain = CHAINS[call.chain_key, call.chain_version]
        fills = self.actor.can(Can.FILL) or self.actor.can(Can.SUBMIT)
        towns = self._own_towns() if fills else []
        extensions = extensions_of(self.actor, call, [town.pk for town in towns])
        places = table_of_places(self.actor, call) if call.level != "county" else []
        keeps = may_change_round(self.actor, call).ok
        return self.page(
            "reviews/round.html",
            {
                "breadcrumbs": [("申报批次", self.url("rounds")), (call.title, None)],
                "call": call,
                "tag": registers.round_tag(call),
                "facts": facts_of_round(self, call),
                "closing_rule": closing_rule(call),
                "own_terms": self._own_terms(call),
                "commitments": call.commitment_texts,
                "silent": call.criteria_set.silent,
                "steps": self._steps(call, chain),
                "may_assess": may_assess_round(self.actor, call).ok and not call.trial,
                "may_summarise": may_summarise(self.actor, call).ok and not call.trial,
                "keeps": keeps,
                "cockpit_url": self._cockpit(call),
                "fills": self.actor.can(Can.FILL),
                "towns": self._towns(call, towns) if self.actor.can(Can.FILL) else [],
                "asked": [row for row in slots_by_criterion(call) if row.slots],
                "places": tables.place_facts(places),
                "shows_places": self.actor.scope is not None and call.level != "county",
                "may_set_quotas": may_set_quotas(self.actor, call).ok,
                "on_behalf": self._enters(call),
                "extension_columns": tables.EXTENSION_COLUMNS,
                "extensions": tables.extension_rows(extensions),
                "may_extend": may_extend(self.actor, call).ok,
                "trials": tables.entered_rows(trial_applications(self.actor, call), self.actor)
                if call.trial
                else [],
                "entered": self._entered(call),
                "entered_columns": tables.ENTERED_COLUMNS,
            },
        )

    def _cockpit(self, call: Round) -> str:
        """The page that counts who has begun and who has submitted, for offices."""
        if self.actor.scope is None or call.trial:
            return ""
        try:
            return self.url("round-cockpit", call.pk)
        except NoReverseMatch:
            return ""

    def _enters(self, call: Round) -> bool:
        """Whether the acting office enters applications for units without network here."""
        level = self.actor.level
        handles = self.actor.can(Can.HANDLE) and self.actor.scope is not None
        return handles and call.is_open and level is not None and level.key == "county"

    def _entered(self, call: Round) -> list[dict[str, Any]]:
        """What the acting office has entered here on behalf of units, whoever of it entered it."""
        if self.actor.scope is None or call.trial:
            return []
        return tables.entered_rows(entered_applications(self.actor, call), self.actor)

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

    def _own_towns(self) -> list[Town]:
        rows = Town.objects.visible_to(self.actor).standing()
        return list(rows.select_related("county__parent")[:MOST_TOWNS])

    def _towns(self, call: Round, towns: list[Town]) -> list[dict[str, Any]]:
        """The filer's towns, each with what can be done in this round."""
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
        ends = ends_of(call, towns)
        rows = []
        for town in towns:
            row: dict[str, Any] = {
                "town": town,
                "url": "",
                "text": "",
                "reason": "",
                "button": "primary",
                "until": moment_words(ends[town.pk]) if town.pk in ends else "",
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
                verdict = may_join_round(self.actor, town, call, ends)
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
