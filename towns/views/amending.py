"""The base of the pages that amend one entry of a register: nobody undoes another unseen.

The form carries what it was opened with; where somebody else has saved meanwhile, the three are
laid side by side and the person decides field by field.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal
from portal.core.web import add_errors
from towns.views.changing import TownChangeView

NOTHING = "未填写"


def merging_of(part: str, form: forms.Form, names: Mapping[str, Any]) -> Merging:
    """The page of decisions for the fields ``names`` of a form, with the words of its choices.

    Files are not decided there: what was sent with a form cannot be sent again by the page.
    """
    fields = {
        name: form.fields[name]
        for name in names
        if not isinstance(form.fields[name], forms.FileField)
    }
    words = {name: _words(field) for name, field in fields.items()}

    def show(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "、".join(words[name](str(row)) for row in value) or NOTHING
        return words[name](str(value)) if value else NOTHING

    return Merging(part, {name: str(field.label) for name, field in fields.items()}, show)


def _words(field: forms.Field) -> Callable[[str], str]:
    if not isinstance(field, forms.ChoiceField):
        return str
    found: dict[str, str] = {}
    for key, label in cast("Iterable[tuple[Any, Any]]", field.choices):
        group = label if isinstance(label, (list, tuple)) else [(key, label)]
        found |= {str(row): str(text) for row, text in group}
    return lambda text: found.get(text, text)


def opened_in(merging: Merging, data: QueryDict) -> dict[str, Any] | None:
    """What a form was opened with; None when it does not say: then all of it counts as decided."""
    return merging.opened(data) if "opened" in data else None


class TownAmendView(TownChangeView):
    """A form that amends one entry.

    ``what`` names the entry on the page of decisions.
    """

    what = "这条登记"
    submit_text = "保存修改"

    @abstractmethod
    def part(self) -> str:
        """The name of the entry that the sealed values belong to."""

    @abstractmethod
    def stands(self) -> dict[str, Any]:
        """The entry as it stands, as plain data by the fields of the form."""

    def typed(self, form: Any) -> dict[str, Any]:
        """What the form says, as the same plain data."""
        return {name: str(form.cleaned_data[name] or "") for name in self.stands()}

    @property
    def opened(self) -> dict[str, Any] | None:
        """What the form was opened with."""
        return opened_in(self.merging(), self.request.POST)

    def merging(self) -> Merging:
        """The page of decisions."""
        return merging_of(self.part(), self.make_form(), self.stands())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """One action; what somebody else has changed meanwhile is laid beside it."""
        require(self.allowed())
        merging, data = self.merging(), request.POST
        if merging.answered(data):
            decided = merging.decided(data)
            if decided is None:
                return self.decide(merging.again(data), 422)
            form = self.make_form(decided, request.FILES)
        else:
            form = self.make_form(data, request.FILES)
        if form.is_valid():
            try:
                message = self.perform(form)
            except Overtaken as found:
                shown = merging.page(self.opened or {}, self.typed(form), found)
                return self.decide({**shown, "unkept": self.unkept()}, 409)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, message)
                return redirect(self.done_url())
        return self.show(form, 422)

    def unkept(self) -> str:
        """The names of the files that were sent: nobody but the person can choose them again."""
        sent = self.request.FILES
        return "、".join(str(upload.name) for key in sent for upload in sent.getlist(key))

    def sealed(self, form: forms.Form) -> str:
        """What the next form is opened with."""
        sent = self.request.POST.get("opened", "") if self.request.method == "POST" else ""
        return sent or seal(self.part(), self.stands())

    def context(self, form: forms.Form) -> dict[str, Any]:
        """The page, with what the form is opened with."""
        return {**super().context(form), "opened": self.sealed(form)}

    def decide(self, merge: dict[str, Any] | None, status: int) -> HttpResponse:
        """The page of decisions; the form anew where it is not legible."""
        if merge is None:
            return redirect(self.request.get_full_path())
        return self.page(
            "towns/register_conflict.html",
            {
                "breadcrumbs": self.crumbs(),
                "title": self.title(),
                "merge": merge,
                "what": self.what,
                "cancel_url": self.back_url(),
            },
            status=status,
        )
