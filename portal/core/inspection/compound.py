"""Older Office files (doc, xls, ppt) and whatever else lies in a compound file (OLE)."""

from __future__ import annotations

import io
import re
import struct

import olefile

from portal.core.inspection.outcome import Found, Unfit

STREAMS = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}
MACROS = frozenset({"macros", "vba", "_vba_project_cur", "_vba_project"})
LIMIT = 64 * 1024 * 1024
DDE = re.compile(rb"\x13\s*DDE(?:AUTO)?\s|\x13\x00(?:\s\x00)*D\x00D\x00E\x00", re.IGNORECASE)
PPT_MACROS = re.compile(rb"\x02\x00\x00\x04\x0c\x00\x00\x00....\x01\x00\x00\x00", re.DOTALL)
PPT_ENCRYPTED = b"\xdf\xc4\xd1\xf3"


def inspect(content: memoryview, extension: str) -> Found:
    """What an older Office file contains; raises Unfit with the reason to keep it out."""
    with _open(bytes(content)) as file:
        entries = ["/".join(path) for path in file.listdir(streams=True, storages=True)]
        roots = {entry.partition("/")[0].lower() for entry in entries}
        if "encryptedpackage" in roots or "encryptioninfo" in roots:
            raise Unfit("encrypted")
        if not any(name.lower() in roots for name in STREAMS[extension]):
            raise Unfit("content", what=_kind_of(roots))
        _structure(entries)
        found = Found()
        if any(re.match(r"(objectpool/_|mbd)", entry, re.IGNORECASE) for entry in entries):
            found.flags.add("attachments")
        if "_signatures" in roots or "_xmlsignatures" in roots:
            found.flags.add("signed")
        {"doc": _doc, "xls": _xls, "ppt": _ppt}[extension](file)
    return found


def inspect_embedded(content: bytes) -> None:
    """An object inside a newer Office file: a document of another program, never a program."""
    with _open(content) as file:
        entries = ["/".join(path) for path in file.listdir(streams=True, storages=True)]
        if any(entry.lower() == "encryptedpackage" for entry in entries):
            raise Unfit("encrypted")
        _structure(entries)


def refuse_as_newer(content: memoryview) -> None:
    """A compound file under a newer name: one locked by a password, or an older file renamed."""
    with _open(bytes(content)) as file:
        roots = {path[0].lower() for path in file.listdir(streams=True, storages=True)}
    if "encryptedpackage" in roots:
        raise Unfit("encrypted")
    raise Unfit("content", what=_kind_of(roots))


def _open(content: bytes) -> olefile.OleFileIO:
    try:
        return olefile.OleFileIO(io.BytesIO(content), raise_defects=olefile.DEFECT_INCORRECT)
    except (olefile.OleFileError, OSError, ValueError, IndexError, struct.error):
        raise Unfit("broken") from None


def _structure(entries: list[str]) -> None:
    for entry in entries:
        parts = [part.lower() for part in entry.split("/")]
        if MACROS & set(parts):
            raise Unfit("macro")
        if parts[-1] in ("\x01ole10native", "\x01ole10itemname"):
            raise Unfit("program", what="对象包")


def _kind_of(roots: set[str]) -> str:
    for extension, names in STREAMS.items():
        if any(name.lower() in roots for name in names):
            return f"（实际是 {extension.upper()} 文件）"
    if any(root.startswith("__substg1.0") for root in roots):
        return "（实际是邮件）"
    if "\x05digitalsignature" in roots or any("\u4840" in root for root in roots):
        return "（实际是安装程序）"
    return ""


def _stream(file: olefile.OleFileIO, name: str) -> bytes:
    try:
        if not file.exists(name):
            return b""
        if file.get_size(name) > LIMIT:
            raise Unfit("broken")
        return bytes(file.openstream(name).read())
    except (olefile.OleFileError, OSError, ValueError, IndexError, struct.error):
        raise Unfit("broken") from None


def _doc(file: olefile.OleFileIO) -> None:
    text = _stream(file, "WordDocument")
    if len(text) < 32 or text[:2] not in (b"\xec\xa5", b"\xdc\xa5"):
        raise Unfit("broken")
    if struct.unpack_from("<H", text, 10)[0] & 0x0100:
        raise Unfit("encrypted")
    if DDE.search(text):
        raise Unfit("dde")


def _xls(file: olefile.OleFileIO) -> None:
    """The records of the first substream: protection by password, macro sheets."""
    book = _stream(file, "Workbook") or _stream(file, "Book")
    if len(book) < 8 or book[:2] not in (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00"):
        raise Unfit("broken")
    place = 0
    while place + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, place)
        if kind == 0x2F:
            raise Unfit("encrypted")
        if kind == 0x85 and size >= 6 and book[place + 9] in (1, 6):
            raise Unfit("macro")
        if kind == 0x0A:
            break
        place += 4 + size


def _ppt(file: olefile.OleFileIO) -> None:
    if PPT_ENCRYPTED in _stream(file, "Current User")[:32]:
        raise Unfit("encrypted")
    if file.exists("EncryptedSummary"):
        raise Unfit("encrypted")
    if PPT_MACROS.search(_stream(file, "PowerPoint Document")):
        raise Unfit("macro")
