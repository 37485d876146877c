"""What the placeholders of a template stand for in a preview, and how two wordings differ."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Final, Literal, NamedTuple

from portal.core.documents.content import Attachment, People
from portal.core.documents.kinds import Kind, Layout, Texts
from portal.core.documents.stored import table
from portal.core.documents.wording import PLACEHOLDER, fill

LONGEST_VALUE: Final = 100
PEOPLE: Final = (
    People("出席", "张建国、李秀英、王文斌"),
    People("请假", "赵志强"),
    People("列席", "刘晓梅、陈立新"),
)
TABLE: Final = Attachment(
    "名单（示例）",
    ("序号", "名称", "所在县（市、区）"),
    (2, 12, 8),
    (("1", "甲县铸造专业镇", "甲县"), ("2", "乙县陶瓷专业镇", "乙县")),
)


def read_back(template: Texts, written: Texts, known: Mapping[str, str]) -> dict[str, str]:
    """What placeholders stood for in a document that was written from a template.

    The fixed words between them are looked for in the document, one after the other; a
    placeholder whose neighbours were changed, or that has no fixed word behind it, is left out.
    """
    found: dict[str, str] = {}
    for text, words in zip(fill(template, known), written, strict=True):
        lines = words.splitlines()
        for line in text.splitlines():
            for candidate in lines:
                values = _values(line, candidate)
                if values is not None:
                    found |= values
                    break
    return found


def _values(line: str, words: str) -> dict[str, str] | None:
    """The values of a line; None when the words are not made from it."""
    pieces = PLACEHOLDER.split(line)
    fixed, names = pieces[::2], pieces[1::2]
    if not names or not words.startswith(fixed[0]) or not words.endswith(fixed[-1]):
        return None
    if any(not piece for piece in fixed[1:-1]):
        return None  # two side by side: nobody can say where one ends
    found, at = {}, len(fixed[0])
    for name, behind in zip(names, fixed[1:], strict=True):
        last = name is names[-1]
        end = len(words) - len(behind) if last else words.find(behind, at)
        if end < at or end - at > LONGEST_VALUE:
            return None
        found[name] = words[at:end]
        at = end + len(behind)
    return found


def sample_content(kind: Kind, texts: Texts) -> dict[str, object]:
    """People and tables for a preview of a kind of which no document has been written yet."""
    content: dict[str, object] = {"attachments": []}
    if kind.layout == Layout.MINUTES:
        content["people"] = [list(row) for row in ((row.label, row.names) for row in PEOPLE)]
    if "附件" in texts.body:
        content["attachments"] = [table(TABLE)]
    return content


class Run(NamedTuple):
    """A piece of text that stands in both wordings, only in the earlier or only in the later."""

    kind: Literal["same", "del", "ins"]
    text: str


def difference(before: str, after: str) -> list[Run]:
    """The later text with what was taken out and put in: by lines, then by characters."""
    runs: list[Run] = []
    earlier, later = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for tag, i, j, k, m in SequenceMatcher(None, earlier, later, autojunk=False).get_opcodes():
        old, new = "".join(earlier[i:j]), "".join(later[k:m])
        if tag == "equal":
            runs.append(Run("same", old))
        elif tag == "replace" and len(old) * len(new) < 4_000_000:
            runs += _signs(old, new)
        else:
            runs += [Run("del", old)] if old else []
            runs += [Run("ins", new)] if new else []
    return runs


def _signs(old: str, new: str) -> list[Run]:
    runs: list[Run] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            runs.append(Run("same", old[i:j]))
            continue
        if i < j:
            runs.append(Run("del", old[i:j]))
        if k < m:
            runs.append(Run("ins", new[k:m]))
    return runs
