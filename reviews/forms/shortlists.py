"""Forms of shortlists: shape of input, no rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from reviews.actions.shortlists import CHOSEN, MOST_GROUND, Ranked
from reviews.shortlist_queries import Line

LONG_TEXT = 2000
LAST = 9999


class ShortlistForm(forms.Form):
    """Rank, standing and reason of everything that waits; sorted by number when it is sent.

    ``seen``: the digest of the list that was opened.
    """

    note = forms.CharField(
        label="推荐工作说明",
        required=False,
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="推荐工作的组织情况、排序的依据等，文件没有规定格式，可以不填。",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, lines: Iterable[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for place, line in enumerate(self.lines, 1):
            key, town, item = line.case.pk, line.case.town_name, line.item
            self.fields[f"rank_{key}"] = forms.IntegerField(
                label=f"{town}：排序",
                required=False,
                min_value=1,
                max_value=LAST,
                initial=place,
                error_messages={"invalid": "请填写整数序号。"},
            )
            self.fields[f"standing_{key}"] = forms.ChoiceField(
                label=f"{town}：推荐结论",
                choices=list(CHOSEN.items()),
                required=False,
                initial=item.standing if item else "",
            )
            self.fields[f"reason_{key}"] = forms.CharField(
                label=f"{town}：理由",
                required=False,
                max_length=LONG_TEXT,
                widget=forms.Textarea(attrs={"rows": 2}),
                initial=item.reason if item else "",
            )

    def ordered(self) -> list[int]:
        """Keys of the cases by the numbers that were typed; those without one last.

        Where two have the same, the one whose number was changed takes the place, coming from
        behind it, and follows it, coming from before it: fields are sent in the order shown.
        """
        sent = {name: place for place, name in enumerate(self.data)}
        keys = [line.case.pk for line in self.lines]
        keys.sort(key=lambda key: sent.get(f"rank_{key}", len(sent)))
        ranks: dict[int, float] = {}
        for place, key in enumerate(keys, 1):
            typed = self.cleaned_data.get(f"rank_{key}") or LAST
            moved_by = (typed > place) - (typed < place)
            ranks[key] = typed + moved_by / 2
        return sorted(ranks, key=lambda key: ranks[key])

    def shown(self) -> list[Line]:
        """The lines as they are shown: once it was sent, in the order that was typed."""
        if not self.is_bound:
            return self.lines
        places = {key: place for place, key in enumerate(self.ordered())}
        return sorted(self.lines, key=lambda line: places[line.case.pk])

    def ranked(self) -> list[Ranked]:
        """What the action takes, in the order of the numbers."""
        return [
            Ranked(
                key,
                self.cleaned_data[f"standing_{key}"],
                self.cleaned_data[f"reason_{key}"],
            )
            for key in self.ordered()
        ]


def moved(form: ShortlistForm, data: QueryDict, way: str) -> QueryDict:
    """What was typed with one row moved a place (``up:12``, ``down:12``) and numbered anew."""
    order = form.ordered()
    direction, _, key = way.partition(":")
    if key.isdigit() and int(key) in order:
        place = order.index(int(key))
        other = place + (-1 if direction == "up" else 1)
        if 0 <= other < len(order):
            order[place], order[other] = order[other], order[place]
    found = data.copy()
    for number, case in enumerate(order, 1):
        found[f"rank_{case}"] = str(number)
    return found


def typed_for_others(data: Mapping[str, Any], lines: Iterable[Line]) -> dict[int, str]:
    """Case -> a reason that was typed for a case that waits no longer."""
    there = {line.case.pk for line in lines}
    found: dict[int, str] = {}
    for name, value in data.items():
        kind, _, key = name.partition("_")
        if kind == "reason" and key.isdigit() and int(key) not in there and value.strip():
            found[int(key)] = value.strip()
    return found


class ConfirmForm(forms.Form):
    """What was read before confirming."""

    seen = forms.CharField(widget=forms.HiddenInput)


class PromoteForm(forms.Form):
    """Who moves up, and on what ground."""

    item = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="递补依据",
        max_length=MOST_GROUND,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明因何空出名额、经何程序同意递补。",
    )
