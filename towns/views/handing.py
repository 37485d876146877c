"""Checking the whole application, handing it to the submitter, giving it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.queries import spec_of
from criteria.tables import explained
from portal.core.constants import Can
from portal.core.opened import seal
from portal.core.views.uploads import pending_uploads
from towns.actions import hand_over, send_back_to_filer
from towns.actions.handing import described, request_part
from towns.check_queries import Checked, checked, earlier_requests
from towns.constants import Filing
from towns.declared import criterion_section, section_titles
from towns.forms import SendBackForm
from towns.forms.handing import RequestForm
from towns.missing import blank_parts, open_commitments
from towns.models import Application
from towns.owners import scan_of
from towns.policies import (
    may_correct,
    may_edit_application,
    may_give_up_on_behalf,
    may_send_back_to_filer,
    may_still_submit,
)
from towns.tables import checking, filing
from towns.tables.draft_words import as_draft
from towns.views.filing import ApplicationPage

FROM_CHECK = "&from=check"


class Sent(NamedTuple):
    """What was sent from the page and did not go through: shown again as it was typed."""

    errors: list[dict[str, str]] = []
    request: RequestForm | None = None
    ticked: list[str] = []
    send_back: SendBackForm | None = None
    confirmed: list[str] = []


class CheckPage(ApplicationPage):
    """Everything that is declared, on one page that prints."""

    def show(
        self, application: Application, sent: Sent | None = None, status: int = 200
    ) -> HttpResponse:
        """The page, with what stands in the way on top."""
        sent = sent or Sent()
        found = checked(application, self.actor)
        data, frozen = found.declaration.data, found.declaration.frozen
        editable = may_edit_application(self.actor, application).ok
        waiting = may_send_back_to_filer(self.actor, application).ok
        submits = not frozen and application.state == "ready" and self.submits(application)
        links = self._links(application, found, editable)
        takes_back = waiting and self.takes_back(application)
        return self.page(
            "towns/check.html",
            {
                "breadcrumbs": self.crumbs(application, "核对全部内容"),
                "application": application,
                "data": data,
                "frozen": frozen,
                "errors": sent.errors,
                "editable": editable,
                "may_give_up": may_give_up_on_behalf(self.actor, application).ok,
                "links": links,
                **self._standing(application, found, editable),
                **self._sections(application, found, links),
                **self._papers(application, found, sent, editable),
                "may_hand_over": may_still_submit(application) if editable else None,
                "to_confirm": blank_parts(application, data) if editable else [],
                "confirmed": sent.confirmed,
                "submits": submits,
                "self_filled": submits and application.filled_by_id == self.request.user.pk,
                "send_back": sent.send_back
                or (SendBackForm() if submits and waiting and not takes_back else None),
                "may_take_back": takes_back,
                "term": self.term(application) if application.filing.live else None,
            },
            status=status,
        )

    def request_form(self, application: Application, *sent: Any, **more: Any) -> RequestForm:
        """The form of the stamped request."""
        present = application.request_file_id is not None
        return RequestForm(*sent, uploads=self.url("uploads"), present=present, **more)

    def submits(self, application: Application) -> bool:
        """Whether the acting post is one that submits it; the action decides about the person."""
        if application.entered_by_id is None:
            return self.actor.can(Can.SUBMIT)
        return application.is_written_by(self.actor) and self.actor.can(Can.HANDLE)

    def takes_back(self, application: Application) -> bool:
        """Whether the acting person gives it back to itself: no reason is asked."""
        if application.entered_by_id is None:
            return self.actor.can(Can.FILL)
        return application.filled_by_id == self.request.user.pk

    def change_url(self, application: Application, key: str) -> str:
        """The page of a section that leads back here; the last two stand on this page."""
        if key in ("request", "commitments"):
            return f"#{key}"
        return self.section_url(application, key) + FROM_CHECK

    def _links(
        self, application: Application, found: Checked, editable: bool
    ) -> dict[str, dict[str, str]]:
        """Section -> where it is changed, or why it is not."""
        rows = {}
        for key in section_titles(spec_of(application.criteria_set)):
            open_ = found.unlocked is None or key in found.unlocked
            rows[key] = {
                "url": self.change_url(application, key) if editable and open_ else "",
                "locked": "不在本次补正范围内" if editable and not open_ else "",
            }
        return rows

    def _standing(self, application: Application, found: Checked, editable: bool) -> dict[str, Any]:
        """What is missing, waits, is empty (for who submits, too), has changed."""
        titles = section_titles(spec_of(application.criteria_set))

        def address(key: str) -> str:
            return self.change_url(application, key) if editable else ""

        data = found.declaration.data
        asked = {gap.path for gap in found.gaps}
        blanks: list[dict[str, Any]] = []
        submits = application.state == Filing.READY and self.submits(application)
        if (editable or submits) and found.unlocked is None:
            blanks = checking.blanks(
                data,
                found.indicators,
                [year for year in found.years if f"figures.{year}" not in asked],
                address,
                {row.key: row.title for row in spec_of(application.criteria_set).criteria},
            )
        return {
            "missing": checking.missing_groups(found.gaps, titles, address),
            "missing_count": len(found.gaps),
            "unsaved": checking.waiting_groups(found.waiting, address),
            "blanks": blanks,
            "unfilled": checking.unfilled(blanks),
            "compared": found.compared,
            "unanswered": checking.unanswered_items(found.unanswered, address),
        }

    def _sections(
        self, application: Application, found: Checked, links: Mapping[str, Any]
    ) -> dict[str, Any]:
        data, verdicts = found.declaration.data, found.declaration.verdicts
        told = explained.explained(
            application.criteria_set,
            verdicts,
            application.category,
            filing.declared_values(data),
        )
        draft = application.filing.editable
        told = as_draft(told) if draft else told
        criteria = filing.declared_criteria(
            data, told, spec_of(application.criteria_set), application, self.actor, found.files
        )
        enterprises = filing.enterprise_rows(data)
        return {
            "town_facts": checking.town_facts(data, application),
            "years": found.years,
            "figures": checking.figure_lines(data, found.indicators, found.years),
            "enterprise_columns": filing.ENTERPRISE_COLUMNS,
            "enterprises": enterprises,
            "enterprises_many": len(enterprises) > checking.MANY,
            "enterprise_words": checking.role_words(data),
            "honour_columns": checking.HONOUR_COLUMNS,
            "honours": checking.honour_rows(data),
            "standard_columns": checking.STANDARD_COLUMNS,
            "standards": checking.standard_rows(data),
            "functions": filing.function_items(data),
            "criteria": [{**row, "link": links[criterion_section(row["key"])]} for row in criteria],
            "picture": filing.picture(verdicts, draft=draft),
            "summary": explained.summary(told),
        }

    def _papers(
        self, application: Application, found: Checked, sent: Sent, editable: bool
    ) -> dict[str, Any]:
        """The index of evidence, the stamped request, the commitments."""
        data, call = found.declaration.data, application.round
        declared = data.get("request")
        left = open_commitments(application) if editable else []
        form = sent.request
        if form is None and editable and may_correct(application, "request").ok:
            form = self.request_form(application, initial={"number": application.request_number})
        return {
            "index": checking.index_groups(
                found.evidence, found.files, lambda key: self.change_url(application, key)
            ),
            "index_summary": checking.index_summary(found.evidence),
            "request_declared": declared,
            "request_file": scan_of(application, declared),
            "request_earlier": self._earlier_scans(application, declared),
            "request_form": form,
            "request_opened": self._opened(application, form) if form is not None else "",
            "pending": pending_uploads(self.actor, self.request) if sent.request else [],
            "commitments": [] if left else data.get("commitments") or [],
            "signed": checking.signed_words(data.get("commitments") or []),
            "to_sign": checking.commitment_rows(call.commitment_texts, sent.ticked) if left else [],
            "again": bool(left) and application.revision > 0,
        }

    def _earlier_scans(
        self, application: Application, declared: Mapping[str, Any] | None
    ) -> list[dict[str, Any]]:
        """The scans of submissions that had another one, newest first."""
        shown = {declared["sha256"]} if declared else set()
        found = []
        for row in earlier_requests(application):
            if row.request["sha256"] in shown:
                continue
            shown.add(row.request["sha256"])
            # The town no longer reads what it has replaced.
            file = None if self.actor.scope is None else scan_of(application, row.request)
            found.append({**row._asdict(), "file": file})
        return found

    def _opened(self, application: Application, form: RequestForm) -> str:
        """What the form of the request is opened with; once told of another's, it is seen."""
        told = form.is_bound and form.has_error("number", "overtaken")
        sent = "" if told else self.request.POST.get("opened", "")
        return sent or seal(request_part(application), described(application))


class CheckView(CheckPage):
    """Read it all before it goes on."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        application = self.fetch(pk)
        self.viewed(application)
        return self.show(application)


class HandOverView(CheckPage):
    """送提交人: the filer has finished."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is handed over by a link."""
        return redirect(self.url("application-check", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand it over, or say what is missing."""
        application = self.fetch(pk)
        confirmed = request.POST.getlist("confirmed")
        try:
            hand_over(actor=self.actor, application=application, confirmed=confirmed)
        except ValidationError as error:
            problems = [
                {
                    "text": row.messages[0],
                    "href": f"#id_confirm_{row.params['section']}" if row.params else "#missing",
                }
                for row in error.error_list
            ]
            return self.show(application, Sent(errors=problems, confirmed=confirmed), 422)
        messages.success(request, "已送提交人。由另一名提交人核对后提交；提交前可以撤回修改。")
        return redirect(self.url("application", pk))


class SendBackView(CheckPage):
    """退回填报人 with a reason; the filer takes it back without one."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is given back by a link."""
        return redirect(self.url("application-check", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open it for editing again."""
        application = self.fetch(pk)
        if self.takes_back(application):
            send_back_to_filer(actor=self.actor, application=application)
            messages.success(request, "已撤回，可以继续修改。改好后请再次送提交人。")
            return redirect(self.url("application", pk))
        form = SendBackForm(request.POST)
        if not form.is_valid():
            return self.show(application, Sent(send_back=form), 422)
        send_back_to_filer(
            actor=self.actor, application=application, reason=form.cleaned_data["reason"]
        )
        messages.success(request, "已退回填报人，退回原因会显示在申报页。")
        return redirect(self.url("applications"))
