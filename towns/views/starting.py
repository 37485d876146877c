"""Beginning an application: empty, or from an earlier one of the same town."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import require
from portal.core.formatting import cn_date, local_date
from portal.core.web import OfficeView, add_errors
from towns.actions.filing import start_application
from towns.actions.prefilling import copy_application
from towns.deadlines import closing_rule, end_for, moment_words
from towns.models import Application, Round, Town
from towns.policies import may_start_application
from towns.prefilling import earlier_of

BLANK = "blank"
MOST_EARLIER = 10


class StartForm(forms.Form):
    """What an application begins with; only where there is an earlier one."""

    begin = forms.ChoiceField(
        label="从哪里开始",
        widget=forms.RadioSelect,
        initial=BLANK,
        error_messages={"required": "请选择从哪里开始。"},
    )
    evidence = forms.BooleanField(
        label="同时引用该次申报的佐证材料（材料名称后注明年度，可以逐份删去或更换）",
        required=False,
    )

    def __init__(self, *args: Any, earlier: list[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(BLANK, "空白申报")]
        choices += [(str(row.pk), _said(row)) for row in earlier]
        self.fields["begin"].choices = choices  # type: ignore[attr-defined]


def _said(row: Application) -> str:
    """复制2025年度省级申报（2025年3月1日提交，已认定）."""
    day = cn_date(local_date(row.submitted_at)) if row.submitted_at else ""
    year, level = row.round.figures_year, row.round.level_adjective
    return f"复制{year}年度{level}申报（{day}提交，{row.filing.label}）"


class ApplicationStartView(OfficeView):
    """Begin an application: a question of its own, then the task list."""

    def _fetch(self, town: int, call: int) -> tuple[Town, Round]:
        towns = Town.objects.visible_to(self.actor).select_related("county")
        calls = Round.objects.visible_to(self.actor).select_related(
            "office__region", "criteria_set"
        )
        return get_object_or_404(towns, pk=town), get_object_or_404(calls, pk=call)

    def _form(self, town: Town, data: Any = None) -> StartForm | None:
        """The choice, where there is something to copy."""
        seen = Application.objects.visible_to(self.actor).values("pk")
        earlier = list(earlier_of(town).filter(pk__in=seen)[:MOST_EARLIER])
        wanted = self.request.GET.get("from", "")
        begin = wanted if any(str(row.pk) == wanted for row in earlier) else BLANK
        initial = {"begin": begin, "evidence": begin != BLANK}
        return StartForm(data, earlier=earlier, initial=initial) if earlier else None

    def _show(
        self,
        town: Town,
        call: Round,
        form: StartForm | None,
        problems: list[str] | None = None,
    ) -> HttpResponse:
        return self.page(
            "towns/start.html",
            {
                "breadcrumbs": [
                    ("申报批次", self.url("rounds")),
                    (call.title, self.url("round", call.pk)),
                    ("开始申报", None),
                ],
                "title": f"{town.name}参加{call.title}",
                "errors": [{"text": text, "href": ""} for text in problems or []],
                "form": form,
                "items": [
                    {"label": "专业镇", "value": town.name},
                    {"label": "类别", "value": town.get_category_display()},
                    {"label": "受理机构", "value": call.office.name},
                    {"label": "认定标准", "value": call.criteria_set.document_number},
                    {"label": "数据年度", "value": f"{call.figures_year}年"},
                    {
                        "label": "截止时间",
                        "value": moment_words(end_for(call, town)),
                        "note": closing_rule(call),
                    },
                ],
                "cancel_url": self.url("round", call.pk),
            },
            status=422 if problems or (form is not None and form.errors) else 200,
        )

    def get(self, request: HttpRequest, town: int, call: int) -> HttpResponse:
        """The question."""
        found, calling = self._fetch(town, call)
        require(may_start_application(self.actor, found, calling))
        return self._show(found, calling, self._form(found))

    def post(self, request: HttpRequest, town: int, call: int) -> HttpResponse:
        """Start it, or go on with the one that was started."""
        found, calling = self._fetch(town, call)
        chosen = request.POST.get("begin", BLANK)
        form = self._form(found, request.POST) if chosen != BLANK else None
        if form is not None and not form.is_valid():
            require(may_start_application(self.actor, found, calling))
            return self._show(found, calling, form)
        try:
            application = (
                start_application(actor=self.actor, town=found, call=calling)
                if form is None
                else self._copy(found, calling, form)
            )
        except ValidationError as error:
            if form is not None:
                add_errors(form, error)
            return self._show(found, calling, form, [] if form else error.messages)
        return redirect(self.url("application", application.pk))

    def _copy(self, town: Town, call: Round, form: StartForm) -> Application:
        """Begin from an earlier one, and say what was taken."""
        source = get_object_or_404(
            Application.objects.visible_to(self.actor), town=town, pk=form.cleaned_data["begin"]
        )
        evidence = form.cleaned_data["evidence"]
        made = copy_application(
            actor=self.actor, town=town, call=call, source=source, evidence=evidence
        )
        if made.begun:
            messages.success(
                self.request,
                f"已复制文字 {made.fields} 项，材料 {made.files} 份，都标明了来源年度，请逐项核对。"
                "年度数据、放宽申请、承诺没有复制。",
            )
        else:
            messages.info(self.request, "本批次的申报已经在填写，接着填写即可，没有再次复制。")
        return made.application
