"""Office files (docx, xlsx, pptx): parts, content types, relations, fields."""

from __future__ import annotations

import re
from xml.parsers import expat

from portal.core.inspection import compound
from portal.core.inspection.archives import Archive, Part
from portal.core.inspection.outcome import Budget, Found, Unfit
from portal.core.inspection.sniffing import PROGRAMS, is_program, what_it_is

MAIN_PARTS = {
    "xlsx": "xl/workbook.xml",
    "docx": "word/document.xml",
    "pptx": "ppt/presentation.xml",
}
SMALL = 8 * 1024 * 1024
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NETWORK = re.compile(
    r"^\s*(?:https?|ftp|mhtml|ms-|smb|webdav|\\\\|//|file:/*[^/\\]*//?[^/\\:]+\.)", re.IGNORECASE
)
UNC = re.compile(r"^\s*(?:file:)?(?:\\\\|//(?!/))[^/\\]", re.IGNORECASE)
DDE = re.compile(r"(?:^|[\s\"])DDE(?:AUTO)?\s", re.IGNORECASE)
LINKED_FIELD = re.compile(
    r"^\s*INCLUDE(?:TEXT|PICTURE)\s+\"?\s*(?:https?:|ftp:|\\\\)", re.IGNORECASE
)
# Relations that only point; everything else outside the file is fetched or run when it is opened.
HARMLESS = ("hyperlink",)
MACHINES = ("vbaProject", "wordVbaData", "xlMacrosheet", "xlIntlMacrosheet")


def inspect(content: memoryview, extension: str, budget: Budget | None = None) -> Found:
    """What an Office file contains; raises Unfit with the reason to keep it out."""
    nested = budget is not None
    if bytes(content[:8]) == OLE:
        compound.refuse_as_newer(content)
    archive = Archive(content, budget or Budget())
    names = {name.lower() for name in archive.parts}
    main = MAIN_PARTS[extension]
    if "[content_types].xml" not in names or main not in names:
        raise Unfit("content", what=kind_of(names))
    found = Found()
    for part in archive.parts.values():
        _inspect_part(archive, part, found, nested=nested)
    return found


def kind_of(names: set[str]) -> str:
    """What an archive is when it is not what its name says."""
    for extension, main in MAIN_PARTS.items():
        if main in names and "[content_types].xml" in names:
            return f"（实际是 {extension.upper()} 文件）"
    if "ofd.xml" in names:
        return "（实际是 OFD 版式文件，请转换为 PDF）"
    if "mimetype" in names and "content.xml" in names:
        return "（实际是 OpenDocument 文件）"
    if "meta-inf/manifest.mf" in names or "androidmanifest.xml" in names:
        return "（实际是 Java 或安卓程序）"
    return ""


def _inspect_part(archive: Archive, part: Part, found: Found, *, nested: bool) -> None:
    low = part.name.lower()
    ending = low.rpartition(".")[2]
    if low.endswith("vbaproject.bin") or "/macrosheets/" in low or ending in ("xlsm", "docm"):
        raise Unfit("macro")
    if "/activex/" in low:
        raise Unfit("activex")
    if ending in PROGRAMS:
        raise Unfit("program", what=part.name.rpartition("/")[2][:60])
    if low.startswith("_xmlsignatures/"):
        found.flags.add("signed")
    if ending == "rels":
        _relations(archive.read(part, SMALL), found)
    elif low == "[content_types].xml":
        _content_types(archive.read(part, SMALL))
    elif ending in ("xml", "vml"):
        _xml(archive, part, low, found)
    else:
        _other(archive, part, low, found, nested=nested)


def _other(archive: Archive, part: Part, low: str, found: Found, *, nested: bool) -> None:
    """Pictures, fonts, embedded files: read to the end, known by their beginning."""
    head = b""
    keep = "/embeddings/" in low and not nested
    pieces: list[bytes] = []
    for piece in archive.chunks(part):
        head = head or piece[:4096]
        if keep:
            pieces.append(piece)
    if "/embeddings/" in low:
        found.flags.add("attachments")
    if is_program(head):
        raise Unfit("program", what=part.name.rpartition("/")[2][:60])
    if head.startswith(b"PK\x03\x04"):
        ending = low.rpartition(".")[2]
        if nested or not keep or ending not in MAIN_PARTS:
            raise Unfit("nested")
        found.flags |= inspect(memoryview(b"".join(pieces)), ending, archive.budget).flags
    elif head.startswith(OLE):
        if keep:
            compound.inspect_embedded(b"".join(pieces))
    elif what_it_is(head)[0].endswith("压缩包"):
        raise Unfit("nested")


class _Reader:
    """An XML part read as a stream: no document type, no entities, handlers as asked for."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse
        self.parser.StartElementHandler = self._first
        self.begun = False

    def _refuse(self, *_: object) -> None:
        raise Unfit("doctype")

    def _first(self, *_: object) -> None:
        self.begun = True

    def whole(self, content: bytes) -> None:
        try:
            self.parser.Parse(content, True)
        except expat.ExpatError:
            raise Unfit("broken") from None


def _xml(archive: Archive, part: Part, low: str, found: Found) -> None:
    """Word's text is read for its fields, links between workbooks for DDE; others to their root."""
    fields = _Fields(found) if low.startswith("word/") else None
    external = low.startswith("xl/externallinks/")
    reader = _Reader()
    if fields is not None:
        reader.parser.StartElementHandler = fields.start
        reader.parser.EndElementHandler = fields.end
        reader.parser.CharacterDataHandler = fields.text
    elif external:
        reader.parser.StartElementHandler = _external_element
    everything = fields is not None or external
    try:
        for piece in archive.chunks(part):
            if everything or not reader.begun:
                reader.parser.Parse(piece, False)
        if everything:
            reader.parser.Parse(b"", True)
    except expat.ExpatError:
        # VML is written by hand in Office itself and is often not well-formed behind its root.
        if not low.endswith(".vml"):
            raise Unfit("broken") from None
    if external:
        found.flags.add("external_links")


def _external_element(name: str, attributes: dict[str, str]) -> None:
    local = name.rpartition(" ")[2]
    if local == "ddeLink":
        raise Unfit("dde")


class _Fields:
    """Word's field instructions, put together again from the runs they are split over."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.inside = False
        self.texts: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if local == "instrText":
            self.inside = True
        elif local == "fldSimple":
            for key, value in attributes.items():
                if key.rpartition(" ")[2] == "instr":
                    self.judge(value)
        elif local == "fldChar":
            kinds = [v for k, v in attributes.items() if k.rpartition(" ")[2] == "fldCharType"]
            if kinds != ["begin"]:
                self.judge("".join(self.texts))
            self.texts = []

    def end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == "instrText":
            self.inside = False
        elif local == "p" and self.texts:
            self.judge("".join(self.texts))

    def text(self, data: str) -> None:
        if self.inside and len(self.texts) < 2_000:
            self.texts.append(data)

    def judge(self, instruction: str) -> None:
        if DDE.search(instruction + " "):
            raise Unfit("dde")
        if LINKED_FIELD.search(instruction):
            self.found.flags.add("external_links")


def _content_types(content: bytes) -> None:
    def element(_: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("ContentType", "")
        if "macroEnabled" in kind or "vbaProject" in kind or "macrosheet" in kind.lower():
            raise Unfit("macro")

    reader = _Reader()
    reader.parser.StartElementHandler = element
    reader.whole(content)


def _relations(content: bytes, found: Found) -> None:
    def element(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == "Relationship":
            _relation(
                attributes.get("Type", "").rpartition("/")[2],
                attributes.get("Target", ""),
                external=attributes.get("TargetMode", "").lower() == "external",
                found=found,
            )

    reader = _Reader()
    reader.parser.StartElementHandler = element
    reader.whole(content)


def _relation(kind: str, target: str, *, external: bool, found: Found) -> None:
    if kind in MACHINES:
        raise Unfit("macro")
    if kind == "control":
        raise Unfit("activex")
    if not external or kind in HARMLESS:
        return
    away = bool(NETWORK.match(target) or UNC.match(target))
    if kind == "attachedTemplate":
        # Word notes where the template lay on the author's own disk: that is no finding.
        if away:
            raise Unfit("template")
        return
    if away and kind in ("oleObject", "package", "frame", "subDocument", "aFChunk"):
        raise Unfit("object")
    found.flags.add("external_links")
