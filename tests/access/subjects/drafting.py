"""申报各部分的填写: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "application-autosave": lambda held: {"page": "p1", "fields": '{"contact": ["", "张联系"]}'},
    "application-presence": lambda held: {"page": "p1"},
    "application-industry": lambda held: {"industry_text": "肉牛"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.autosave_section": lambda held: {
        "application": held.county.filing,
        "key": "facts",
        "opened": {"contact": held.county.filing.contact},
        "typed": {"contact": "张联系"},
    },
    "towns.save_section": lambda held: {
        "application": held.county.filing,
        "key": "facts",
        "opened": None,
        "typed": {"contact": "张联系"},
    },
    "towns.note_presence": lambda held: {
        "application": held.county.filing,
        "key": "facts",
        "page": "p1",
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    filing = {"pk": county.filing.pk}
    return {
        "application-industry": filing,
        "application-verdict": {**filing, "criterion": "scale"},
        "application-autosave": {**filing, "key": "facts"},
        "application-presence": {**filing, "key": "facts"},
    }
