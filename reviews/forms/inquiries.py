"""Forms of requests for information and of terms: shape only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from portal.core.files import ACCEPTED_TEXT
from portal.core.forms import ManyFilesField

LONG_TEXT = 2000


class AskForm(forms.Form):
    """What the town should say, and until when."""

    question = forms.CharField(
        label="需要说明的事项",
        max_length=LONG_TEXT,
        help_text="申报单位将看到这里写的全部内容。请逐项写明需要说明或补充材料的事项。",
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "请写明需要说明的事项。"},
    )
    days = forms.IntegerField(
        label="答复期限",
        required=False,
        min_value=1,
        max_value=60,
        help_text="从明天起算。等待答复期间停止计时的必须填写；不停止计时的可以留空，即不限期。",
        error_messages={
            "invalid": "请填写整数，如 5。",
            "min_value": "答复期限至少 1 个工作日。",
            "max_value": "答复期限最多 60 个工作日。",
        },
    )
    days.unit = "个工作日"  # type: ignore[attr-defined]
    pauses = forms.BooleanField(
        label="等待答复期间停止计算本环节的办理期限",
        required=False,
        initial=True,
        help_text="答复或收回后接着计算，期限按等待的工作日顺延。停止计时的，须填写答复期限。",
    )


class AnswerForm(forms.Form):
    """The town's words and files."""

    answer = forms.CharField(
        label="说明",
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "请填写说明。"},
    )
    file = ManyFilesField(label="佐证材料", required=False)

    def __init__(self, *args: Any, uploads: str, **kwargs: Any) -> None:
        """``uploads``: where files are sent in pieces before the form."""
        super().__init__(*args, **kwargs)
        limit = settings.PORTAL_UPLOAD_MAX_BYTES // 1024 // 1024
        most = settings.PORTAL_UPLOAD_MAX_FILES
        field = self.fields["file"]
        field.help_text = f"{ACCEPTED_TEXT}，每份不超过 {limit} MB，最多 {most} 份。"
        field.widget.attrs["data-uploads"] = uploads


class TakeBackForm(forms.Form):
    """Why the answer is no longer needed."""

    reason = forms.CharField(
        label="收回的理由",
        max_length=200,
        help_text="申报单位可以看到。",
        error_messages={"required": "请填写收回的理由。"},
    )


class ExtendForm(forms.Form):
    """By how many working days, and why; the run and the day that the form was opened for."""

    days = forms.IntegerField(
        label="延长",
        min_value=1,
        max_value=60,
        error_messages={
            "required": "请填写延长的工作日数。",
            "invalid": "请填写整数，如 5。",
            "min_value": "至少延长 1 个工作日。",
            "max_value": "一次最多延长 60 个工作日。",
        },
    )
    days.unit = "个工作日"  # type: ignore[attr-defined]
    reason = forms.CharField(
        label="延长的理由",
        max_length=200,
        help_text="记入办理台账，本办公室和上级办公室可以看到。",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写延长的理由。"},
    )
    run = forms.IntegerField(widget=forms.HiddenInput)
    due = forms.DateField(required=False, widget=forms.HiddenInput)
