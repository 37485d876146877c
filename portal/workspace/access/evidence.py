"""Rows of the access matrix: 佐证材料."""

from __future__ import annotations

from portal.workspace.access.kinds import BY_FILER, BY_HANDLER, CASE, DRAFT, SUBMITTED, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("application-evidence", "GET", "填报中的佐证材料目录", DRAFT),
    Row("application-evidence:submitted", "GET", "已提交的佐证材料目录", SUBMITTED),
    Row("evidence-merge", "GET POST", "合并填报中的佐证材料", DRAFT),
    Row("evidence-merge:submitted", "POST", "合并已提交的佐证材料", SUBMITTED),
    Row("evidence-reuse", "GET POST", "选用已有材料", BY_FILER, DRAFT),
    Row("towns.reuse_evidence", "", "选用已有材料", BY_FILER),
    Row("evidence-edit", "GET POST", "修改材料名称、页码、对应清单", BY_FILER, DRAFT),
    Row("towns.amend_evidence", "", "修改材料名称、页码、对应清单", BY_FILER),
    Row("towns.move_evidence", "", "调整材料顺序", BY_FILER),
    Row("case-paper-copies", "GET POST", "登记纸质件", BY_HANDLER, CASE),
    Row("reviews.receive_paper_copies", "", "登记收到纸质件", BY_HANDLER),
    Row("reviews.undo_paper_copies", "", "撤销纸质件登记", BY_HANDLER),
)
# fmt: on
