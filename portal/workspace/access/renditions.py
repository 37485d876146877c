"""Rows of the access matrix: 公文的签章版、扫描版."""

from __future__ import annotations

from portal.workspace.access.kinds import ISSUED, OWN, Row, Sight

KEEPERS_OF_PAPER = ("office_director", "office_deputy_director", "clerk", "signer")
BY_PAPER: Sight = ((KEEPERS_OF_PAPER, OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("document-rendition-add", "GET POST", "登记签章版、扫描版", BY_PAPER, ISSUED),
    Row("core.add_rendition", "", "登记签章版、扫描版", BY_PAPER),
    Row("document-rendition", "GET", "下载公文的各版式件", ISSUED),
)
# fmt: on
