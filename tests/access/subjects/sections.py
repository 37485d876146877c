"""申报中的台账部分、带入、复制: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from towns.models import Application

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def _copied(held: Held) -> dict[str, Any]:
    """A town that may file now, and an application of the same town that was submitted."""
    town = held.fresh_town
    source: Application = held.accept.application
    if source.town_id != town.pk:
        Application.objects.filter(pk=source.pk).update(town=town, state="withdrawn")
    return {
        "town": town,
        "call": held.world.rounds["county" if held.slug == HOME else "province"],
        "source": source,
    }


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "application-section-refresh": lambda held: {"names": "state_testing"},
    "application-prefill": lambda held: {"names": "industry/industry_text"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.save_register_section": lambda held: {
        "application": held.county.filing,
        "key": "functions",
        "opened": None,
        "below": None,
        "typed": {"state_testing": "building"},
    },
    "towns.drop_typed": lambda held: {
        "application": held.county.filing,
        "key": "functions",
        "names": ["state_testing"],
    },
    "towns.prefill_application": lambda held: {
        "application": held.county.filing,
        "names": ["industry/industry_text"],
    },
    "towns.copy_application": _copied,
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    section = {"pk": county.filing.pk, "key": "functions"}
    return {
        "application-section": section,
        "application-section-refresh": section,
        "application-prefill": {"pk": county.filing.pk},
    }
