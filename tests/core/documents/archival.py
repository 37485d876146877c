"""Looks a PDF over for what ISO 19005-2 (PDF/A-2, conformance U) asks of it.

Not a validator: it knows the rules that a document of this portal could break. ``faults`` names
every one that is broken, with its clause; docs/pdf-validation.md tells how a file is put to a
validator by hand.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from xml.etree import ElementTree

import pikepdf
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.ttLib import TTFont

RDF: Final = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID: Final = "{http://www.aiim.org/pdfa/ns/id/}"
DC: Final = "{http://purl.org/dc/elements/1.1/}"
SCHEMAS: Final = (
    RDF,
    PDFAID,
    DC,
    "{http://ns.adobe.com/xap/1.0/}",
    "{http://ns.adobe.com/pdf/1.3/}",
)
FILTERS: Final = {"/FlateDecode", "/DCTDecode", "/ASCIIHexDecode", "/ASCII85Decode"}
BLENDS: Final = {
    "/Normal",
    "/Compatible",
    "/Multiply",
    "/Screen",
    "/Overlay",
    "/Darken",
    "/Lighten",
}
ANNOTATIONS: Final = {"/Link"}
CATALOGUE: Final = {"/AA", "/OpenAction", "/AcroForm", "/Requirements", "/Collection"}
NAMES: Final = {"/JavaScript", "/EmbeddedFiles", "/AlternatePresentations"}
DEEPEST: Final = 28
NO_CHARACTER: Final = {0x0000, 0xFEFF, 0xFFFE}


def qpdf_says(pdf: bytes) -> str:
    """What ``qpdf --check`` complains of; nothing when the file is sound."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "file.pdf"
        file.write_bytes(pdf)
        done = subprocess.run(
            ["qpdf", "--check", "--no-warn", str(file)], check=False, capture_output=True, text=True
        )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def faults(pdf: bytes) -> list[str]:
    """Every rule that the file breaks."""
    found = list(_file(pdf))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found += _document(document)
        found += _metadata(document)
        found += _objects(document)
        used: dict[tuple[int, int], Use] = {}
        for number, page in enumerate(document.pages, 1):
            found += (f"page {number}: {fault}" for fault in _page(page, used))
        for use in used.values():
            found += use.faults()
    return found


def _file(pdf: bytes) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\n%[\x80-\xff]{4}", pdf):
        yield "6.1.2: the header"
    if not pdf.rstrip(b"\r\n").endswith(b"%%EOF"):
        yield "6.1.3: something follows the end of the file"


def _document(document: pikepdf.Pdf) -> Iterator[str]:
    root: Any = document.Root
    if document.is_encrypted:
        yield "6.1.3: encrypted"
    if len(document.trailer.get("/ID", [])) != 2:
        yield "6.1.3: no identifier"
    names: Any = root.get("/Names", {})
    for key in sorted((CATALOGUE & set(root.keys())) | (NAMES & set(names.keys()))):
        yield f"6.5/6.8: the catalogue has {key}"
    intents: Any = root.get("/OutputIntents", [])
    if [str(intent.S) for intent in intents] != ["/GTS_PDFA1"]:
        yield "6.2.3: the output intent"
    for intent in intents:
        profile = intent.DestOutputProfile
        data = profile.read_bytes()
        if int(profile.N) != 3 or data[36:40] != b"acsp" or data[16:20] != b"RGB ":
            yield "6.2.3: the profile is not one of red, green and blue"
        if data[8] > 4 or data[12:16] not in (b"mntr", b"prtr", b"scnr"):
            yield "6.2.3: version or class of the profile"
    if not str(root.get("/Lang", "")):
        yield "6.7.4: no language"
    if (
        not bool(root.get("/MarkInfo", pikepdf.Dictionary()).get("/Marked", False))
        or "/StructTreeRoot" not in root
    ):
        yield "6.7: not tagged"


def _metadata(document: pikepdf.Pdf) -> Iterator[str]:
    stream = document.Root.get("/Metadata")
    if stream is None:
        yield "6.6.2: no metadata"
        return
    data = stream.read_bytes()
    if not re.match(rb'<\?xpacket begin="(\xef\xbb\xbf)?" id="W5M0MpCehiHzreSzNTczkc9d"\?>', data):
        yield "6.6.2: the packet's header"
    tree = ElementTree.fromstring(data)  # noqa: S314 (a file of our own)
    identity: dict[str, str] = {}
    for description in tree.iter(f"{RDF}Description"):
        identity |= {key: value for key, value in description.attrib.items() if PDFAID in key}
        for name in (*description.attrib, *(child.tag for child in description)):
            if not name.startswith(SCHEMAS):
                yield f"6.6.2.3: a property of no known schema: {name}"
    if identity != {f"{PDFAID}part": "2", f"{PDFAID}conformance": "U"}:
        yield f"6.6.4: {identity}"
    info: Any = document.trailer.get("/Info", {})
    title = tree.findtext(f".//{DC}title/{RDF}Alt/{RDF}li")
    if not title or title != str(info.get("/Title", "")):
        yield "6.6.2: the title"
    author = tree.findtext(f".//{DC}creator/{RDF}Seq/{RDF}li")
    if author != (str(info["/Author"]) if "/Author" in info else None):
        yield "6.6.2: the author"


def _objects(document: pikepdf.Pdf) -> Iterator[str]:
    for item in document.objects:
        if isinstance(item, pikepdf.Stream):
            yield from _stream(item)
        if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
            continue
        if item.get("/Type") == "/Action" or "/JS" in item:
            yield f"6.5: an action {item.get('/S')}"
        if item.get("/Type") == "/Annot" and str(item.get("/Subtype")) not in ANNOTATIONS:
            yield f"6.3: an annotation {item.get('/Subtype')}"
        if item.get("/Type") == "/Filespec":
            yield "6.8: a file inside or outside"
        if item.get("/Type") == "/ExtGState" or "/BM" in item:
            if str(item.get("/BM", "/Normal")) not in BLENDS:
                yield f"6.2.10: blend mode {item.BM}"
        if "/TR" in item or ("/TR2" in item and item.TR2 != "/Default") or "/HTP" in item:
            yield "6.2.5: a transfer function or a halftone phase"


def _stream(item: pikepdf.Stream) -> Iterator[str]:
    filters: Any = item.get("/Filter", [])
    names = [filters] if isinstance(filters, pikepdf.Name) else list(filters)
    if not {str(name) for name in names} <= FILTERS:
        yield f"6.1.7: filter {filters}"
    if {"/F", "/FFilter", "/FDecodeParms"} & set(item.keys()):
        yield "6.1.7: a stream in another file"
    if item.get("/Subtype") == "/Image":
        if bool(item.get("/Interpolate", False)) or "/Alternates" in item or "/OPI" in item:
            yield "6.2.8: an image that is interpolated or has others in its place"
        if str(item.get("/ColorSpace")) == "/DeviceCMYK":
            yield "6.2.4: an image in ink colours"
    if item.get("/Subtype") == "/PS" or "/PS" in item or "/Ref" in item:
        yield "6.2.9: a program or a reference instead of a picture"


class Use:
    """A font of the file and the CIDs that the text asks it for."""

    def __init__(self, font: Any) -> None:
        self.font = font
        self.cids: set[int] = set()

    def faults(self) -> Iterator[str]:
        name = str(self.font.get("/BaseFont", ""))
        for fault in self._faults():
            yield f"{name}: {fault}"

    def _faults(self) -> Iterator[str]:
        font = self.font
        if not re.match(r"/[A-Z]{6}\+", str(font.BaseFont)):
            yield "not a subset"
        if str(font.Subtype) != "/Type0" or str(font.Encoding) != "/Identity-H":
            yield "6.2.11.3: not a composite font with the identity as its encoding"
            return
        below = font.DescendantFonts[0]
        descriptor = below.FontDescriptor
        file = descriptor.get("/FontFile3", descriptor.get("/FontFile2"))
        if file is None:
            yield "6.2.11.4: not embedded"
            return
        if "/FontFile2" in descriptor and below.get("/CIDToGIDMap") is None:
            yield "6.2.11.3.2: no way from a CID to a glyph"
        characters = to_unicode(font)
        for cid in sorted(self.cids):
            text = characters.get(cid, "")
            if not text or NO_CHARACTER & {ord(char) for char in text}:
                yield f"6.2.11.7: CID {cid} stands for no character"
        yield from self._glyphs(TTFont(io.BytesIO(file.read_bytes())), below, characters)

    def _glyphs(self, program: TTFont, below: Any, characters: dict[int, str]) -> Iterator[str]:
        order = program.getGlyphOrder()
        place = {cid: cid for cid in self.cids}
        if "CFF " in program:
            top = program["CFF "].cff[0]
            if hasattr(top, "ROS"):
                # What the standard says: a CID is looked up in the charset.
                of_cid = {name: glyph for glyph, name in enumerate(top.charset)}
                place = {cid: of_cid.get(f"cid{cid:05d}", 0) for cid in self.cids}
        widths = _widths(below)
        glyphs = program.getGlyphSet()
        em = program["head"].unitsPerEm
        for cid, glyph in sorted(place.items()):
            char = characters.get(cid, "")
            if glyph != cid:
                yield f"CID {cid} ({char}) is glyph {glyph}: readers differ in what they show"
            if glyph == 0 or glyph >= len(order):
                yield f"6.2.11.8: no glyph for CID {cid} ({char})"
                continue
            advance = program["hmtx"][order[glyph]][0] * 1000 / em
            if abs(advance - widths.get(cid, 1000.0)) > 1:
                yield f"6.2.11.5: width of CID {cid} ({char})"
            pen = ControlBoundsPen(glyphs)
            glyphs[order[glyph]].draw(pen)
            if char.strip() and pen.bounds is None:
                yield f"the glyph of {char} is empty"


def _widths(below: Any) -> dict[int, float]:
    found: dict[int, float] = {}
    items = list(below.get("/W", []))
    while items:
        first, second = int(items.pop(0)), items.pop(0)
        if isinstance(second, pikepdf.Array):
            found |= {first + index: float(width) for index, width in enumerate(second)}
        else:
            width = float(items.pop(0))
            found |= dict.fromkeys(range(first, int(second) + 1), width)
    return found


def to_unicode(font: Any) -> dict[int, str]:
    """The characters that the font's map gives for its CIDs."""
    if "/ToUnicode" not in font:
        return {}
    found: dict[int, str] = {}
    text = font.ToUnicode.read_bytes().decode("latin-1")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for cid, chars in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]*)>", block):
            found[int(cid, 16)] = bytes.fromhex(chars).decode("utf-16-be", "replace")
    return found


def _page(page: pikepdf.Page, used: dict[tuple[int, int], Use]) -> Iterator[str]:
    if "/AA" in page.obj:
        yield "6.5: an action of the page"
    for box in ("/MediaBox", "/TrimBox"):
        if [round(float(side)) for side in page.obj[box]] not in (
            [0, 0, 595, 842],
            [0, 0, 842, 595],
        ):
            yield f"{box} is not that of A4"
    yield from _content(page, page.obj.Resources, used)


def _content(content: Any, resources: Any, used: dict[tuple[int, int], Use]) -> Iterator[str]:
    depth = 0
    use: Use | None = None
    for instruction in pikepdf.parse_content_stream(content):
        operands: Any = instruction.operands
        name = str(instruction.operator)
        if name == "q":
            depth += 1
            if depth > DEEPEST:
                yield "6.1.13: graphics states are nested too deeply"
        elif name == "Q":
            depth -= 1
        elif name in ("k", "K"):
            yield "6.2.4: colours of ink under an output intent of light"
        elif name == "Tf":
            font = resources.Font[str(operands[0])]
            use = used.setdefault(font.objgen, Use(font))
        elif name in ("Tj", "TJ") and use is not None:
            parts = operands[0] if name == "TJ" else operands
            strings = (bytes(part) for part in parts if isinstance(part, pikepdf.String))
            for codes in strings:
                use.cids |= {codes[at] << 8 | codes[at + 1] for at in range(0, len(codes), 2)}
        elif name == "Do":
            form = resources.XObject[str(operands[0])]
            if form.get("/Subtype") == "/Form":
                yield from _content(form, form.get("/Resources", resources), used)
    if depth:
        yield "6.1.13: graphics states are not closed"
