"""Forms of numbers of documents (发文字号): the rule of a genre, a number that is voided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.core.constants import NUMBER_SOURCE_CHOICES
from portal.core.documents.kinds import genres
from portal.core.documents.numbers import Number, parse

OWN_WORD = "请选择本办公室的机关代字。"


class NumberRuleForm(forms.Form):
    """机关代字 and source of numbers of one genre."""

    genre = forms.ChoiceField(
        label="文种",
        error_messages={"required": "请选择文种。", "invalid_choice": "请选择列表中的文种。"},
    )
    word = forms.CharField(
        label="机关代字",
        max_length=30,
        help_text="只写代字本身，例如“晋专镇办发”，不带年份、括号和序号；不得使用其他机关的代字。",
        error_messages={
            "required": "请填写机关代字。",
            "max_length": "机关代字不超过 30 字，请改短。",
        },
    )
    source = forms.ChoiceField(
        label="编号方式",
        choices=NUMBER_SOURCE_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择编号方式。", "invalid_choice": "请选择编号方式。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["genre"].choices = [(name, name) for name in genres()]  # type: ignore[attr-defined]


class VoidForm(forms.Form):
    """A number that is given up: the next one, or a certain one, with the reason.

    ``coming`` are the next numbers, one of each 机关代字; the page shows them and says which
    ones it showed.
    """

    word = forms.ChoiceField(
        label="机关代字", error_messages={"required": OWN_WORD, "invalid_choice": OWN_WORD}
    )
    serial = forms.IntegerField(
        label="序号",
        required=False,
        help_text="作废某一号时填写，只填数字；不填的，作废上面所列的下一号。",
        error_messages={"invalid": "序号请填整数，例如 12；作废下一号的，不填。"},
    )
    year = forms.IntegerField(
        label="年份",
        required=False,
        error_messages={"invalid": "年份请填四位数字，例如 2026。"},
    )
    reason = forms.CharField(
        label="作废原因",
        max_length=200,
        help_text="例如“纸质文件占用”“印制错误”，与该号一并保留。",
        error_messages={
            "required": "请写明作废的原因。",
            "max_length": "作废原因不超过 200 字，请改短。",
        },
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, coming: Sequence[Number], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.coming = coming
        self.fields["word"].choices = [  # type: ignore[attr-defined]
            (number.word, f"{number.word}（下一号：{number.text}）") for number in coming
        ]
        self.fields["shown"].initial = " ".join(number.text for number in coming)

    @property
    def expected(self) -> int | None:
        """The next serial that the page showed for the word; 0 when that was of another year."""
        now = {number.word: number.year for number in self.coming}
        word = self.cleaned_data["word"]
        for text in self.cleaned_data["shown"].split():
            try:
                seen = parse(text)
            except ValidationError:
                continue
            if seen.word == word:
                return seen.serial if seen.year == now[word] else 0
        return None
