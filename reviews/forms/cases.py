"""Forms of the case pages: shape only; what may be done is asked of the actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from criteria.specs import CriterionSpec
from criteria.wording import number_text

LONG_TEXT = 2000


class DecisionForm(forms.Form):
    """One step's decision: the outcomes of its row, an opinion, and the run it was opened for."""

    outcome = forms.ChoiceField(label="办理结果", widget=forms.RadioSelect)
    opinion = forms.CharField(
        label="意见或理由",
        required=False,
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    run = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        outcomes: Iterable[tuple[str, str]] = (),
        reason_for: Iterable[str] = (),
        run: int | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={**(typed or {}), "run": run})
        field = self.fields["outcome"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(outcomes)
        needed = "、".join(f"“{label}”" for label in reason_for)
        if needed:
            self.fields[
                "opinion"
            ].help_text = f"选择{needed}时必须填写；退回和不予通过的理由会告知申报单位。"


class ExpertsForm(forms.Form):
    """Which experts score the case."""

    experts = forms.TypedMultipleChoiceField(
        label="专家",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一位专家。"},
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        experts: Iterable[tuple[int, str]] = (),
    ) -> None:
        super().__init__(data)
        field = self.fields["experts"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = list(experts)


class SheetForm(forms.Form):
    """An expert's sheet: a mark and a reason per criterion; a draft may be partial."""

    comment = forms.CharField(
        label="总体评价",
        required=False,
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        criteria: Iterable[CriterionSpec] = (),
        tops: Mapping[str, Decimal] | None = None,
        initial: Mapping[str, Any] | None = None,
        draft: bool = False,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.criteria = tuple(criteria)
        for criterion in self.criteria:
            top = (tops or {}).get(criterion.key, Decimal(0))
            within = f"评分应在 0 到 {number_text(top)} 之间。"
            mark = forms.DecimalField(
                label="评分",
                required=not draft,
                min_value=0,
                max_value=top,
                max_digits=5,
                decimal_places=1,
                error_messages={
                    "required": f"请为“{criterion.title}”评分。",
                    "min_value": within,
                    "max_value": within,
                },
            )
            mark.unit = "分"  # type: ignore[attr-defined]
            mark.help_text = f"0 到 {number_text(top)} 分，可保留一位小数。"
            self.fields[f"score_{criterion.key}"] = mark
            self.fields[f"reason_{criterion.key}"] = forms.CharField(
                label="评分理由",
                required=not draft,
                error_messages={"required": f"请填写“{criterion.title}”的评分理由。"},
                max_length=300,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def scores(self) -> dict[str, tuple[Decimal | None, str]]:
        """criterion -> (mark, reason), as the action takes them."""
        return {
            row.key: (
                self.cleaned_data.get(f"score_{row.key}"),
                self.cleaned_data.get(f"reason_{row.key}", ""),
            )
            for row in self.criteria
        }


class SubmitForm(forms.Form):
    """The submitter's promise, and a second one when criteria are not met.

    ``seen``: the digest of what the page showed.
    """

    pledge = forms.BooleanField(
        label="我已逐项核对，承诺申报内容和佐证材料真实、准确、完整。",
        error_messages={"required": "请先核对申报内容并勾选承诺。"},
    )
    accept_unmet = forms.BooleanField(
        label="存在未达到的条件，仍要提交。",
        error_messages={"required": "有条件未达到。确认仍要提交的，请勾选此项。"},
    )

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        unmet: bool = False,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        if not unmet:
            del self.fields["accept_unmet"]


class WithdrawForm(forms.Form):
    """Why the application is taken back."""

    reason = forms.CharField(
        label="撤回原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="撤回原因会记入办理台账。",
    )
