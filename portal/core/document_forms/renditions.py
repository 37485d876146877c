"""Forms of handing in a signed or scanned document, and of verifying one. Shape only."""

from __future__ import annotations

from django import forms

from portal.core.actions.documents.renditions import TAKEN
from portal.core.constants import RENDITION_KIND_CHOICES


class RenditionForm(forms.Form):
    """Which form it is, the file, a note."""

    kind = forms.ChoiceField(
        label="版式件种类",
        choices=[row for row in RENDITION_KIND_CHOICES if row[0] in TAKEN],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择签章版或者扫描版。"},
    )
    file = forms.FileField(
        label="文件",
        allow_empty_file=True,
        error_messages={"required": "请选择文件。", "invalid": "没有收到文件，请重新选择。"},
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.tif,.tiff"}),
        help_text=(
            "签章版是在未盖章版上加盖印章的 PDF，登记时与未盖章版逐页比对文字；"
            "扫描版是 PDF 或者 JPG、PNG、TIFF 图片，多页的请扫描成一个 PDF，页数不能少。"
        ),
    )
    note = forms.CharField(
        label="说明",
        max_length=200,
        required=False,
        help_text="如“加盖电子印章”“用印后扫描存档”。",
    )


class VerifyForm(forms.Form):
    """A code or a number as it stands on paper."""

    q = forms.CharField(
        label="核验码或者发文字号",
        max_length=200,
        help_text=(
            "如 7K3M-9Q2T-X4DB，或者“晋专镇发〔2026〕1号”。不分大小写，空格、横线和括号可以随意。"
        ),
        error_messages={"required": "请输入核验码或者发文字号。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class CompareForm(forms.Form):
    """A file to compare with what is kept."""

    file = forms.FileField(
        label="要核对的文件",
        allow_empty_file=True,
        error_messages={
            "required": "请选择要核对的文件。",
            "invalid": "没有收到文件，请重新选择。",
        },
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.tif,.tiff"}),
    )
