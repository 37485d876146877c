"""申报请示、承诺: what their addresses are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "application-request": lambda held: {"number": "蒲政请〔2026〕9号"},
    "application-commitments": lambda held: {
        "commitment": held.county.filing.round.commitment_texts
    },
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of their addresses, besides the office."""
    filing = {"pk": county.filing.pk}
    return {
        "application-request": filing,
        "application-request-remove": filing,
        "application-commitments": filing,
    }
