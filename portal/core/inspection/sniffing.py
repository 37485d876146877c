"""What a file is by its first bytes, whatever its name says; also what may hide inside another."""

from __future__ import annotations

import re

# Beginning of a file -> what officials call it and what to do with it.
OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"MZ", "可执行程序", "可执行程序不能上传。"),
    (b"\x7fELF", "可执行程序", "可执行程序不能上传。"),
    (b"#!", "脚本程序", "脚本程序不能上传。"),
    (b"\xca\xfe\xba\xbe", "Java 程序", "可执行程序不能上传。"),
    (b"Rar!", "RAR 压缩包", "请解压后逐份上传其中的文件。"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "请解压后逐份上传其中的文件。"),
    (b"\x1f\x8b", "GZIP 压缩包", "请解压后逐份上传其中的文件。"),
    (b"BZh", "BZIP2 压缩包", "请解压后逐份上传其中的文件。"),
    (b"\xfd7zXZ", "XZ 压缩包", "请解压后逐份上传其中的文件。"),
    (b"MSCF", "CAB 压缩包", "请解压后逐份上传其中的文件。"),
    (b"{\\rtf", "RTF 文档", "请用 Word 或 WPS 打开后另存为 DOCX。"),
    (b"GIF8", "GIF 图片", "请另存为 PNG 或 JPG。"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "快捷方式", "请上传快捷方式指向的文件本身。"),
    (b"%!PS", "PostScript 文件", "请转换为 PDF。"),
    (b"AC10", "CAD 图纸", "请打印为 PDF。"),
    (b"CWS", "Flash 动画", "这种文件不能上传。"),
    (b"FWS", "Flash 动画", "这种文件不能上传。"),
)
MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|script|iframe|svg|\?php|meta\s)", re.IGNORECASE
)
PHP = re.compile(rb"<\?php|<\?=", re.IGNORECASE)
SVG = re.compile(rb"<svg[\s>]", re.IGNORECASE)
XML = re.compile(rb"^\s*<\?xml", re.IGNORECASE)
# What is never a part of an honest PDF or picture behind its end.
HIDDEN: tuple[tuple[re.Pattern[bytes], str], ...] = (
    # With what follows the mark: four bytes alone stand in any large picture by chance.
    (re.compile(rb"PK\x03\x04[\x0a-\x3f]\x00"), "压缩包"),
    (re.compile(rb"PK\x05\x06\x00\x00\x00\x00"), "压缩包"),
    (re.compile(rb"Rar!\x1a\x07"), "压缩包"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "压缩包"),
    (re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01"), "程序"),
    (re.compile(rb"This program cannot be run in DOS mode"), "程序"),
    (re.compile(rb"%PDF-"), "PDF 文件"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "Office 文件"),
)
PROGRAMS = frozenset(
    [
        "exe",
        "com",
        "scr",
        "pif",
        "dll",
        "sys",
        "msi",
        "bat",
        "cmd",
        "ps1",
        "psm1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "wsh",
        "hta",
        "jar",
        "class",
        "lnk",
        "reg",
        "cpl",
        "chm",
        "sh",
        "py",
        "php",
        "asp",
        "aspx",
        "jsp",
        "html",
        "htm",
        "xhtml",
        "mht",
        "mhtml",
        "svg",
        "xll",
        "xlam",
        "ppam",
        "dotm",
        "apk",
        "app",
    ]
)


def what_it_is(head: bytes) -> tuple[str, str]:
    """What the first bytes say and what to do about it; two empty texts when they say nothing."""
    for magic, word, advice in OTHERS:
        if head.startswith(magic):
            return word, advice
    start = head[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    plain = start.replace(b"\x00", b"")
    if SVG.search(plain):
        return "SVG 图形", "请另存为 PNG 或 PDF。"
    if MARKUP.match(plain):
        return "网页", "请用 Excel 或 WPS 打开，另存为 XLSX 或 PDF 后上传。"
    if XML.match(plain):
        return "XML 文件", "请用原软件打开，另存为 XLSX、DOCX 或 PDF 后上传。"
    if PHP.search(plain):
        return "脚本程序", "脚本程序不能上传。"
    return "", ""


def hidden_in(content: bytes | memoryview) -> str:
    """What lies in a stretch of bytes that should hold nothing of its own; empty for nothing."""
    data = bytes(content)
    for pattern, word in HIDDEN:
        if pattern.search(data):
            return word
    if MARKUP.search(data) or PHP.search(data):
        return "网页或脚本"
    return ""


def archive_at_end(content: memoryview) -> bool:
    """Whether unpackers would take the file for an archive: the record they look for at its end."""
    tail = bytes(content[-65_557:])
    place = tail.rfind(b"PK\x05\x06")
    while place >= 0:
        record = tail[place : place + 22]
        if len(record) == 22:
            size = int.from_bytes(record[12:16], "little")
            start = len(content) - len(tail) + place - size
            if start >= 0 and (size == 0 or bytes(content[start : start + 4]) == b"PK\x01\x02"):
                return True
        place = tail.rfind(b"PK\x05\x06", 0, place)
    return False


def is_program(head: bytes) -> bool:
    """Whether something inside a document begins like a program or a script."""
    return head.startswith(
        (b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"L\x00\x00\x00\x01\x14\x02")
    ) or (head.startswith(b"MZ") and b"DOS mode" in head[:512])
