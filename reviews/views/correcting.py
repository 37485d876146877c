"""Returning a case for correction (退回补正): a page of its own that names the fields."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.constants import Status
from criteria.queries import indicators, spec_of
from portal.core import clock
from portal.core.calendar import missing_ahead, next_working_days
from portal.core.errors import require
from portal.core.typed import Words
from portal.core.web import add_errors
from reviews import queries
from reviews.actions import decide_step
from reviews.actions.moving import open_run
from reviews.chain import OUTCOMES, OWN_PAGE, RETURN, Mode
from reviews.forms.correcting import ReturnForm
from reviews.models import Case, StepRun
from reviews.policies import may_decide
from reviews.queue_list import QUEUE, case_url
from reviews.tables.material import explanation_of
from reviews.views.cases import CasePage
from reviews.views.queue import Onward, place_of
from towns.actions.correcting import LONGEST_TERM
from towns.correcting import declared_fields
from towns.declared import Field, criterion_section, section_titles
from towns.tables.corrections import declared_sections


class ReturnPage(CasePage):
    """What the page of a return and the decision that leads to it share.

    What is refused or came too late comes back on the case page, with what was typed; whoever
    reads less of a case than its page gets the reason and their own words alone.
    """

    word_fields: ClassVar[Words] = {
        "opinion": "意见",
        "wanted:": "补正要求",
    }

    def refused(self, request: HttpRequest, reason: str) -> HttpResponse:
        """The case as it now stands, with the rule that refused."""
        lost = {"title": "没有办理，也没有作任何改动", "message": reason, "status": 403}
        told = self.told(lost) if self.sent_words() else None
        return told or super().refused(request, reason)

    def overtaken(self, request: HttpRequest, reason: str) -> HttpResponse:
        """The case as it now stands, with who decided it."""
        return self.told({"title": "没有办理", "message": reason}) or super().overtaken(
            request, reason
        )

    def told(self, lost: dict[str, Any]) -> HttpResponse | None:
        """The case page that says what was not done; None for whom it is not, or no longer."""
        if self.request.method != "POST" or self.actor.scope is None:
            return None
        try:
            case = self.fetch(self.kwargs["pk"])
        except Http404:
            return None
        return self.case_page(case, lost={**lost, "typed": self.sent_words()})

    def run_of(self, case: Case, data: Any) -> StepRun:
        """The run the form was opened for, if it is still the open one; Stale otherwise."""
        text = data.get("run", "")
        key = int(text) if text.isdecimal() and len(text) < 19 else None
        return open_run(case, key, reader=self.actor)

    def return_form(
        self, case: Case, run: StepRun, data: Any = None, opinion: str = ""
    ) -> ReturnForm:
        """The form for the open run."""
        return ReturnForm(
            data,
            fields=declared_fields(case.application),
            ends=next_working_days(clock.today(), LONGEST_TERM),
            initial={"run": run.pk, "opinion": opinion},
        )

    def return_page(self, case: Case, form: ReturnForm, find: str = "") -> HttpResponse:
        """The page, with what was ticked and typed."""
        application = case.application
        measured = {row.key: row for row in indicators("town")}
        titles = section_titles(spec_of(application.criteria_set))
        by_path = {field.path: field for field in form.known}
        sections = declared_sections(form.known, titles, application.snapshot, measured)
        short = _short(case, self.url("case", case.pk))
        marks = {row["section"]: row for row in short}
        for section in sections:
            _mark(section, form, by_path, find)
            section["short"] = marks.get(section["key"])
        return self.page(
            "reviews/return.html",
            {
                "breadcrumbs": self.crumbs(case, (OUTCOMES[RETURN].label, None)),
                "case": case,
                "step": case.current,
                "form": form,
                "sections": sections,
                "find": find,
                "found": sum(not row["hidden"] for part in sections for row in part["rows"]),
                "total": len(form.known),
                "earlier": application.corrections.count(),
                "action_url": self.url("case-return", case.pk),
                "cancel_url": case_url(self.actor, case.pk, place_of(self.request)),
                QUEUE: place_of(self.request),
                "missing": missing_ahead(clock.today(), LONGEST_TERM),
                "short": [row for row in short if row["unmet"]],
                "case_url": self.url("case", case.pk),
                **self.phrases(case.current),
            },
            status=422 if form.is_bound and form.errors else 200,
        )


def _short(case: Case, case_url: str) -> list[dict[str, Any]]:
    """The criteria that the stored assessment does not call met, each with the way to it."""
    told = explanation_of(case, queries.stored_verdicts(case))
    return [
        {
            "section": criterion_section(row.verdict.key),
            "title": f"{row.verdict.clause} {row.verdict.title}".strip(),
            "word": row.word,
            "tone": row.tone,
            "reason": row.short,
            "url": f"{case_url}#criterion-{row.verdict.key}",
            "unmet": row.verdict.status != Status.NEEDS_JUDGEMENT,
        }
        for row in told.criteria
        if row.verdict.status not in (Status.MET, Status.RELAXED)
    ]


def _mark(section: dict[str, Any], form: ReturnForm, fields: dict[str, Field], find: str) -> None:
    """What of a section is ticked, typed and shown; ``find`` hides what does not contain it."""
    whole = section["key"] in form.sections
    for row in section["rows"]:
        row["chosen"] = form.is_chosen(fields[row["path"]])
        row["wanted"] = form.wanted.get(row["path"], "")
        said = f"{section['title']}{row['label']}{row['value']}"
        row["hidden"] = bool(find) and find not in said and not (row["chosen"] or row["wanted"])
    shown = [row for row in section["rows"] if not row["hidden"]]
    section |= {
        "whole": whole,
        "wanted": form.wanted.get(section["key"], ""),
        "chosen": sum(row["chosen"] for row in section["rows"]),
        "hidden": not shown,
        "open": bool(find and shown) or any(row["chosen"] or row["wanted"] for row in shown),
    }


class ReturnView(ReturnPage):
    """Name the fields, say what is wanted and until when, and return the case."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The empty form."""
        case = self.fetch(pk)
        run = self.run_of(case, request.GET)
        self.viewed(case)
        return self.opened(case, run, self.return_form(case, run))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Search the fields, or return the case."""
        case, data = self.fetch(pk), request.POST
        run = self.run_of(case, data)
        if "phrase" in data:
            require(may_decide(self.actor, case, run))
            typed = self.helped(data, ("opinion",), run.step)
            return self.opened(case, run, self.searched(case, run, data, typed["opinion"]))
        if data.get("do") == "find":
            return self.opened(case, run, self.searched(case, run, data, data.get("opinion", "")))
        return self.act(case, self.return_form(case, run, data))

    def searched(self, case: Case, run: StepRun, data: Any, opinion: str) -> ReturnForm:
        """The form as it was filled, unchecked."""
        form = self.return_form(case, run, data)
        form.is_bound = False
        form.initial.update(opinion=opinion, days=data.get("days", ""))
        return form

    def opened(self, case: Case, run: StepRun, form: ReturnForm) -> HttpResponse:
        """The page, where this step can return the case."""
        require(may_decide(self.actor, case, run))
        step = case.current
        if step.mode not in (*OWN_PAGE, Mode.SHORTLIST) or RETURN not in step.outcomes:
            return redirect(self.url("case", case.pk))
        return self.return_page(case, form, self.request.POST.get("find", "").strip())

    def act(self, case: Case, form: ReturnForm) -> HttpResponse:
        """Return the case, or show what has to be corrected first."""
        if not form.is_valid():
            require(may_decide(self.actor, case, open_run(case, reader=self.actor)))
            return self.return_page(case, form)
        asked, onward = form.corrections(), Onward(self, case)
        try:
            decide_step(
                actor=self.actor,
                case_id=case.pk,
                run_id=form.cleaned_data["run"],
                outcome=RETURN,
                opinion=form.cleaned_data["opinion"],
                corrections=asked,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.return_page(case, form)
        messages.success(
            self.request, f"{case.town_name}：已退回补正，要求补正 {len(asked.items)} 项。"
        )
        return redirect(onward.url())
