"""The kinds of file that may be uploaded."""

from __future__ import annotations

from typing import NamedTuple

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OPENXML = "application/vnd.openxmlformats-officedocument."


class Accepted(NamedTuple):
    """A kind of file that may be uploaded: its extension, its media type and how it begins."""

    extension: str
    content_type: str
    magic: tuple[bytes, ...]


ACCEPTED: dict[str, Accepted] = {
    row.extension: row
    for row in (
        Accepted("pdf", "application/pdf", (b"%PDF-",)),
        Accepted("png", "image/png", (b"\x89PNG\r\n\x1a\n",)),
        Accepted("jpg", "image/jpeg", (b"\xff\xd8\xff",)),
        Accepted("jpeg", "image/jpeg", (b"\xff\xd8\xff",)),
        # Scanners of offices save the first two, messengers of telephones the third.
        Accepted("tif", "image/tiff", (b"II*\x00", b"MM\x00*")),
        Accepted("tiff", "image/tiff", (b"II*\x00", b"MM\x00*")),
        Accepted("bmp", "image/bmp", (b"BM",)),
        Accepted("webp", "image/webp", (b"RIFF",)),
        Accepted("docx", OPENXML + "wordprocessingml.document", (b"PK\x03\x04",)),
        Accepted("xlsx", OPENXML + "spreadsheetml.sheet", (b"PK\x03\x04",)),
        Accepted("pptx", OPENXML + "presentationml.presentation", (b"PK\x03\x04",)),
        Accepted("doc", "application/msword", (OLE,)),
        Accepted("xls", "application/vnd.ms-excel", (OLE,)),
        Accepted("ppt", "application/vnd.ms-powerpoint", (OLE,)),
    )
}
ACCEPTED_TEXT = "PDF、图片（JPG、PNG、TIFF、BMP、WEBP）或 Office 文件（Word、Excel、PPT）"
NEWER = frozenset({"docx", "xlsx", "pptx"})
# Formats that officials have and that are none of the accepted ones: what to do instead.
INSTEAD: dict[str, str] = {
    "ofd": "请转换为 PDF 后上传。",
    "wps": "请用 WPS 另存为 DOCX 后上传。",
    "et": "请用 WPS 另存为 XLSX 后上传。",
    "dps": "请用 WPS 另存为 PPTX 后上传。",
    "rtf": "请用 Word 或 WPS 另存为 DOCX 后上传。",
    "csv": "请用 Excel 或 WPS 另存为 XLSX 后上传。",
    "txt": "请另存为 DOCX 或 PDF 后上传。",
    "gif": "请另存为 PNG 或 JPG 后上传。",
    "heic": "请在手机上另存为 JPG 后上传。",
    "caj": "请打印为 PDF 后上传。",
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tar"), "请解压后逐份上传其中的文件。"),
    **dict.fromkeys(("docm", "xlsm", "pptm", "dotm", "xlsb"),
                    "这种格式可以含宏，请另存为不含宏的 DOCX、XLSX 或 PPTX 后上传。"),
    **dict.fromkeys(("exe", "msi", "bat", "cmd", "js", "vbs", "scr", "com", "jar", "apk", "lnk"),
                    "程序和脚本不能上传，请核对文件来源。"),
}  # fmt: skip
