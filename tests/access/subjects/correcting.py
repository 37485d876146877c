"""退回补正: what its addresses are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.scenario import open_run

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """Parameters of the addresses."""
    return {
        "case-return": {"pk": county.case.pk},
        "application-corrections": {"pk": county.filing.pk},
    }


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-return": lambda held: {"pk": held.accept.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-return": lambda held: {
        "run": open_run(held.accept).pk,
        "section": ["facts"],
        "opinion": "请核对联系人。",
    },
}
