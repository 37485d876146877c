"""What is looked at before a workbook is opened: an xlsx is an archive, and may be a bomb."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from typing import IO, Final

from django.core.exceptions import ValidationError

MAX_UNPACKED = 60 * 1024 * 1024
BROKEN = "这个文件读不出来。请用表格软件打开，另存为 xlsx 后重新上传。"
TOO_LARGE = "工作簿内容过大。请只保留要导入的一张工作表，另存后上传。"
OLD = "这是旧版 xls 工作簿或加了密码的文件。请用表格软件打开，去掉密码，另存为 xlsx 后重新上传。"
# What reading a damaged archive, or its XML, may raise (a UnicodeDecodeError is a ValueError).
DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)
# How compound files begin: xls of old, and every encrypted Office file.
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_archive(upload: IO[bytes]) -> None:
    """Refuse what unpacks to too much, holds a part twice, or declares entities of its own.

    Raises ValidationError; leaves the file at its beginning.
    """
    upload.seek(0)
    if upload.read(len(_COMPOUND)) == _COMPOUND:
        upload.seek(0)
        raise ValidationError(OLD)
    try:
        with zipfile.ZipFile(upload) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise ValidationError(TOO_LARGE)
            # Two readers of an archive may take different ones of two parts of a name.
            if len({part.filename.lower() for part in parts}) != len(parts):
                raise ValidationError(BROKEN)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as handle:
                        if b"<!DOCTYPE" in handle.read(2048):
                            raise ValidationError(BROKEN)
    except DAMAGED as error:
        raise ValidationError(BROKEN) from error
    finally:
        upload.seek(0)
