"""Rows of the access matrix: 文件和上传."""

from __future__ import annotations

from portal.workspace.access.kinds import CASE, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("file-preview", "GET", "预览文件", CASE),
    Row("file-preview", "POST", "重新生成预览", CASE),
    Row("file-page", "GET", "查看预览的一页", CASE),
    Row("file-download", "GET", "下载文件", CASE),
)
# fmt: on
