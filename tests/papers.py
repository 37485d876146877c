"""Files as people have them, made by code: one good one of every kind that may be uploaded."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

from openpyxl import Workbook
from PIL import Image

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


# --- PDF ------------------------------------------------------------------------------------------


def pdf(
    text: str = "Certificate",
    *,
    pages: int = 1,
    objects: Iterable[bytes] = (),
    catalog: bytes = b"",
    trailer: bytes = b"",
    page: bytes = b"",
) -> bytes:
    """A PDF whose table of objects is right; more objects are numbered from 10 + pages on."""
    drawn = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET".encode("latin-1", "replace")
    kids = b" ".join(b"%d 0 R" % (10 + number) for number in range(pages))
    body: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        2: b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % pages,
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        4: b"<< /Length %d >>\nstream\n" % len(drawn) + drawn + b"\nendstream",
    }
    for number in range(pages):
        body[10 + number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> " + page + b" >>"
        )
    for number, item in enumerate(objects):
        body[10 + pages + number] = item
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, item in sorted(body.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + item + b"\nendobj\n"
    table = len(out)
    last = max(body) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % last
    for number in range(1, last):
        entry = (places[number], b"n") if number in places else (0, b"f")
        out += b"%010d 00000 %s \n" % entry
    out += b"trailer\n<< /Size %d /Root 1 0 R " % last + trailer + b" >>\n"
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


PDF = pdf()


# --- pictures -------------------------------------------------------------------------------------


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), shade: int = 120) -> bytes:
    """A small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (shade, 90, 60)).save(buffer, form)
    return buffer.getvalue()


# --- newer Office files ---------------------------------------------------------------------------


def archive(parts: Mapping[str, bytes | str], *, packed: bool = True) -> bytes:
    """An archive of these parts."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def relations(*rows: tuple[str, str, bool]) -> str:
    """A part of relations: (kind, target, outside the file)."""
    items = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if external else "/>")
        for number, (kind, target, external) in enumerate(rows)
    )
    return f'<?xml version="1.0"?><Relationships xmlns="{RELATIONS}">{items}</Relationships>'


def types(main: str, kind: str) -> str:
    """The part that says what every part is."""
    return (
        f'<?xml version="1.0"?><Types xmlns="{TYPES}"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/{main}" ContentType="{kind}"/>'
        "</Types>"
    )


def docx_parts(text: str = "情况说明", **more: str) -> dict[str, bytes | str]:
    """The parts of a Word file; ``body`` replaces its paragraphs."""
    main = "word/document.xml"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    body = more.get("body", f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
    return {
        "[Content_Types].xml": types(main, more.get("kind", kind)),
        "_rels/.rels": relations(("officeDocument", main, False)),
        main: f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{body}</w:body>'
        "</w:document>",
    }


def pptx_parts() -> dict[str, bytes | str]:
    """The parts of a PowerPoint file."""
    main = "ppt/presentation.xml"
    kind = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    space = "http://schemas.openxmlformats.org/presentationml/2006/main"
    return {
        "[Content_Types].xml": types(main, kind),
        "_rels/.rels": relations(("officeDocument", main, False)),
        main: f'<?xml version="1.0"?><p:presentation xmlns:p="{space}"/>',
    }


def docx(text: str = "情况说明") -> bytes:
    """A Word file."""
    return archive(docx_parts(text))


def xlsx() -> bytes:
    """An Excel file."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "企业名称"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_parts(content: bytes, more: Mapping[str, bytes | str]) -> bytes:
    """An archive with parts added or replaced."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        parts: dict[str, bytes | str] = {name: file.read(name) for name in file.namelist()}
    return archive(parts | dict(more))


# --- older Office files ---------------------------------------------------------------------------


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams; a slash in a name is a storage above it."""
    entries: list[dict[str, object]] = [{"name": "Root Entry", "kind": 5, "kids": []}]
    storages: dict[str, int] = {"": 0}
    sectors: list[bytes] = []
    chain: list[int] = []

    def add(name: str, above: int, kind: int, start: int = 0, size: int = 0) -> int:
        entries.append({"name": name, "kind": kind, "kids": [], "start": start, "size": size})
        kids = entries[above]["kids"]
        assert isinstance(kids, list)
        kids.append(len(entries) - 1)
        return len(entries) - 1

    for path, content in streams.items():
        *above, name = path.split("/")
        for depth in range(len(above)):
            key = "/".join(above[: depth + 1])
            if key not in storages:
                storages[key] = add(above[depth], storages["/".join(above[:depth])], 1)
        data = content.ljust(4096, b"\x00")  # shorter streams would lie in a stream of their own
        start = len(sectors)
        for place in range(0, len(data), SECTOR):
            sectors.append(data[place : place + SECTOR].ljust(SECTOR, b"\x00"))
            chain.append(len(sectors))
        chain[-1] = END
        add(name, storages["/".join(above)], 2, start, len(data))
    listing = b"".join(_directory_entry(entries, number) for number in range(len(entries)))
    listing = listing.ljust(-(-len(listing) // SECTOR) * SECTOR, b"\x00")
    first = len(sectors)
    for place in range(0, len(listing), SECTOR):
        sectors.append(listing[place : place + SECTOR])
        chain.append(len(sectors))
    chain[-1] = END
    tables = 1
    while (len(chain) + tables) * 4 > tables * SECTOR:
        tables += 1
    where = [len(sectors) + number for number in range(tables)]
    chain += [FAT] * tables
    chain += [FREE] * (tables * SECTOR // 4 - len(chain))
    head = struct.pack(
        "<8s16sHHHHHHIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, tables, first,
        0, 4096, END, 0, END, 0,
    )  # fmt: skip
    head += struct.pack("<109I", *(where + [FREE] * (109 - tables)))
    return head + b"".join(sectors) + struct.pack(f"<{len(chain)}I", *chain)


def _directory_entry(entries: list[dict[str, object]], number: int) -> bytes:
    entry = entries[number]
    name = str(entry["name"]).encode("utf-16-le")
    right, child = FREE, FREE
    for above in entries:
        kids = above["kids"]
        assert isinstance(kids, list)
        if number in kids and kids.index(number) + 1 < len(kids):
            right = kids[kids.index(number) + 1]
    kids = entry["kids"]
    assert isinstance(kids, list)
    if kids:
        child = kids[0]
    start = END if number == 0 else int(str(entry.get("start", 0)))
    return name.ljust(64, b"\x00") + struct.pack(
        "<HBBIII16sIQQIQ",
        len(name) + 2, int(str(entry["kind"])), 1, FREE, right, child, b"", 0, 0, 0, start,
        int(str(entry.get("size", 0))),
    )  # fmt: skip


def word_stream(flags: int = 0, text: bytes = b"") -> bytes:
    """The beginning of an old Word file's text."""
    return struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x0804, 0, flags) + bytes(20) + text


def record(kind: int, content: bytes) -> bytes:
    """A record of an old Excel file."""
    return struct.pack("<HH", kind, len(content)) + content


def book_stream(*records: bytes, sheet: int = 0) -> bytes:
    """An old Excel file's first substream; ``sheet`` is the kind of its one sheet."""
    begin = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 1997, 0, 6))
    name = b"Sheet1"
    row = record(0x85, struct.pack("<IBBBB", 0, 0, sheet, len(name), 0) + name)
    return begin + b"".join(records) + row + record(0x0A, b"")


def doc() -> bytes:
    """An old Word file."""
    return compound({"WordDocument": word_stream(), "1Table": b"x"})


def xls() -> bytes:
    """An old Excel file."""
    return compound({"Workbook": book_stream()})


def ppt() -> bytes:
    """An old PowerPoint file."""
    return compound(
        {"PowerPoint Document": b"\x0f\x00\xe8\x03", "Current User": b"\x00\x00\xf6\x0f"}
    )


def good() -> dict[str, bytes]:
    """A good file of every kind."""
    return {
        "pdf": PDF,
        "png": picture("PNG"),
        "jpg": picture("JPEG"),
        "jpeg": picture("JPEG", shade=90),
        "tif": picture("TIFF"),
        "tiff": picture("TIFF", shade=90),
        "bmp": picture("BMP"),
        "webp": picture("WEBP"),
        "docx": docx(),
        "xlsx": xlsx(),
        "pptx": archive(pptx_parts()),
        "doc": doc(),
        "xls": xls(),
        "ppt": ppt(),
    }
