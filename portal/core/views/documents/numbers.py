"""Numbers of documents (发文字号): the list, its gaps, voiding one, and the rules of numbering."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core import clock
from portal.core.actions.documents import set_number_rule, void_number
from portal.core.actions.documents.numbering import words_of
from portal.core.actor import acting_office
from portal.core.document_forms.numbers import NumberRuleForm, VoidForm
from portal.core.document_lists import NUMBERS
from portal.core.document_register_queries import gaps_of, rules_of
from portal.core.documents.kinds import genres
from portal.core.documents.numbers import Number
from portal.core.errors import require
from portal.core.listing.listing import Listing
from portal.core.listing.views import ListView
from portal.core.numbers import coming_document_number
from portal.core.policies.documents import may_number
from portal.core.web import OfficeView, add_errors


class DocumentNumbersView(ListView):
    """Every number of the office with its document or its reason, and the gaps."""

    spec = NUMBERS
    template = "core/documents/numbers.html"

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """The gaps, and whether numbers may be voided."""
        return {
            "gaps": gaps_of(self.actor) if self.actor.scope is not None else [],
            "numbering": may_number(self.actor),
        }


class NumberVoidView(OfficeView):
    """Void the next number of a series, or a certain one, with the reason."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The question; a gap of the list comes with its number filled in."""
        require(may_number(self.actor))
        given = {name: request.GET.get(name, "") for name in ("word", "serial", "year")}
        initial = {"year": clock.today().year, **{k: v for k, v in given.items() if v}}
        return self.show(VoidForm(coming=self.coming(), initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Void it."""
        require(may_number(self.actor))
        form = VoidForm(request.POST, coming=self.coming())
        if not form.is_valid():
            return self.show(form, 422)
        try:
            given = {name: form.cleaned_data[name] for name in ("word", "serial", "year", "reason")}
            row = void_number(actor=self.actor, expected=form.expected, **given)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, 422)
        messages.success(request, f"{row.text}已作废，原因已记入登记簿。")
        return redirect(self.url("document-numbers"))

    def coming(self) -> list[Number]:
        """The next number of each 机关代字 of the office."""
        office = acting_office(self.actor)
        return [Number(word, *coming_document_number(office, word)) for word in words_of(office)]

    def show(self, form: VoidForm, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page(
            "core/documents/void.html",
            {"breadcrumbs": _crumbs(self, "作废字号"), "form": form, "words": form.coming},
            status=status,
        )


class NumberRulesView(OfficeView):
    """机关代字 of each genre, and where its numbers come from."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The rules as they are; ``genre`` in the address fills the form with one of them."""
        require(may_number(self.actor))
        genre = request.GET.get("genre", "")
        rule = rules_of(self.actor).get(genre)
        word = rule.word if rule else acting_office(self.actor).document_word
        initial = {"genre": genre, "word": word, "source": rule.source if rule else "portal"}
        return self.show(NumberRuleForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set one."""
        require(may_number(self.actor))
        form = NumberRuleForm(request.POST)
        if not form.is_valid():
            return self.show(form, 422)
        try:
            rule = set_number_rule(actor=self.actor, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, 422)
        messages.success(request, f"{rule.genre}的机关代字为“{rule.word}”，此后的拟稿照此编号。")
        return redirect(self.url("number-rules"))

    def show(self, form: NumberRuleForm, status: int = 200) -> HttpResponse:
        """The page."""
        rules, own = rules_of(self.actor), acting_office(self.actor).document_word
        rows = []
        for genre in genres():
            rule = rules.get(genre)
            address = f"{self.url('number-rules')}&genre={genre}"
            rows.append(
                {
                    "cells": [
                        genre,
                        (rule.word if rule else own) or "未设定",
                        rule.get_source_display() if rule else "由平台编号",
                        "本办公室设定" if rule else "机构的机关代字" if own else "须先设定",
                    ],
                    "actions": [
                        {"text": "修改", "url": address, "label": f"修改{genre}的编号规则"}
                    ],
                }
            )
        columns = [{"label": label} for label in ("文种", "机关代字", "编号方式", "依据")]
        return self.page(
            "core/documents/rules.html",
            {
                "breadcrumbs": _crumbs(self, "编号规则"),
                "form": form,
                "columns": columns,
                "rows": rows,
            },
            status=status,
        )


def _crumbs(view: OfficeView, last: str) -> list[tuple[str, str | None]]:
    return [("发文字号", view.url("document-numbers")), (last, None)]
