"""Forms of the case pages: shape only; what may be done is asked of the actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from criteria.categories import category_choices
from criteria.specs import CriterionSpec
from criteria.wording import number_text
from portal.core.constants import LEVEL_CHOICES
from portal.core.models import Office
from reviews.chain import STEP_CHOICES
from reviews.models.judging import OPINION_CHOICES
from reviews.queries import STANDING_CHOICES, TERM_CHOICES

LONG_TEXT = 2000


class CaseFilterForm(forms.Form):
    """The conditions above the list of cases; a hidden post and tab go with them."""

    search = forms.CharField(label="镇名或办件编号", required=False, max_length=60)
    step = forms.ChoiceField(label="当前环节", required=False)
    level = forms.ChoiceField(label="层级", required=False)
    category = forms.ChoiceField(label="类别", required=False)
    standing = forms.ChoiceField(label="办理状态", required=False)
    term = forms.ChoiceField(label="期限", required=False)
    round = forms.ChoiceField(label="批次", required=False)
    region = forms.ChoiceField(label="行政区划", required=False)
    tab = forms.CharField(required=False, widget=forms.HiddenInput)
    post = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        rounds: Iterable[tuple[str, str]],
        regions: Iterable[tuple[str, str]],
    ) -> None:
        super().__init__(data, auto_id="filter_%s")
        choices: dict[str, Iterable[tuple[str, str]]] = {
            "step": STEP_CHOICES,
            "level": LEVEL_CHOICES,
            "category": category_choices(),
            "standing": STANDING_CHOICES,
            "term": TERM_CHOICES,
            "round": rounds,
            "region": regions,
        }
        for name, rows in choices.items():
            offered = list(rows)
            field = self.fields[name]
            if not offered:
                del self.fields[name]
            elif isinstance(field, forms.ChoiceField):
                field.choices = [("", "全部"), *offered]

    @property
    def chosen(self) -> dict[str, str]:
        """The conditions that are in force; a wrong one is shown as an error and left out."""
        self.is_valid()
        hidden = {"tab", "post"}
        return {
            name: value for name, value in self.cleaned_data.items() if value and name not in hidden
        }

    @property
    def labels(self) -> list[tuple[str, str, str]]:
        """Name of the field, its label and the chosen value's words, of the conditions in force."""
        rows: list[tuple[str, str, str]] = []
        for name, value in self.chosen.items():
            field = self.fields[name]
            words = (
                dict(field.choices).get(value, value)  # type: ignore[arg-type]
                if isinstance(field, forms.ChoiceField)
                else value
            )
            rows.append((name, str(field.label), str(words)))
        return rows


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
    ) -> None:
        super().__init__(data, initial={"run": run})
        field = self.fields["outcome"]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(outcomes)
        needed = "、".join(f"“{label}”" for label in reason_for)
        if needed:
            self.fields[
                "opinion"
            ].help_text = f"选择{needed}时必须填写；退回和不予通过的理由会告知申报单位。"


class UnitsForm(forms.Form):
    """Which member units are asked, and until when."""

    offices = forms.TypedMultipleChoiceField(
        label="征求意见的成员单位",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个成员单位。"},
    )
    due_on = forms.DateField(
        label="答复期限",
        required=False,
        widget=forms.DateInput,
        help_text="文件未载明答复时限，由本办公室确定；可不填。",
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, offices: Iterable[Office] = ()
    ) -> None:
        super().__init__(data)
        field = self.fields["offices"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(office.pk, office.name) for office in offices]


class OpinionForm(forms.Form):
    """A member unit's answer."""

    verdict = forms.ChoiceField(label="会审意见", choices=OPINION_CHOICES, widget=forms.RadioSelect)
    text = forms.CharField(
        label="具体意见",
        required=False,
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="附意见或不同意时必须写明。",
    )


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
    """The submitter's promise, and a second one when criteria are not met."""

    pledge = forms.BooleanField(
        label="我已逐项核对，承诺申报内容和佐证材料真实、准确、完整。",
        error_messages={"required": "请先核对申报内容并勾选承诺。"},
    )
    accept_unmet = forms.BooleanField(
        label="存在未达到的条件，仍要提交。",
        error_messages={"required": "有条件未达到。确认仍要提交的，请勾选此项。"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, unmet: bool = False) -> None:
        super().__init__(data)
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
