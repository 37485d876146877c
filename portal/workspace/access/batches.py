"""Rows of the access matrix: 材料（回执、评定说明、会议材料、汇总表、证书）和批量文件."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_PUBLISHER,
    CALL,
    CASE,
    CONCERNED,
    DESK,
    INSIDE,
    ISSUED,
    OFFICE,
    SUBMITTED,
    Row,
)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("paper:receipt", "POST", "制作受理回执", SUBMITTED),
    Row("paper:explanation", "POST", "制作评定说明", CASE),
    Row("paper:meeting", "POST", "制作会议材料", INSIDE),
    Row("paper:summary", "POST", "制作推荐汇总表", ((OFFICE, CONCERNED),), CALL),
    Row("paper:certificate", "POST", "制作认定证书", BY_PUBLISHER, ISSUED),
    Row("paper:blank-form", "POST", "制作申报书空表", CALL),
    Row("paper:application", "POST", "制作申报书", SUBMITTED),
    Row("batches", "GET", "批量文件列表", DESK),
    Row("batch-new", "GET POST", "批量制作证书、告知书", BY_PUBLISHER, DESK),
    Row("core.start_batch", "", "批量制作证书、告知书", BY_PUBLISHER),
    Row("batch", "GET", "查看批量文件", INSIDE),
    Row("batch", "POST", "重新制作未完成的", BY_PUBLISHER, INSIDE),
    Row("core.retry_batch", "", "重新制作未完成的", BY_PUBLISHER),
    Row("batch-file", "GET", "下载压缩包、合并的一份", INSIDE),
    Row("batch-item-file", "GET", "下载其中一份", INSIDE),
)
INTERNAL: tuple[Row, ...] = (
    Row("core.make_batch", "", "逐份制作", caller="core.start_batch"),
    Row("core.keep_item", "", "存入一份", caller="core.start_batch"),
    Row("core.keep_bundles", "", "存入压缩包、合并的一份", caller="core.start_batch"),
)
# fmt: on
