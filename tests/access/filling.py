"""Where an address needs an object in a state of its own, and what a complete form holds.

A form that is refused for its policy must be refused for nothing else: where a page looks at the
form first, ``FIELDS`` fills it. Addresses that are fine with the objects of
``tests.test_access.fillings`` and an empty form need nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator

from portal.core.actor import Actor, acting_user
from portal.core.models import LedgerEntry
from tests.access.ground import Held
from tests.access.subjects import joined
from tests.scenario import open_run

Filled = Callable[[Held], dict[str, Any]]

# Row name, with the method where only that one needs it -> parameters of the address.
STATES: dict[str, Filled] = {
    "application-start": lambda held: {
        "town": held.fresh_town.pk,
        "call": held.world.rounds["county"].pk,
    },
    "application:submitted": lambda held: {"pk": held.county.case.application_id},
    "application-submit": lambda held: {"pk": held.ready.pk},
    "application-send-back": lambda held: {"pk": held.ready.pk},
    "case-decide": lambda held: {"pk": held.accept.pk},
    "case-withdraw": lambda held: {"pk": held.accept.pk},
    "case-units": lambda held: {"pk": held.opinions.pk},
    "opinion": lambda held: {
        "pk": held.opinions.pk,
        "opinion": held.opinions.opinions.get().pk,
    },
    "case-experts": lambda held: {"pk": held.scoring.pk},
    "sheet": lambda held: {"pk": held.scoring.pk, "sheet": held.scoring.sheets.get().pk},
    "meeting POST": lambda held: {"pk": held.meeting.pk},
    "notice POST": lambda held: {"pk": held.notice.pk},
    "office:unit": lambda held: {"pk": held.world.offices["puxian-unit"].pk},
    "office-split": lambda held: {"pk": held.world.offices["puxian-unit"].pk},
    "office-close": lambda held: {"pk": held.world.offices["puxian-unit"].pk},
    "account-step:unlock": lambda held: {
        "pk": acting_user(held.world.actor("puxian.clerk")).pk,
        "step": "lift-lock",
    },
    "ledger-entry": lambda held: {
        "pk": LedgerEntry.objects.get(
            verb="issue_document", chain=f"core.officialdocument:{held.county.document.pk}"
        ).pk
    },
    **joined("STATES"),
}


def _results(items: Any, outcome: str) -> dict[str, str]:
    return {
        f"{name}_{item.pk}": value
        for item in items
        for name, value in (("result", outcome), ("opinion", "同意"))
    }


# URL name -> a complete form.
FIELDS: dict[str, Filled] = {
    "case-decide": lambda held: {
        "run": open_run(held.accept).pk,
        "outcome": "accept",
        "opinion": "情况属实。",
    },
    "case-withdraw": lambda held: {"reason": "材料需要重新整理"},
    "application-submit": lambda held: {"pledge": "on", "accept_unmet": "on"},
    "meeting": lambda held: {**_results(held.meeting.items.all(), "approve"), "minutes": "同意。"},
    "notice": lambda held: _results(held.notice.items.all(), "clear"),
    "account-slips": lambda held: {"users": acting_user(held.world.actor("puxian.clerk")).pk},
    **joined("FIELDS"),
}


def _second_factor(actor: Actor) -> None:
    Authenticator.objects.create(user=acting_user(actor), type="totp", data={"secret": "x"})


# URL name -> what the person who asks has done before.
BEFORE: dict[str, Callable[[Actor], None]] = {
    "mfa_deactivate_totp": _second_factor,
    **joined("BEFORE"),
}
