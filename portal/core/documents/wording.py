"""Text as people type it, and what it means: levels of paragraphs, and 【placeholders】.

Levels are told by their numbers, as in every official document: 一、 （一） 1. （1）. There is no
language here: a placeholder is replaced by a text, once, and nothing else happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.core.documents.content import Paragraph, ParagraphKind
from portal.core.documents.kinds import Layout, Placeholder, Texts

PLACEHOLDER: Final = re.compile(r"【([^【】\n]{1,30})】")
_LEVELS: Final[tuple[tuple[ParagraphKind, re.Pattern[str]], ...]] = (
    ("heading1", re.compile(r"^[一二三四五六七八九十百]+、")),
    ("heading2", re.compile(r"^[（(][一二三四五六七八九十百]+[）)]")),
    ("heading3", re.compile(r"^\d{1,2}[.．](?!\d)")),
    ("heading4", re.compile(r"^[（(]\d{1,2}[）)]")),
)
# A numeral of any level with nothing after it but marks.
BARE: Final = re.compile(
    r"^(?:[一二三四五六七八九十百]+、|[（(](?:[一二三四五六七八九十百]+|\d{1,2})[）)]|\d{1,2}[.．、])"
    r"[\s。，、；：.,;:]*$"
)
# Without them minutes are no minutes.
PRESENT: Final = "出席"
_NUMBERS: Final = {"heading3": "heading3", "heading4": "heading4"}
# A heading ends at its first full stop; what follows is text on the same line. One that is longer
# than this without a full stop is a sentence that only begins with a number.
LONGEST_HEADING: Final = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem of a text: ``field`` is a name of ``Texts``, ``message`` a sentence for people."""

    field: str
    message: str


def paragraphs_of(body: str) -> tuple[Paragraph, ...]:
    """The paragraphs of a text, a line each; empty lines are left out."""
    return tuple(_paragraph(line.strip()) for line in body.splitlines() if line.strip())


def _paragraph(line: str) -> Paragraph:
    for kind, number in _LEVELS:
        if not number.match(line):
            continue
        if kind in _NUMBERS:
            return Paragraph(kind, line)
        heading, stop, rest = line.partition("。")
        if len(heading) > LONGEST_HEADING:
            break
        if not stop:
            return Paragraph(kind, line)
        return Paragraph(kind, heading + stop, rest)
    return Paragraph("body", line)


def placeholders_in(text: str) -> tuple[str, ...]:
    """The names of placeholders in a text, each once, in their order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def fill(texts: Texts, values: Mapping[str, str]) -> Texts:
    """Replace every placeholder that has a value; the others stay for whoever drafts to see."""

    def filled(text: str) -> str:
        return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)

    return Texts(*(filled(text) for text in texts))


def faults_of(texts: Texts, known: Iterable[Placeholder]) -> list[Fault]:
    """What is wrong with a template: unknown placeholders, missing required ones, lone brackets."""
    names = {row.name: row for row in known}
    faults: list[Fault] = []
    used: set[str] = set()
    for field, text in zip(Texts._fields, texts, strict=True):
        for name in placeholders_in(text):
            used.add(name)
            if name not in names:
                faults.append(Fault(field, f"没有“【{name}】”这一项，请从可用项目中选择。"))
        rest = PLACEHOLDER.sub("", text)
        if "【" in rest or "】" in rest:
            faults.append(Fault(field, "“【”“】”没有成对出现，请检查。"))
    faults += [
        Fault("body", f"缺少必须出现的“【{row.name}】”。")
        for row in names.values()
        if row.required and row.name not in used
    ]
    return faults


def unfilled(
    texts: Texts, layout: Layout | None = None, content: Mapping[str, Any] | None = None
) -> list[Fault]:
    """What is still open in a document that is to be checked or issued.

    Placeholders that stand in it, paragraphs that are a numeral alone, and with its ``layout``
    and ``content`` the people of minutes.
    """
    faults = [
        Fault(field, f"“【{name}】”还没有填写。")
        for field, text in zip(Texts._fields, texts, strict=True)
        for name in placeholders_in(text)
    ]
    lines = [line.strip() for line in texts.body.splitlines() if line.strip()]
    faults += [
        Fault("body", f"“{line}”只有序号，没有内容，请补写正文第{place}段，或者删去这一段。")
        for place, line in enumerate(lines, 1)
        if BARE.match(line)
    ]
    if layout == Layout.MINUTES:
        people = (content or {}).get("people", ())
        if not any(label == PRESENT and names.strip() for label, names in people):
            faults.append(Fault("people", f"纪要须写明{PRESENT}人员，请在“{PRESENT}”一栏填写。"))
    return faults
