"""Does every character of a document have a glyph in the stack it will be set in?

One glyph that no font has makes some readers lose all text of that font, so this is asked before
a document is issued, and the answer names the character, where it stands and what to do.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from portal.core.documents import fonts
from portal.core.documents.charset import clean_text
from portal.core.documents.codes import grouped
from portal.core.documents.content import Attachment, DocumentContent, ParagraphKind, tidied
from portal.core.documents.kinds import Layout

# A cell, a name or a title up to this length is told whole; of a longer text the words around.
WHOLE: Final = 40
CONTEXT: Final = 8
WHAT_TO_DO: Final = "请改用通用字形，或者由管理员安装含有该字的正版字体"

ROLE_OF_KIND: Final[dict[ParagraphKind, str]] = {
    "body": fonts.FANGSONG,
    "heading1": fonts.HEITI,
    "heading2": fonts.KAITI,
    "heading3": fonts.FANGSONG,
    "heading4": fonts.FANGSONG,
}
# Set by the engine itself, whatever the document says.
OWN_TEXT: Final = (
    (fonts.XIAOBIAOSONG, "文件纪要"),
    (fonts.FANGSONG, "0123456789年月日印发抄送：附件（）。签发人编号"),
    (fonts.HEITI, "附件0123456789："),
    (fonts.SONGTI, "—0123456789核验码扫码可核验本件真伪"),
)


class Piece(NamedTuple):
    """A text of a document: the role it is set in, and where it stands, in words."""

    role: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A character that no face of the role's stack has, where it stands, and the words there."""

    char: str
    role: str
    where: str
    context: str

    @property
    def message(self) -> str:
        """The sentence shown to the person who drafts the document."""
        return (
            f"{self.where}“{self.context}”中的“{self.char}”字在{fonts.ROLE_NAMES[self.role]}"
            f"字体中缺字（U+{ord(self.char):04X}），{WHAT_TO_DO}"
        )


def pieces_of(content: DocumentContent) -> Iterator[Piece]:
    """Every text of the document, tidied, with the font it is set in and its place."""
    content = tidied(content)
    song, fang, hei = fonts.XIAOBIAOSONG, fonts.FANGSONG, fonts.HEITI
    for organ in content.organs:
        yield Piece(song, "发文机关标志", organ)
    if content.layout is Layout.MINUTES:
        yield Piece(fang, "发文机关", content.issuing_organ)
    yield Piece(song, "标题", content.title)
    yield Piece(fang, "发文字号", content.number)
    yield Piece(hei, "密级", content.secrecy)
    yield Piece(hei, "紧急程度", content.urgency)
    for name in content.signers:
        yield Piece(fonts.KAITI, "签发人", name)
    yield Piece(fang, "主送机关", content.addressees)
    for number, paragraph in enumerate(content.paragraphs, 1):
        where = f"正文第{number}段"
        yield Piece(ROLE_OF_KIND[paragraph.kind], where, paragraph.text)
        yield Piece(fang, where, paragraph.run_in)
    for row in content.people:
        yield Piece(hei, "人员名单", row.label)
        yield Piece(fang, f"{row.label}人员名单", row.names)
    several = len(content.attachments) > 1
    for number, attachment in enumerate(content.attachments, 1):
        yield from _attachment_pieces(f"附件{number if several else ''}", attachment)
    for signatory in content.signatories:
        yield Piece(fang, "署名", signatory)
    yield Piece(fang, "用印处", content.seal_hint)
    yield Piece(fang, "附注", content.note)
    yield Piece(fang, "抄送", content.copy_to or "")
    yield Piece(fang, "印发机关", content.printed_by)
    yield Piece(fonts.SONGTI, "核验码", grouped(content.code))
    if content.draft:
        yield Piece(hei, "样稿标记", content.draft_word)
    for role, text in OWN_TEXT:
        yield Piece(role, "版面", text)


def _attachment_pieces(name: str, attachment: Attachment) -> Iterator[Piece]:
    title = attachment.title.replace("\n", "")
    yield Piece(fonts.FANGSONG, f"{name}标题", title)
    yield Piece(fonts.XIAOBIAOSONG, f"{name}标题", title)
    for cell in attachment.header:
        yield Piece(fonts.HEITI, f"{name}表头", cell)
    for number, row in enumerate(attachment.rows, 1):
        for cell in row:
            yield Piece(fonts.FANGSONG, f"{name}第{number}行", cell)


def missing(pieces: Iterable[Piece]) -> list[Missing]:
    """Every character without a glyph, once per place, in order of appearance."""
    found: dict[tuple[str, str, str], Missing] = {}
    for role, where, text in pieces:
        # A document has a few hundred distinct characters and tens of thousands in all.
        gaps = [char for char in dict.fromkeys(clean_text(text)) if not _has(role, char)]
        for char in gaps:
            context = _context(clean_text(text), char)
            found.setdefault((char, where, context), Missing(char, role, where, context))
    return list(found.values())


def _has(role: str, char: str) -> bool:
    return char == " " or fonts.glyph(role, char) is not None


def _context(text: str, char: str) -> str:
    if len(text) <= WHOLE:
        return text
    position = text.index(char)
    return text[max(0, position - CONTEXT) : position + CONTEXT + 1]
