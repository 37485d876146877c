"""Rows of the access matrix: 公文的送核、核稿、会签、分发、收文、字号."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_PUBLISHER,
    DESK,
    INSIDE,
    ISSUED,
    OFFICE,
    OWN,
    PUBLISHERS,
    REGION,
    Row,
    Sight,
)
from portal.workspace.access.paperwork import BY_CHECKER, BY_REGISTERER

SENDERS = tuple(dict.fromkeys((*PUBLISHERS, "signer")))
BY_SENDER: Sight = ((SENDERS, OWN),)
# The sheet of an issued document is for its office and those above, not for whom it was sent to.
SHEET: Sight = ((OFFICE, REGION),)
BY_AUTHOR_AT_DESK: Sight = ((PUBLISHERS, OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("documents-waiting", "GET", "待我办理的公文", DESK),
    Row("documents-received", "GET", "收到的公文", DESK),
    Row("document-send", "GET POST", "送核稿", BY_PUBLISHER, INSIDE),
    Row("document-check", "GET POST", "核稿", BY_CHECKER, INSIDE),
    Row("document-cosign", "GET POST", "登记平台以外单位的会签结果", BY_REGISTERER, INSIDE),
    Row("document-recall", "GET POST", "撤回公文修改", BY_PUBLISHER, INSIDE),
    Row("document-sheet", "GET", "发文稿纸", SHEET),
    Row("document-act-on", "GET POST", "更正、替代、撤销公文", BY_PUBLISHER, ISSUED),
    Row("document-deliver", "GET POST", "分发公文", BY_SENDER, ISSUED),
    Row("core.deliver_document", "", "分发公文", BY_SENDER),
    Row("document-remind", "POST", "催阅公文", BY_SENDER, ISSUED),
    Row("core.remind_unread", "", "催阅公文", BY_SENDER),
    Row("document-numbers", "GET", "发文字号", DESK),
    Row("number-void", "GET POST", "作废字号", BY_AUTHOR_AT_DESK, DESK),
    Row("number-rules", "GET POST", "编号规则", BY_AUTHOR_AT_DESK, DESK),
)
INTERNAL: tuple[Row, ...] = (
    Row("core.mark_document_read", "", "记下已阅", caller="document"),
)
# fmt: on
