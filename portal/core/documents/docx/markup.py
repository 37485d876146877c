"""Elements of WordprocessingML: small functions, each of which makes or changes one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape

from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn

from portal.core.documents import fonts

RED: Final = "E60012"
VML: Final = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
# The names that an office's computer knows the faces by.
FACES: Final = {
    fonts.FANGSONG: "仿宋_GB2312",
    fonts.KAITI: "楷体_GB2312",
    fonts.XIAOBIAOSONG: "方正小标宋_GBK",
    fonts.HEITI: "黑体",
    fonts.SONGTI: "宋体",
}


def twips(points: float) -> int:
    """Twentieths of a point, in which places and sizes of pages and paragraphs are given."""
    return round(points * 20)


def element(tag: str, **attributes: object) -> Any:
    """``<w:tag w:name="value">``."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), str(value))
    return made


def put(parent: Any, tag: str, **attributes: object) -> Any:
    """The same as the last child of ``parent``."""
    made = element(tag, **attributes)
    parent.append(made)
    return made


@dataclass(frozen=True, slots=True)
class Span:
    """Text in one face. ``stretch`` is its width in percent, ``spacing`` between its characters in
    points; a size of 0 is the paragraph's."""

    text: str
    role: str
    size: float = 0.0
    color: str = ""
    spacing: float = 0.0
    stretch: int = 100
    style: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A paragraph: style, alignment, indents and spacings in points.

    ``line`` is an exact line height. Unset values are the style's.
    """

    style: str
    align: str = ""
    left: float | None = None
    right: float | None = None
    first: float | None = None
    before: float | None = None
    after: float | None = None
    line: float | None = None
    tabs: Sequence[float] = field(default=())
    right_tab: float = 0.0
    bottom_border: Any = None
    top_border: Any = None
    keep_next: bool = False
    page_break: bool = False


def paragraph(shape: Shape, spans: Sequence[Span] = ()) -> Any:
    """A paragraph element. The children of ``pPr`` keep the order that the schema gives them."""
    made = element("p")
    properties = put(made, "pPr")
    put(properties, "pStyle", val=shape.style)
    if shape.keep_next:
        put(properties, "keepNext")
    if shape.page_break:
        put(properties, "pageBreakBefore")
    if shape.bottom_border is not None or shape.top_border is not None:
        borders = put(properties, "pBdr")
        for border in (shape.top_border, shape.bottom_border):
            if border is not None:
                borders.append(border)
    if shape.tabs or shape.right_tab:
        stops = put(properties, "tabs")
        for stop in shape.tabs:
            put(stops, "tab", val="left", pos=twips(stop))
        if shape.right_tab:
            put(stops, "tab", val="right", pos=twips(shape.right_tab))
    _spacing(properties, shape)
    _indents(properties, shape)
    if shape.align:
        put(properties, "jc", val=shape.align)
    for span in spans:
        made.append(run(span))
    return made


def _spacing(properties: Any, shape: Shape) -> None:
    spacing: dict[str, object] = {}
    if shape.before is not None:
        spacing["before"] = twips(shape.before)
    if shape.after is not None:
        spacing["after"] = twips(shape.after)
    if shape.line is not None:
        spacing |= {"line": twips(shape.line), "lineRule": "exact"}
    if spacing:
        put(properties, "spacing", **spacing)


def _indents(properties: Any, shape: Shape) -> None:
    indents: dict[str, object] = {}
    if shape.left is not None:
        indents["left"] = twips(shape.left)
    if shape.right is not None:
        indents["right"] = twips(shape.right)
    if shape.first is not None:
        name, value = ("firstLine", shape.first) if shape.first >= 0 else ("hanging", -shape.first)
        indents[name] = twips(value)
        # The style's indent in characters would win over one in points.
        indents[f"{name}Chars"] = 0
        indents["firstLineChars"] = 0
    if indents:
        put(properties, "ind", **indents)


def run(span: Span) -> Any:
    """A run; a tab character becomes a tab."""
    made = element("r")
    properties = put(made, "rPr")
    if span.style:
        put(properties, "rStyle", val=span.style)
    if span.role:
        properties.append(faces(span.role))
    if span.color:
        put(properties, "color", val=span.color)
    if span.spacing:
        put(properties, "spacing", val=twips(span.spacing))
    if span.stretch != 100:
        put(properties, "w", val=span.stretch)
    if span.size:
        size = round(span.size * 2)
        put(properties, "sz", val=size)
        put(properties, "szCs", val=size)
    for position, piece in enumerate(span.text.split("\t")):
        if position:
            put(made, "tab")
        if piece:
            text = put(made, "t")
            text.text = piece
            text.set(qn("xml:space"), "preserve")
    return made


def faces(role: str) -> Any:
    """The face of a role for Chinese and for Latin text alike."""
    name = FACES[role]
    made = element("rFonts", ascii=name, hAnsi=name, eastAsia=name, cs=name)
    made.set(qn("w:hint"), "eastAsia")
    return made


def border(
    side: str, width: float, *, color: str = "auto", space: float = 0, kind: str = "single"
) -> Any:
    """A rule; its width is kept in eighths of a point, its distance in whole points."""
    return element(side, val=kind, sz=round(width * 8), space=round(space), color=color)


def page_number(style: str, align: str) -> Any:
    """``— 1 —`` as a field, in a paragraph of that style."""
    made = paragraph(Shape(style, align=align))
    made.append(run(Span("—  ", fonts.SONGTI)))
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("1", ""), ("end", "")):
        piece = element("r")
        put(piece, "rPr").append(faces(fonts.SONGTI))
        if text:
            code = put(piece, "instrText")
            code.text = text
            code.set(qn("xml:space"), "preserve")
        elif kind == "1":
            put(piece, "t").text = kind
        else:
            put(piece, "fldChar", fldCharType=kind)
        made.append(piece)
    made.append(run(Span(" —", fonts.SONGTI)))
    return made


def watermark(text: str) -> Any:
    """A mark across the page, behind the text, for a header."""
    return parse_xml(
        f"<w:r {VML}><w:rPr><w:noProof/></w:rPr><w:pict>"
        '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
        'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/>'
        '<v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/>'
        '<v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/>'
        '<v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/>'
        '<v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/>'
        '<v:f eqn="sum @6 0 @5"/></v:formulas>'
        '<v:path textpathok="t" o:connecttype="custom" '
        'o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800" o:connectangles="270,180,90,0"/>'
        '<v:textpath on="t" fitshape="t"/></v:shapetype>'
        '<v:shape id="PowerPlusWaterMarkObject1" o:spid="_x0000_s2049" type="#_x0000_t136" '
        'style="position:absolute;margin-left:0;margin-top:0;width:300pt;height:150pt;'
        "rotation:330;z-index:-251658752;mso-position-horizontal:center;"
        "mso-position-horizontal-relative:margin;mso-position-vertical:center;"
        'mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="#ededed" '
        'stroked="f"><v:textpath style="font-family:&quot;' + FACES[fonts.HEITI] + "&quot;;"
        f'font-size:1pt" string="{escape(text)}"/></v:shape></w:pict></w:r>'
    )
