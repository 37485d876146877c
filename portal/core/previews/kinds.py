"""Which kinds of file can be shown as page images, and what is said of those that cannot."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from portal.core.models import StoredFile


class Way(StrEnum):
    """How page images come of a file."""

    PDF = "pdf"
    IMAGE = "image"
    OFFICE = "office"


class Kind(NamedTuple):
    """A way, and the extension under which the programs are given the file."""

    way: Way
    extension: str


KINDS: dict[str, Kind] = {
    "application/pdf": Kind(Way.PDF, "pdf"),
    "image/png": Kind(Way.IMAGE, "png"),
    "image/jpeg": Kind(Way.IMAGE, "jpg"),
    "image/bmp": Kind(Way.IMAGE, "bmp"),
    "image/tiff": Kind(Way.IMAGE, "tif"),
    "image/webp": Kind(Way.IMAGE, "webp"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Kind(
        Way.OFFICE, "docx"
    ),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Kind(Way.OFFICE, "xlsx"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": Kind(
        Way.OFFICE, "pptx"
    ),
    "application/msword": Kind(Way.OFFICE, "doc"),
    "application/vnd.ms-excel": Kind(Way.OFFICE, "xls"),
    "application/vnd.ms-powerpoint": Kind(Way.OFFICE, "ppt"),
}
OTHER_KIND = "这种格式不能在线预览，请下载查看。"
NO_CONVERTER = "未安装转换程序，不能在线预览，请下载查看。"
INFECTED = "该文件发现病毒，不生成预览，请不要打开，并联系系统管理员。"


def kind_of(stored: StoredFile) -> Kind | None:
    """How the file can be shown; None when it cannot."""
    return KINDS.get(stored.content_type)
