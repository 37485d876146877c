"""How two people who keep one town's registers do not undo each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.core import clock
from portal.core.actor import Actor
from portal.core.ledger import chain_of
from portal.core.merging import OWN_WINDOW, Overtaken, overtaken
from portal.core.models import LedgerEntry
from towns.models import Town

# An entry of the ledger tells who was faster while it is as fresh as a form that was left open.
FRESH = timedelta(hours=12)
MOST_READ = 50


def hold_against(
    actor: Actor,
    town: Town,
    opened: Mapping[str, Any] | None,
    theirs: Mapping[str, Any],
    mine: Mapping[str, Any],
    row: Mapping[str, Any],
) -> None:
    """Raises Overtaken when saving would undo unseen what was saved since the form was opened.

    ``opened``: what the form was opened with, None when it does not say: then everything typed
    counts as decided. ``row``: what the ledger's entries of this row carry in their data.
    """
    if opened is None or not overtaken(opened, theirs, mine):
        return
    rows = LedgerEntry.objects.filter(chain=chain_of(town), at__gte=clock.now() - FRESH)
    for entry in rows.order_by("-seq")[:MOST_READ]:
        data = json.loads(entry.payload or "{}")
        if all(data.get(name) == value for name, value in row.items()):
            own = actor.user is not None and entry.actor_id == actor.user.pk
            who = OWN_WINDOW if own else entry.actor_name
            raise Overtaken(theirs, 0, who, entry.at)
    raise Overtaken(theirs, 0, "", None)
