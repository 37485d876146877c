"""Rows of the access matrix: 承办、批量办理."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_HANDLER,
    CASE,
    DIRECTORS,
    HANDLERS,
    INSIDE,
    OWN,
    Row,
    Sight,
)

BY_TAKER: Sight = (((*HANDLERS, "signer"), OWN),)
# Who has a case in hand: the tests' is the clerk's.
BY_HOLDER: Sight = (((*DIRECTORS, "clerk"), OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("cases-batch", "GET", "回到办件列表", BY_TAKER, INSIDE),
    Row("cases-batch", "POST", "批量受理、认领、指派、退回", BY_HANDLER, INSIDE),
    Row("case-claim", "POST", "认领办件", BY_HANDLER, CASE),
    Row("reviews.claim_case", "", "认领办件", BY_HANDLER),
    Row("case-take-over", "GET POST", "接办同事承办的办件", BY_HANDLER, CASE),
    Row("reviews.take_over_case", "", "接办同事承办的办件", BY_HANDLER),
    Row("case-hand-over", "GET POST", "移交、指派承办人", BY_HANDLER, CASE),
    Row("reviews.hand_over_case", "", "移交、指派承办人", BY_HANDLER),
    Row("case-release", "POST", "退回待认领", BY_HOLDER, CASE),
    Row("reviews.release_case", "", "退回待认领", BY_HOLDER),
)
# fmt: on
