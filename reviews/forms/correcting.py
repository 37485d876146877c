"""Asking for corrections: which fields, what is wanted of each, until when. Shape only."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from datetime import date
from typing import Any

from django import forms

from portal.core.formatting import cn_date
from reviews.actions.moving import Corrections
from reviews.forms.cases import LONG_TEXT
from towns.actions.correcting import NOTHING_ASKED
from towns.declared import Field

LONGEST_WANTED = 500
NO_TERM = ("", "不设期限")
# Names of what is sent beside the fields of the form.
SECTION, FIELD, WANTED = "section", "field", "wanted:"


def term_choices(days: Iterable[date]) -> list[tuple[str, str]]:
    """Terms in working days, each with the day on which it ends."""
    ends = enumerate(days, start=1)
    return [NO_TERM, *((str(n), f"{n} 个工作日（{cn_date(day)}前）") for n, day in ends)]


class ReturnForm(forms.Form):
    """The opinion and the term; fields are ticked one by one or a section as a whole.

    Beside its own fields it reads ``section`` (keys), ``field`` (paths) and ``wanted:`` with a key
    or a path (what is wanted of that section or field).
    """

    opinion = forms.CharField(
        label="总的补正意见",
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="会原样告知申报单位。",
        error_messages={"required": "请填写总的补正意见。"},
    )
    days = forms.TypedChoiceField(
        label="补正时限",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="文件未载明补正时限，由本办公室确定；从明天起按工作日计算。",
    )
    run = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        fields: Iterable[Field],
        ends: Iterable[date],
        initial: MutableMapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.known = tuple(fields)
        self.fields["days"].choices = term_choices(ends)  # type: ignore[attr-defined]
        sent = data if data is not None else {}
        listed = getattr(sent, "getlist", lambda name: sent.get(name, []))
        self.sections = set(listed(SECTION))
        self.paths = set(listed(FIELD))
        self.wanted = {
            key.removeprefix(WANTED): str(sent[key]).strip()
            for key in sent
            if key.startswith(WANTED)
        }

    def is_chosen(self, field: Field) -> bool:
        """Whether a field is ticked, by itself or with its section."""
        return field.path in self.paths or field.section in self.sections

    def clean(self) -> dict[str, Any]:
        """At least one field is named, and nothing wanted is too long."""
        if not any(self.is_chosen(field) for field in self.known):
            self.add_error(None, NOTHING_ASKED)
        if any(len(text) > LONGEST_WANTED for text in self.wanted.values()):
            self.add_error(None, f"每一项的补正要求请在 {LONGEST_WANTED} 字以内。")
        return self.cleaned_data

    def corrections(self) -> Corrections:
        """What is asked: a field without words of its own is given those of its section."""
        chosen = [field for field in self.known if self.is_chosen(field)]
        return Corrections(
            {
                row.path: self.wanted.get(row.path, "") or self.wanted.get(row.section, "")
                for row in chosen
            },
            self.cleaned_data["days"],
        )
