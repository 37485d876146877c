"""Shape of the facts of a draft as they are typed; no rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from criteria.constants import PASS_RULE_CHOICES, SET_KIND_CHOICES
from criteria.drafts import SetFacts, plain_number
from criteria.forms.numbers import NumberField

DIGIT_CHOICES = [("", "未载明"), ("0", "整数"), ("1", "1 位小数"), ("2", "2 位小数")]
DATE_HINT = "文件没有写明的，留空即为“未载明”，发布前再补。"


class LinesField(forms.CharField):
    """One item a line; empty lines are dropped."""

    widget = forms.Textarea

    def clean(self, value: Any) -> tuple[str, ...]:
        """The lines."""
        text = super().clean(value).replace("\r\n", "\n").replace("\r", "\n")
        return tuple(dict.fromkeys(line.strip() for line in text.split("\n") if line.strip()))


class SetFactsForm(forms.Form):
    """What a set rests on, whom it covers, and what makes a pass."""

    fieldsets: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("依据文件", ("title", "document_number", "document_title", "scope_clause", "issued_on")),
        ("施行期限", ("effective_from", "effective_to")),
        ("适用类别", ("categories",)),
        ("合格规则和取位", ("pass_rule", "pass_points", "digits")),
        ("未载明事项和说明", ("silent", "notes")),
    )

    title = forms.CharField(
        label="标准名称", max_length=120, help_text="例如：专业镇竞赛评选标准。"
    )
    document_number = forms.CharField(
        label="发文字号", max_length=60, required=False, help_text="例如：晋政办发〔2022〕81号。"
    )
    document_title = forms.CharField(
        label="文件名称", max_length=200, required=False, help_text="不用加书名号。"
    )
    scope_clause = forms.CharField(
        label="条款", max_length=60, required=False, help_text="标准在文件中的位置，例如：（十）。"
    )
    issued_on = forms.DateField(label="印发日期", required=False, widget=forms.DateInput)
    effective_from = forms.DateField(
        label="施行日期", required=False, widget=forms.DateInput, help_text=DATE_HINT
    )
    effective_to = forms.DateField(
        label="失效日期",
        required=False,
        widget=forms.DateInput,
        help_text="文件没有写明有效期的，留空即为“未载明”。",
    )
    categories = forms.MultipleChoiceField(
        label="类别",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="文件分类别规定条件的，勾选各类别；不分类别的，一个也不勾。",
    )
    pass_rule = forms.ChoiceField(
        label="合格规则",
        required=False,
        choices=PASS_RULE_CHOICES,
        help_text="文件没有规定的，保留“未载明”，由本办公室确定后再填。",
    )
    pass_points = NumberField(label="合格线", unit="分", help_text="合格规则与总分有关时填写。")
    digits = forms.ChoiceField(
        label="得分保留小数位", required=False, choices=DIGIT_CHOICES, help_text="四舍五入。"
    )
    silent = LinesField(
        label="文件未载明的事项",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="一行一项，例如：权重、合格线。这些事项在公开的标准页面上如实列出。",
    )
    notes = LinesField(label="说明", required=False, help_text="一行一条。")

    def __init__(self, *args: Any, categories: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.category_order = [key for key, _ in categories]
        field = self.fields["categories"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(categories)

    @staticmethod
    def typed(facts: SetFacts) -> dict[str, Any]:
        """The facts as the form shows them."""
        return {
            **{name: getattr(facts, name) for name in facts.plain()},
            "categories": list(facts.categories),
            "pass_points": plain_number(facts.pass_points),
            "digits": "" if facts.digits is None else str(facts.digits),
            "silent": "\n".join(facts.silent),
            "notes": "\n".join(facts.notes),
        }

    def facts(self) -> SetFacts:
        """What was typed."""
        data = {name: self.cleaned_data[name] for name in SetFacts("").plain()}
        chosen = set(data["categories"])
        data["categories"] = tuple(key for key in self.category_order if key in chosen)
        data["digits"] = int(data["digits"]) if data["digits"] else None
        return SetFacts(**data)


class NewSetForm(SetFactsForm):
    """A set begun from nothing: what it is, and the document it rests on."""

    fieldsets = (
        ("标准", ("kind", "title")),
        ("依据文件", ("document_number", "document_title", "scope_clause", "issued_on")),
        ("施行期限", ("effective_from", "effective_to")),
        ("适用类别", ("categories",)),
    )

    kind = forms.ChoiceField(
        label="种类",
        choices=SET_KIND_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择标准的种类。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("pass_rule", "pass_points", "digits", "silent", "notes"):
            del self.fields[name]

    def facts(self) -> SetFacts:
        """What was typed; the rest is 未载明 for now."""
        data = {
            name: self.cleaned_data[name] for name in SetFacts("").plain() if name in self.fields
        }
        chosen = set(data["categories"])
        data["categories"] = tuple(key for key in self.category_order if key in chosen)
        return SetFacts(**data)


def raw_values(form: forms.Form) -> dict[str, Any]:
    """What was typed into each field, as typed: to show a form again without judging it."""
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def put_errors(
    form: forms.Form, error: ValidationError, renamed: Mapping[str, str] | None = None
) -> None:
    """An action's complaints beside their fields; ``renamed``: the action's name -> the form's."""
    found: Iterable[tuple[str | None, Any]] = (
        error.error_dict.items() if hasattr(error, "error_dict") else [(None, error)]
    )
    for name, errors in found:
        here = (renamed or {}).get(name or "", name)
        form.add_error(here if here in form.fields else None, errors)
