"""Shape of what is sent as evidence, and of what is changed of a piece."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings

from portal.core.files import ACCEPTED_TEXT
from portal.core.forms import ManyFilesField
from towns.evidence_index import BEYOND
from towns.models import EvidenceSlot

PAGES_HELP = "要看文件的哪几页，例如 12 或者 12-15；看全部则留空。"


def file_rules() -> str:
    """What files may come in; said before one is chosen."""
    limit = settings.PORTAL_UPLOAD_MAX_BYTES // 1024 // 1024
    most = settings.PORTAL_UPLOAD_MAX_FILES
    return f"{ACCEPTED_TEXT}，每份不超过 {limit} MB，一次最多 {most} 份。"


def field_name(kind: str, slot: str) -> str:
    """The name of a field: plain for what is beyond the list, with the slot's key otherwise."""
    return f"{kind}-{slot}" if slot else kind


class EvidenceForm(forms.Form):
    """Files for the slots of a criterion; it is sent together with the criterion's own form."""

    def __init__(self, *args: Any, slots: Iterable[EvidenceSlot] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots = list(slots)
        for slot in [*self.slots, None]:
            key = slot.key if slot is not None else ""
            label = slot.title if slot is not None else BEYOND if self.slots else "佐证材料"
            # Where the round lists what it asks for, the rules stand once above the list.
            files = ManyFilesField(
                label=f"选择文件：{label}" if self.slots else label,
                required=False,
                help_text="" if self.slots else file_rules(),
            )
            files.needed_later = bool(self.slots)  # type: ignore[attr-defined]
            self.fields[field_name("file", key)] = files
            self.fields[field_name("title", key)] = forms.CharField(
                label="材料名称",
                max_length=120,
                required=False,
                help_text="只传一份时可以填写；不填则用文件名。",
            )
            self.fields[field_name("pages", key)] = forms.CharField(
                label="页码",
                max_length=60,
                required=False,
                help_text="只传一份时填，例如 12-15。",
            )


class PieceForm(forms.Form):
    """What is said of a piece: its title, its place in the list, where in it to look."""

    title = forms.CharField(
        label="材料名称", max_length=120, error_messages={"required": "请填写材料名称。"}
    )
    slot = forms.ChoiceField(label="对应材料清单", required=False)
    pages = forms.CharField(label="页码", max_length=60, required=False, help_text=PAGES_HELP)

    def __init__(self, *args: Any, slots: Iterable[EvidenceSlot] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(row.key, row.title) for row in slots]
        if choices:
            self.fields["slot"].choices = [*choices, ("", BEYOND)]  # type: ignore[attr-defined]
        else:
            del self.fields["slot"]


class ReuseForm(forms.Form):
    """A file that is there already, for another place."""

    source = forms.ChoiceField(
        label="选用哪一份",
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一份文件。"},
    )
    title = forms.CharField(
        label="在这里的材料名称", max_length=120, required=False, help_text="不填则沿用原来的名称。"
    )
    pages = forms.CharField(label="页码", max_length=60, required=False, help_text=PAGES_HELP)

    def __init__(self, *args: Any, keys: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [(str(key), str(key)) for key in keys]  # type: ignore[attr-defined]
