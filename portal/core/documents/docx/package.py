"""The file around the text: styles with Chinese names, settings, font table, properties."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.content import DocumentContent
from portal.core.documents.docx.markup import FACES, RED, twips
from portal.core.documents.fontsources import LICENSED_NAMES, SOURCES

W: Final = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
# 22 lines have to fit into the type area: a twentieth of a point more and there are 21.
PITCH: Final = int(g.TYPE_HEIGHT / g.LINES * 20) / 20
# Whole twentieths, and on the narrow side: 28 characters have to fit on a line, which is justified.
SPACING: Final = math.floor(g.SPACING * 20)
# What the free faces were made from, under which a computer may have them.
FREE_NAMES: Final = {
    fonts.FANGSONG: ("FandolFang R", "LXGW WenKai Light"),
    fonts.KAITI: ("FandolKai", "LXGW WenKai"),
    fonts.XIAOBIAOSONG: ("FandolSong", "Noto Serif CJK SC"),
    fonts.HEITI: ("Noto Sans CJK SC",),
    fonts.SONGTI: ("FandolSong", "Noto Serif CJK SC"),
}


class Style(NamedTuple):
    """A paragraph style. Sizes in points, ``first`` in characters, ``line`` an exact height."""

    key: str
    name: str
    role: str = fonts.FANGSONG
    size: float = g.SIZE
    align: str = ""
    first: int = 0
    line: float = 0.0
    outline: int | None = None
    keep: bool = False
    color: str = ""
    following: str = ""


MASTHEAD: Final = "Masthead"
NUMBER: Final = "DocumentNumber"
TITLE: Final = "DocumentTitle"
ADDRESSEES: Final = "Addressees"
BODY: Final = "DocumentBody"
HEADINGS: Final = {f"heading{level}": f"Level{level}" for level in range(1, 5)}
PEOPLE: Final = "Attendance"
NOTE_OF_ATTACHMENTS: Final = "AttachmentNote"
SEAL: Final = "SealPlace"
SIGNATURE: Final = "Signatory"
NOTE: Final = "DocumentNote"
LABEL: Final = "AttachmentLabel"
ATTACHMENT_TITLE: Final = "AttachmentTitle"
HEAD_CELL: Final = "TableHead"
CELL: Final = "TableText"
IMPRINT: Final = "Imprint"
PAGE_NUMBER: Final = "PageNumber"
MARK: Final = "VerificationMark"
GAP: Final = "Gap"

STYLES: Final = (
    Style(MASTHEAD, "发文机关标志", fonts.XIAOBIAOSONG, g.MASTHEAD_GRID_SIZE, "center", color=RED),
    Style(NUMBER, "发文字号"),
    Style(TITLE, "公文标题", fonts.XIAOBIAOSONG, g.TITLE_SIZE, "center", outline=0, keep=True,
          following=ADDRESSEES),
    Style(ADDRESSEES, "主送机关", following=BODY),
    Style(BODY, "公文正文", first=2),
    Style("Level1", "一级标题", fonts.HEITI, first=2, outline=1, keep=True, following=BODY),
    Style("Level2", "二级标题", fonts.KAITI, first=2, outline=2, keep=True, following=BODY),
    Style("Level3", "三级标题", first=2, outline=3, following=BODY),
    Style("Level4", "四级标题", first=2, outline=4, following=BODY),
    Style(PEOPLE, "出席人员"),
    Style(NOTE_OF_ATTACHMENTS, "附件说明", keep=True),
    Style(SEAL, "用印位置", size=10.5, align="left", keep=True, color="808080"),
    Style(SIGNATURE, "署名和成文日期", align="left"),
    Style(NOTE, "附注", first=2),
    Style(LABEL, "附件标识", fonts.HEITI, align="left", line=(2 * g.PITCH - g.LEADING) / 2,
          outline=0),
    Style(ATTACHMENT_TITLE, "附件标题", fonts.XIAOBIAOSONG, g.TITLE_SIZE, "center",
          line=g.ATTACHMENT_TITLE_LINE),
    Style(HEAD_CELL, "表头", fonts.HEITI, g.TABLE_SIZE, "center", line=g.TABLE_LINE),
    Style(CELL, "表格内容", size=g.TABLE_SIZE, align="left", line=g.TABLE_LINE),
    Style(IMPRINT, "版记", size=g.SMALL_SIZE, align="left", line=g.IMPRINT_PITCH),
    Style(PAGE_NUMBER, "页码", fonts.SONGTI, g.SMALL_SIZE, line=g.SMALL_SIZE),
    Style(MARK, "核验标记", fonts.SONGTI, g.MARK_TEXT, "left", line=g.MARK_TEXT_PITCH),
    Style(GAP, "版面间隔", size=1, line=1),
)  # fmt: skip


def new_package(content: DocumentContent) -> Any:
    """An empty document with our styles, settings, fonts and the properties of ``content``."""
    document = Document()
    _styles(document)
    _settings(document)
    _font_table(document)
    _properties(document, content)
    body = document.element.body
    for child in list(body):
        body.remove(child)
    for key, relation in list(document.part.package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            del document.part.package.rels[key]
    for key, relation in list(document.part.rels.items()):
        if relation.reltype.endswith(("/stylesWithEffects", "/customXml", "/numbering")):
            del document.part.rels[key]
    return document


def _fonts(role: str) -> str:
    name = FACES[role]
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}"/>'


def _styles(document: Any) -> None:
    size = round(g.SIZE * 2)
    head = (
        f"<w:styles {W}><w:docDefaults><w:rPrDefault><w:rPr>{_fonts(fonts.FANGSONG)}"
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
        '<w:lang w:val="zh-CN" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        '<w:qFormat/><w:pPr><w:widowControl w:val="0"/><w:kinsoku/><w:overflowPunct/>'
        '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/><w:snapToGrid w:val="0"/>'
        f'<w:spacing w:line="{twips(PITCH)}" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr>'
        f'<w:rPr>{_fonts(fonts.FANGSONG)}<w:spacing w:val="{SPACING}"/>'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
        "</w:style>"
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/>'
        "</w:style>"
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="0" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
        '<w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/>'
        "<w:semiHidden/></w:style>"
    )
    pieces = [head, *(_style(style) for style in STYLES)]
    for key, name, role in (("Level1", "一级", fonts.HEITI), ("Level2", "二级", fonts.KAITI)):
        pieces.append(
            f'<w:style w:type="character" w:customStyle="1" w:styleId="{key}Text">'
            f'<w:name w:val="{name}标题文字"/><w:rPr>{_fonts(role)}</w:rPr></w:style>'
        )
    made = parse_xml("".join((*pieces, "</w:styles>")))
    root = document.styles.element
    for child in list(root):
        root.remove(child)
    for child in list(made):
        root.append(child)


def _style(style: Style) -> str:
    indent = ""
    if style.first:
        points = twips(style.first * g.CELL)
        indent = f'<w:ind w:firstLineChars="{style.first * 100}" w:firstLine="{points}"/>'
    exact = f'<w:spacing w:line="{twips(style.line)}" w:lineRule="exact"/>' if style.line else ""
    size = round(style.size * 2)
    return "".join(
        (
            f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{style.key}">',
            f'<w:name w:val="{style.name}"/><w:basedOn w:val="Normal"/>',
            f'<w:next w:val="{style.following}"/>' if style.following else "",
            "<w:qFormat/><w:pPr>",
            "<w:keepNext/>" if style.keep else "",
            exact,
            indent,
            f'<w:jc w:val="{style.align}"/>' if style.align else "",
            f'<w:outlineLvl w:val="{style.outline}"/>' if style.outline is not None else "",
            f"</w:pPr><w:rPr>{_fonts(style.role)}",
            f'<w:color w:val="{style.color}"/>' if style.color else "",
            '<w:spacing w:val="0"/>' if style.size != g.SIZE else "",
            f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>',
        )
    )


def _settings(document: Any) -> None:
    """Mirrored margins, odd and even pages, Chinese line breaking, no compatibility mode."""
    made = parse_xml(
        f'<w:settings {W}><w:zoom w:percent="100"/><w:mirrorMargins/>'
        "<w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/>"
        '<w:defaultTabStop w:val="420"/><w:evenAndOddHeaders/>'
        '<w:drawingGridHorizontalSpacing w:val="158"/><w:drawingGridVerticalSpacing w:val="579"/>'
        '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat>'
        "<w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/>"
        "<w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>"
        + "".join(
            f'<w:compatSetting w:name="{name}" w:uri="http://schemas.microsoft.com/office/word" '
            f'w:val="{value}"/>'
            for name, value in (
                ("compatibilityMode", 15),
                ("overrideTableStyleFontSizeAndJustification", 1),
                ("enableOpenTypeFeatures", 1),
                ("doNotFlipMirrorIndents", 1),
            )
        )
        + '</w:compat><w:themeFontLang w:val="zh-CN" w:eastAsia="zh-CN"/>'
        '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>'
    )
    root = document.settings.element
    for child in list(root):
        root.remove(child)
    for child in list(made):
        root.append(child)


def _font_table(document: Any) -> None:
    """Each face with the names to look for where it is not installed: licensed ones, free ones."""
    pieces = [f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {W}>']
    for role, name in FACES.items():
        own = [source.family for source in SOURCES if source.role == role]
        others = dict.fromkeys((*LICENSED_NAMES[role], *FREE_NAMES[role], *own))
        others.pop(name, None)
        pieces.append(
            f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/>'
            '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        )
    relations = document.part.rels.values()
    part = next(row for row in relations if row.reltype == RELATIONSHIP_TYPE.FONT_TABLE)
    part.target_part._blob = "".join((*pieces, "</w:fonts>")).encode()


def _properties(document: Any, content: DocumentContent) -> None:
    properties = document.core_properties
    day = content.signed_on
    properties.title = content.title.replace("\n", "")[:255]
    properties.author = "、".join(content.organs)[:255]
    properties.last_modified_by = content.issuing_organ[:255]
    properties.subject = content.number[:255]
    properties.language = "zh-CN"
    properties.comments = ""
    properties.keywords = ""
    properties.created = properties.modified = datetime(
        day.year, day.month, day.day, tzinfo=UTC
    ).replace(tzinfo=None)
