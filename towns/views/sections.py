"""Sections (部分) of an application that are typed: their pages, with saving, merging, marks.

``SectionPage`` is the base of every such page: a page of another reader (a contact) overrides
``fetch`` and the addresses; whether a field can change is always ``may_edit_section``.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal
from portal.core.web import add_errors
from towns.actions.drafting import save_section
from towns.correcting import held_correction
from towns.models import Application
from towns.policies import may_edit_section
from towns.presence import present_in
from towns.sections import Section, Texts, Working, find_section, plain, texts, working
from towns.tables.section_fields import NOTHING, Asked, SectionField, asked_of, section_fields
from towns.views.filing import ApplicationPage


class SectionPage(ApplicationPage, ABC):
    """The page of one typed section: its form, saved as a whole or as it is typed."""

    template = "towns/section.html"
    key = ""
    asked: Asked = NOTHING

    # --- what a page of another reader replaces ---------------------------------------------------

    def section_key(self) -> str:
        """Which section the address names."""
        return self.key

    def list_url(self, application: Application) -> str:
        """Where 返回清单 leads, and saving the last section."""
        return self.url("application", application.pk)

    def address(self, application: Application, name: str) -> str:
        """The address of a section's helper: application-autosave, application-presence."""
        return self.url(name, application.pk, self.section_key())

    def neighbours(self, application: Application) -> tuple[str, str]:
        """The sections before and after this one on the task list; "" where there is none."""
        return "", ""

    def unreadable(self, application: Application) -> HttpResponse:
        """What those see who may not change the section."""
        return redirect(self.url("application-check", application.pk))

    # --- what a section defines -------------------------------------------------------------------

    @abstractmethod
    def make_form(
        self, application: Application, initial: Texts, data: QueryDict | None = None
    ) -> forms.Form:
        """The section's form; names of its fields are those of the section."""

    def more(self, application: Application) -> dict[str, Any]:
        """What the page shows besides its fields."""
        return {}

    def title(self, section: Section) -> str:
        """The heading."""
        return section.title

    def save(
        self, application: Application, form: forms.Form, opened: Texts | None, mine: Texts
    ) -> HttpResponse:
        """Save what was typed; where to go then."""
        save_section(
            actor=self.actor,
            application=application,
            key=self.section_key(),
            opened=opened,
            typed=mine,
        )
        messages.success(self.request, f"“{self.title(self.section(application))}”已保存。")
        return redirect(self.after(application))

    def after(self, application: Application) -> str:
        """Where saving leads: the next section, this one, or the list."""
        if "next" in self.request.POST:
            return self.neighbours(application)[1] or self.list_url(application)
        return self.request.get_full_path()

    # --- the page ---------------------------------------------------------------------------------

    def section(self, application: Application) -> Section:
        """The section, or 404."""
        found = find_section(application, self.section_key())
        if found is None:
            raise Http404("该申报没有这一部分。")
        return found

    def get(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """The form with what stands."""
        application = self.fetch(pk)
        held_correction(application)
        section = self.section(application)
        if not may_edit_section(self.actor, application, section).ok:
            return self.unreadable(application)
        return self.show(application, section)

    def post(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """Save; what somebody else has changed meanwhile is laid beside it."""
        application = self.fetch(pk)
        held_correction(application)
        section = self.section(application)
        require(may_edit_section(self.actor, application, section))
        merging = self.merging(application, section)
        opened: Texts | None
        if merging.answered(request.POST):
            decided = merging.decided(request.POST)
            if decided is None:
                again = merging.again(request.POST)
                return self.clash(application, section, again) if again else self.reopen()
            data = request.POST.copy()
            data.update(decided)
            opened = merging.opened(request.POST)
        else:
            data, opened = request.POST, opened_of(section, application, request.POST)
        form = self.make_form(application, {}, data)
        if form.is_valid():
            mine = self.typed(section, application, form, data)
            try:
                return self.save(application, form, opened, mine)
            except Overtaken as found:
                return self.clash(application, section, merging.page(opened or {}, mine, found))
            except ValidationError as error:
                add_errors(form, error)
        return self.show(application, section, form, status=422)

    def typed(
        self, section: Section, application: Application, form: forms.Form, data: QueryDict
    ) -> Texts:
        """The section's fields that were sent; one that the page did not offer is left alone."""
        labels = section.labels(application)
        return {
            name: plain(str(value or ""))
            for name, value in form.cleaned_data.items()
            if name in labels and name in data
        }

    def merging(self, application: Application, section: Section) -> Merging:
        """What is compared when two have changed the section."""
        labels = section.labels(application)
        return Merging(part_of(application, section), labels, _shown)

    def clash(
        self, application: Application, section: Section, merge: dict[str, Any]
    ) -> HttpResponse:
        """Both versions, field by field."""
        title = self.title(section)
        return self.page(
            "towns/section_conflict.html",
            {
                "breadcrumbs": self.crumbs(application, title),
                "title": title,
                "merge": merge,
                "what": f"“{title}”",
                "cancel_url": self.request.get_full_path(),
            },
            status=409,
        )

    def reopen(self) -> HttpResponse:
        """The page anew."""
        return redirect(self.request.get_full_path())

    def show(
        self,
        application: Application,
        section: Section,
        form: forms.Form | None = None,
        status: int = 200,
        *,
        anew: bool = False,
        **more: Any,
    ) -> HttpResponse:
        """The page; ``anew``: with what stands now, whatever the form that came was opened with."""
        standing = working(application, section)
        form = form or self.make_form(application, texts(standing))
        before, after = self.neighbours(application)
        title, self.asked = self.title(section), asked_of(application)
        fields = self.fields(application, section, form, standing)
        return self.page(
            self.template,
            {
                "breadcrumbs": self.crumbs(application, title),
                "application": application,
                "title": title,
                "form": form,
                "fields": fields,
                "locked": not any(item.bound for item in fields.values()),
                "previous_url": before,
                "next_url": after,
                "list_url": self.list_url(application),
                **self.autosaving(application, section, standing, anew=anew),
                **self.more(application),
                **more,
            },
            status=status,
        )

    def fields(
        self,
        application: Application,
        section: Section,
        form: forms.Form,
        standing: Mapping[str, Working],
    ) -> dict[str, SectionField]:
        """Name -> how the field is shown: open or locked, marked, asked to be corrected."""
        return section_fields(application, section, form, standing, self.asked)

    def autosaving(
        self,
        application: Application,
        section: Section,
        standing: Mapping[str, Working],
        *,
        anew: bool = True,
    ) -> dict[str, Any]:
        """What ``towns/_autosave.html`` puts into the form tag, and the bar below it."""
        part, stood = part_of(application, section), texts(standing)
        shown = present_in(application, self.actor, section.key)
        sent = "" if anew or self.request.method != "POST" else self.request.POST.get("opened", "")
        since = stood if not sent else opened_of(section, application, self.request.POST) or stood
        return {
            "autosave_url": self.address(application, "application-autosave"),
            "presence_url": self.address(application, "application-presence"),
            "opened": seal(part, since),
            "opened_texts": json.dumps(
                {name: text or "" for name, text in since.items()}, ensure_ascii=False
            ),
            "saved_at": max((row.when for row in standing.values() if row.when), default=None),
            # What a register holds was saved there, and texts without a time by other ways.
            "untouched": section.own and not any(stood.values()),
            "others": [row.words for row in shown],
        }


def _shown(name: str, text: Any) -> str:
    """A field's text on the page of decisions."""
    return str(text or "（空）")


def part_of(application: Application, section: Section) -> str:
    """What sealed values of a section are called."""
    return f"application:{application.pk}:{section.key}"


def opened_of(section: Section, application: Application, data: QueryDict) -> Texts | None:
    """What a form was opened with, and what its page has itself saved since.

    None for a form that does not say (a page without it): then everything typed counts.
    """
    if "opened" not in data:
        return None
    labels = section.labels(application)
    opened = Merging(part_of(application, section), labels, _shown).opened(data)
    try:
        since = json.loads(data.get("autosaved", "") or "{}")
    except (ValueError, RecursionError):
        since = {}
    if not isinstance(since, dict):
        since = {}
    kept = {name: text for name, text in since.items() if isinstance(text, str)}
    return {**opened, **{name: text for name, text in kept.items() if name in labels}}
