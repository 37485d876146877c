"""Rows of the access matrix: 公文的可编辑文件 (docx)."""

from __future__ import annotations

from portal.workspace.access.kinds import INSIDE, ISSUED, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("document-docx", "POST", "下载本办公室公文的可编辑文件", INSIDE, ISSUED),
    Row("document-docx:draft", "POST", "下载本办公室拟稿的可编辑文件", INSIDE),
    Row("core.request_docx", "", "生成公文的可编辑文件", INSIDE),
)
INTERNAL: tuple[Row, ...] = (
    Row("core.store_docx", "", "保存公文的可编辑文件", caller="core.request_docx"),
    Row("core.bears_mark", "", "是否标注样稿", caller="core.request_docx"),
)
# fmt: on
