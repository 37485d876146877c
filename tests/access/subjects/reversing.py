"""撤销办理、评审流程: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reviews.actions.reversing import last_decision

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

REASON = "受理有误，需重新核对。"


def decided(held: Held) -> int:
    """The newest decision of a case that waits for a meeting: nothing was built on it."""
    run = last_decision(held.to_convene)
    assert run is not None
    return run.pk


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """Parameters of the addresses."""
    return {"case-reverse": {"pk": county.case.pk}}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-reverse": lambda held: {"pk": held.to_convene.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-reverse": lambda held: {"run": decided(held), "reason": REASON},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.reverse_step": lambda held: {
        "case_id": held.to_convene.pk,
        "run_id": decided(held),
        "reason": REASON,
    },
}
