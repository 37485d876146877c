"""The library of phrases for opinions, on one page: keep, change, share, delete."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from reviews.actions import remove_phrase, save_phrase
from reviews.chain import Step
from reviews.forms.working import PhraseForm
from reviews.models import Phrase
from reviews.policies import may_change_phrase, may_keep_phrases
from reviews.tables import case_page as shown


def key_of(text: str) -> int:
    """A key that a form sent; 0, which is nobody's, for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


class PhrasesView(OfficeView):
    """One's own sentences and those that the office shares."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, with the form for a new one or for the one that is changed."""
        require(may_keep_phrases(self.actor))
        phrase = self.own(request.GET.get("edit", ""))
        form = PhraseForm(initial=_standing(phrase) if phrase else None)
        return self.show(form, phrase)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep, change or delete one."""
        require(may_keep_phrases(self.actor))
        phrase = self.own(request.POST.get("phrase", ""))
        self.stale_url = self.url("phrases")
        if phrase is not None and request.POST.get("do") == "remove":
            remove_phrase(actor=self.actor, phrase_id=phrase.pk)
            messages.success(request, "已删除这条常用意见；用过它的办理意见不变。")
            return redirect(self.stale_url)
        form = PhraseForm(request.POST)
        if not form.is_valid():
            return self.show(form, phrase)
        try:
            save_phrase(
                actor=self.actor, phrase_id=phrase.pk if phrase else None, **form.cleaned_data
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, phrase)
        messages.success(request, "常用意见已保存。")
        return redirect(self.stale_url)

    def own(self, text: str) -> Phrase | None:
        """The sentence that is changed; refused when another post keeps it."""
        found = Phrase.objects.visible_to(self.actor).select_related("post__office")
        phrase = found.filter(pk=key_of(text)).first()
        if phrase is not None:
            require(may_change_phrase(self.actor, phrase))
        return phrase

    def show(self, form: PhraseForm, phrase: Phrase | None) -> HttpResponse:
        """The page."""
        rows = list(Phrase.objects.visible_to(self.actor).select_related("post"))
        return self.page(
            "reviews/phrases.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("常用意见", None)],
                "form": form,
                "phrase": phrase,
                "columns": shown.PHRASE_COLUMNS,
                "rows": shown.phrase_rows(rows, self.actor, self.url("phrases")),
                "address": self.url("phrases"),
            },
            status=422 if form.errors else 200,
        )


class PhraseHelp(OfficeView):
    """A page with fields for words, each with the library of phrases under it."""

    def helped(self, data: QueryDict, fields: Collection[str], step: str) -> dict[str, Any]:
        """What was typed, with the phrase put in that was asked for, or a text kept as one.

        ``step``: where a kept one is offered first. Nothing of the page's own is done.
        """
        wanted, _, into = data.get("phrase", "").partition(":")
        typed = data.dict()
        words = data.get(into, "").strip()
        if into not in fields:
            return typed
        if wanted == "keep":
            self.keep(words, step)
        else:
            found = Phrase.objects.visible_to(self.actor).filter(pk=key_of(wanted)).first()
            typed[into] = "\n".join(part for part in (words, found.text if found else "") if part)
        return typed

    def keep(self, words: str, step: str) -> None:
        """A text as a phrase of the acting post."""
        try:
            save_phrase(actor=self.actor, text=words, step=step)
        except ValidationError as error:
            messages.warning(self.request, "".join(error.messages))
        else:
            messages.info(self.request, "已存为本岗位的常用意见，本页的内容尚未提交。")

    def phrases(self, step: Step) -> dict[str, Any]:
        """The library, those for the step first."""
        rows = Phrase.objects.visible_to(self.actor)
        return {
            "phrases": shown.offered(rows, step.key, step.outcomes),
            "phrases_url": self.url("phrases"),
        }


def _standing(phrase: Phrase) -> dict[str, Any]:
    names = ("text", "step", "outcome", "shared")
    return {name: getattr(phrase, name) for name in names}
