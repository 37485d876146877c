"""Rows of the access matrix: 公文的可编辑文件 (docx)."""

from __future__ import annotations

from portal.workspace.access.kinds import INSIDE, ISSUED, OWN, Row, Sight

HANDS = ("office_director", "office_deputy_director", "clerk", "checker", "signer")
BY_HANDS: Sight = ((HANDS, OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("document-docx", "POST", "下载本办公室公文的可编辑文件", BY_HANDS, ISSUED),
    Row("document-docx:draft", "POST", "下载本办公室拟稿的可编辑文件", BY_HANDS, INSIDE),
    Row("core.request_docx", "", "生成公文的可编辑文件", BY_HANDS),
)
INTERNAL: tuple[Row, ...] = (
    Row("core.store_docx", "", "保存公文的可编辑文件", caller="core.request_docx"),
    Row("core.bears_mark", "", "是否标注样稿", caller="core.request_docx"),
)
# fmt: on
