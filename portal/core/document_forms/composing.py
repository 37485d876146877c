"""The form of a free document as it is typed: words, people, tables. Shape only.

Tables are fields with numbers in their names, so the form works without JavaScript; how many there
are stands in a hidden field. A table is its cells with tabs between them, pasted or read from a
workbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from portal.core.actions.documents import Draft
from portal.core.constants import OPENNESS_CHOICES
from portal.core.documents.content import Attachment
from portal.core.documents.drafts import LABELS
from portal.core.documents.kinds import Kind, Layout, Texts
from portal.core.documents.stored import table
from portal.core.documents.tables import (
    LIMITS,
    LONGEST_TITLE,
    MOST_TABLES,
    UnusableTable,
    attachment_of,
    cells_of,
    text_of,
)

LONGEST_BODY = 10_000
LONGEST = {"title": 200, "addressees": 400, "body": LONGEST_BODY, "copy_to": 400, "note": 60}
PEOPLE = {"present": "出席", "absent": "请假", "attending": "列席"}
PARTS = ("title", "text", "landscape")


class WordsField(forms.CharField):
    """Text of several lines, counted as people count it; too much is said with what to do."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        super().__init__(
            widget=forms.Textarea(attrs={"rows": rows}),
            error_messages={
                "max_length": "最多 %(limit_value)d 字，现有 %(show_value)d 字。"
                "请删减，名单、表格可以放到附件中。"
            },
            **options,
        )

    def to_python(self, value: Any) -> str:
        """One sign for the end of a line, whatever the browser sends."""
        return str(super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class TableFields(NamedTuple):
    """The fields of one table, with its place from nought and its number for people."""

    place: int
    number: int
    title: BoundField
    landscape: BoundField
    text: BoundField
    file: BoundField


def line(label: str, longest: int, *, required: bool = False, hint: str = "") -> forms.CharField:
    """A field of one line."""
    return forms.CharField(
        label=label,
        max_length=longest,
        required=required,
        help_text=hint,
        error_messages={"max_length": "最多 %(limit_value)d 字，现有 %(show_value)d 字。请删减。"},
    )


class ComposeForm(forms.Form):
    """A document of a free kind; of a kind with subjects of its own, its words alone."""

    title = WordsField(
        label="标题",
        rows=2,
        max_length=200,
        help_text="换行由系统按词意安排；必须在某处换行的，按回车。",
    )
    addressees = line("主送机关", 400)
    body = WordsField(
        label="正文",
        rows=16,
        max_length=LONGEST_BODY,
        help_text="每行一段，“一、”“（一）”“1.”“（1）”开头的自动按层级排版。",
    )
    copy_to = line("抄送", 400)
    note = line("附注", 60, hint="例如：（此件公开发布）")
    openness = forms.ChoiceField(
        label="公开属性", choices=OPENNESS_CHOICES, widget=forms.RadioSelect
    )

    def __init__(self, data: Any = None, *, kind: Kind, **options: Any) -> None:
        super().__init__(data, **options)
        self.kind = kind
        self.words_only = words_only(kind)
        if kind.layout in (Layout.MINUTES, Layout.PUBLICITY):
            del self.fields["addressees"]
        if kind.layout == Layout.PUBLICITY:
            del self.fields["copy_to"]
        if not self.words_only and kind.layout == Layout.MINUTES:
            for name, label in PEOPLE.items():
                self.fields[name] = WordsField(
                    label=f"{label}人员",
                    rows=2,
                    max_length=1000,
                    required=False,
                    help_text="姓名之间用顿号隔开。" if name == "present" else "",
                )
        given = self.data if self.is_bound else self.initial
        self.count = 0 if self.words_only else table_count(given)
        self.fields["tables"] = forms.CharField(
            required=False, initial=str(self.count), widget=forms.HiddenInput
        )
        self.table_fields = [self._table(place) for place in range(self.count)]
        self.attachments: list[Attachment] = []

    def _add(self, name: str, field: forms.Field) -> BoundField:
        self.fields[name] = field
        return self[name]

    def _table(self, place: int) -> TableFields:
        number = place + 1
        name = f"table_{place}"
        title = line(f"附件{number}的标题", LONGEST_TITLE)
        landscape = forms.BooleanField(label="横排（纸张横放，列多时用）", required=False)
        text = forms.CharField(
            label=f"附件{number}的表格",
            required=False,
            strip=False,
            widget=forms.Textarea(attrs={"rows": 6, "wrap": "off", "spellcheck": "false"}),
            help_text=f"从表格软件中选中区域，复制后粘贴到这里。{LIMITS}",
        )
        file = forms.FileField(
            label=f"或者上传附件{number}的表格文件（xlsx）",
            required=False,
            help_text="读取第一张有内容的工作表，替换上面的表格。文件本身不保存。",
            widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        )
        return TableFields(
            place,
            number,
            self._add(f"{name}_title", title),
            self._add(f"{name}_landscape", landscape),
            self._add(f"{name}_text", text),
            self._add(f"{name}_file", file),
        )

    def clean(self) -> dict[str, Any]:
        """Tables that are begun are whole."""
        cleaned = super().clean() or {}
        self.attachments = []
        for place in range(self.count):
            name = f"table_{place}"
            title = cleaned.get(f"{name}_title", "")
            rows = cells_of(cleaned.get(f"{name}_text", ""))
            if not rows and not title:
                continue
            if not title and f"{name}_title" not in self.errors:
                self.add_error(f"{name}_title", f"请填写附件{place + 1}的标题，例如：名单。")
            try:
                landscape = bool(cleaned.get(f"{name}_landscape"))
                self.attachments.append(attachment_of(title, rows, landscape=landscape))
            except UnusableTable as error:
                self.add_error(f"{name}_text", str(error))
        return cleaned

    def draft(self, present: Mapping[str, Any] | None = None) -> Draft:
        """What was typed; ``present``: the content it stands in, of which other parts are kept."""
        cleaned = self.cleaned_data
        texts = Texts(**{name: cleaned.get(name, "") for name in Texts._fields})
        content = dict(present or {})
        if not self.words_only:
            content["attachments"] = [table(row) for row in self.attachments]
            if self.kind.layout == Layout.MINUTES:
                content["people"] = [
                    [label, cleaned[name]] for name, label in PEOPLE.items() if cleaned[name]
                ]
        return Draft(texts, content, cleaned["openness"])


def words_only(kind: Kind) -> bool:
    """Whether a kind brings its own people and tables, so that its words alone are typed."""
    return kind.prepare is not Kind.prepare


def table_count(given: Mapping[str, Any]) -> int:
    """How many tables a form says it has."""
    text = str(given.get("tables") or "")
    return min(int(text), MOST_TABLES) if text.isdecimal() and len(text) < 3 else 0


def typed(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A draft's plain values as the form shows them."""
    found = {name: plain[name] for name in (*Texts._fields, "openness")}
    people = dict(plain["people"])
    found |= {name: people.get(label, "") for name, label in PEOPLE.items()}
    return found | with_tables(
        [
            {"title": row["title"], "text": text_of(row["rows"]), "landscape": row["landscape"]}
            for row in plain["attachments"]
        ]
    )


def with_tables(tables: list[dict[str, Any]]) -> dict[str, Any]:
    """Tables as fields of the form."""
    found: dict[str, Any] = {
        f"table_{place}_{part}": row[part]
        for place, row in enumerate(tables)
        for part in PARTS
        if row[part]
    }
    return found | {"tables": str(len(tables))}


def raw_tables(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tables of a form as they were typed."""
    return [
        {part: data.get(f"table_{place}_{part}", "") for part in PARTS}
        for place in range(table_count(data))
    ]


def rearranged(data: Mapping[str, Any], order: str) -> dict[str, Any]:
    """Everything typed, after a button of the tables: ``add``, ``up:2``, ``remove:1``."""
    found = {name: data.get(name, "") for name in (*Texts._fields, "openness", *PEOPLE)}
    tables = raw_tables(data)
    act, _, text = order.partition(":")
    place = int(text) if text.isdecimal() and len(text) < 3 else -1
    other = {"up": place - 1, "down": place + 1}.get(act, -1)
    if act == "add" and len(tables) < MOST_TABLES:
        tables.append(dict.fromkeys(PARTS, ""))
    elif act == "remove" and 0 <= place < len(tables):
        del tables[place]
    elif 0 <= place < len(tables) and 0 <= other < len(tables):
        tables[place], tables[other] = tables[other], tables[place]
    return found | with_tables(tables)


def loose_draft(
    data: Mapping[str, Any], kind: Kind, present: Mapping[str, Any] | None = None
) -> tuple[Texts, dict[str, Any], list[str]]:
    """What is typed so far, whole or not, for a look at it; and what is left out and why."""
    words = {name: _printable(data.get(name, "")) for name in Texts._fields}
    texts = Texts(**{name: text[: LONGEST[name]] for name, text in words.items()})
    content = dict(present or {})
    left_out = [
        f"{LABELS[name]}最多 {LONGEST[name]} 字，样稿只排前面的部分。"
        for name, text in words.items()
        if len(text) > LONGEST[name]
    ]
    if words_only(kind):
        return texts, content, left_out
    attachments = []
    for number, row in enumerate(raw_tables(data), start=1):
        rows = cells_of(_printable(row["text"], "\n\t"))
        if not rows and not row["title"]:
            continue
        try:
            title = _printable(row["title"])[:LONGEST_TITLE] or f"附件{number}"
            attachments.append(attachment_of(title, rows, landscape=bool(row["landscape"])))
        except UnusableTable as error:
            left_out.append(f"附件{number}没有排入：{error}")
    content["attachments"] = [table(row) for row in attachments]
    people = [[label, _printable(data.get(name, ""))[:1000]] for name, label in PEOPLE.items()]
    content["people"] = [row for row in people if row[1]] if kind.layout == Layout.MINUTES else []
    return texts, content, left_out


def _printable(text: Any, kept: str = "\n") -> str:
    """What was typed without signs that no document holds; the form says so when it is saved."""
    return "".join(
        sign
        for sign in str(text)
        if (sign >= " " and not "\ud800" <= sign <= "\udfff") or sign in kept
    ).strip(" \n")
