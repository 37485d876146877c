"""PDF: opened with PDFium, and its objects read for what runs, hides or points elsewhere."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator

import pypdfium2.raw as pdfium

from portal.core.inspection.outcome import Found, Unfit
from portal.core.inspection.sniffing import MARKUP, PROGRAMS, archive_at_end, hidden_in

UNPACKED_LIMIT = 64 * 1024 * 1024
PAGES_LIMIT = 5_000
PAGES_READ = 500
LINKS_READ = 2_000
LINK_SECONDS = 4
TAIL = 1_024


def _name(word: str) -> re.Pattern[bytes]:
    """A PDF name, of which any letter may be written as its code (#4a)."""
    letters = "".join(f"(?:{letter}|#{ord(letter):02x}|#{ord(letter):02X})" for letter in word)
    return re.compile(f"/{letters}(?![A-Za-z0-9])".encode())


LAUNCH = _name("Launch")
SCRIPT = _name("JavaScript")
EMBEDDED = _name("EmbeddedFile")
ENCRYPT = _name("Encrypt")
MEDIA = _name("RichMedia")
REMOTE = (_name("GoToR"), _name("SubmitForm"), _name("ImportData"), _name("GoToE"))
OBJECTS = _name("ObjStm")
STREAM = re.compile(rb"stream\r?\n")


def inspect(content: memoryview) -> Found:
    """What a PDF contains; raises Unfit with the reason to keep it out."""
    data = bytes(content)
    if b"%PDF-" in data[1:1024] and not data.startswith(b"%PDF-"):
        raise Unfit("header")
    _ends(data, content)
    found = Found()
    document = _open(data)
    try:
        found.pages = pdfium.FPDF_GetPageCount(document)
        if not 0 < found.pages <= PAGES_LIMIT:
            raise Unfit("pdf_broken" if found.pages < 1 else "pages")
        if not pdfium.FPDF_LoadPage(document, 0):
            raise Unfit("pdf_broken")
        _attachments(document, found)
        if pdfium.FPDFDoc_GetJavaScriptActionCount(document) > 0:
            found.flags.add("script")
        if pdfium.FPDF_GetSignatureCount(document) > 0:
            found.flags.add("signed")
        _links(document, min(found.pages, PAGES_READ))
    finally:
        pdfium.FPDF_CloseDocument(document)
    for text in (data, *_object_streams(data)):
        _objects(text, found)
    return found


def _ends(data: bytes, content: memoryview) -> None:
    """Nothing but a PDF: no page of HTML in its head, no archive or program behind its end."""
    if MARKUP.search(data[:TAIL]):
        raise Unfit("polyglot", what="网页或脚本")
    if archive_at_end(content):
        raise Unfit("polyglot", what="压缩包")
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Unfit("truncated")
    tail = data[end + 5 :]
    word = hidden_in(tail)
    if word:
        raise Unfit("polyglot", what=word)
    if len(tail.strip(b"\r\n\t \x00")) > TAIL:
        raise Unfit("polyglot", what="不属于文件的数据")


def _open(data: bytes) -> pdfium.FPDF_DOCUMENT:
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if document:
        if pdfium.FPDF_GetSecurityHandlerRevision(document) != -1:
            raise Unfit("encrypted")
        return document
    error = pdfium.FPDF_GetLastError()
    raise Unfit("encrypted" if error in (4, 5) else "pdf_broken")


def _attachments(document: pdfium.FPDF_DOCUMENT, found: Found) -> None:
    for index in range(min(pdfium.FPDFDoc_GetAttachmentCount(document), 200)):
        found.flags.add("attachments")
        attachment = pdfium.FPDFDoc_GetAttachment(document, index)
        size = pdfium.FPDFAttachment_GetName(attachment, None, 0)
        buffer = (pdfium.FPDF_WCHAR * (size // 2 + 1))()
        pdfium.FPDFAttachment_GetName(attachment, buffer, size)
        name = bytes(buffer)[: max(size - 2, 0)].decode("utf-16-le", "replace")
        if name.rpartition(".")[2].strip().lower() in PROGRAMS:
            raise Unfit("program", what=name[:60])


def _links(document: pdfium.FPDF_DOCUMENT, pages: int) -> None:
    """Links on pages that start a program, however their objects are written."""
    left = LINKS_READ
    end = time.process_time() + LINK_SECONDS
    for number in range(pages):
        if time.process_time() > end:
            return  # maps and drawings: the objects themselves are read below
        page = pdfium.FPDF_LoadPage(document, number)
        if not page:
            continue
        for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), left)):
            left -= 1
            annotation = pdfium.FPDFPage_GetAnnot(page, index)
            link = pdfium.FPDFAnnot_GetLink(annotation)
            action = pdfium.FPDFLink_GetAction(link) if link else None
            launches = action and pdfium.FPDFAction_GetType(action) == pdfium.PDFACTION_LAUNCH
            pdfium.FPDFPage_CloseAnnot(annotation)
            if launches:
                raise Unfit("launch")
        pdfium.FPDF_ClosePage(page)


def _object_streams(data: bytes) -> Iterator[bytes]:
    """Objects that lie packed inside object streams, unpacked within a limit."""
    left = UNPACKED_LIMIT
    for match in OBJECTS.finditer(data):
        begin = STREAM.search(data, match.end(), match.end() + 4_096)
        if begin is None:
            continue
        head = data[max(match.start() - 4_096, 0) : begin.start()]
        head = head[head.rfind(b" obj") + 1 :]
        if b"/Filter" not in head:
            end = data.find(b"endstream", begin.end())
            yield data[begin.end() : end if end > 0 else begin.end() + left]
            continue
        machine = zlib.decompressobj()
        try:
            text = machine.decompress(data[begin.end() :], left)
        except zlib.error:
            # Other filters are lawful here and nobody writes them: what cannot be read stays out.
            raise Unfit("unreadable") from None
        left -= len(text)
        if left <= 0:
            raise Unfit("bomb", why="解压后的总量过大")
        yield text


def _objects(text: bytes, found: Found) -> None:
    if LAUNCH.search(text):
        raise Unfit("launch")
    if ENCRYPT.search(text) and re.search(rb"/Encrypt\s+\d+\s+\d+\s+R", text):
        raise Unfit("encrypted")
    if SCRIPT.search(text):
        found.flags.add("script")
    if EMBEDDED.search(text) or MEDIA.search(text):
        found.flags.add("attachments")
    if any(pattern.search(text) for pattern in REMOTE):
        found.flags.add("external_links")
