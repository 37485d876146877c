"""What every write to a town's registers begins with."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.errors import require
from towns.models import Town
from towns.policies import may_maintain_town


def maintained(actor: Actor, town: Town) -> Town:
    """The town, locked; Refused unless the actor keeps it and it stands."""
    rows = Town.objects.select_for_update(of=("self",)).select_related("county")
    town = rows.get(pk=town.pk)
    require(may_maintain_town(actor, town))
    return town
