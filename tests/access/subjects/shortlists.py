"""推荐名单、推荐函: what their addresses and actions are asked with.

The city of the county has the list of the provincial round, whoever holds the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core import clock
from portal.core.documents.kinds import Texts
from reviews.actions import confirm_shortlist
from reviews.models import Case, Shortlist, ShortlistItem
from tests.shortlist_world import CITY, ranked, save, waiting_cases
from towns.models import Round

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County


def _call(world: World) -> Round:
    return world.rounds["province"]


def _list(world: World) -> Shortlist:
    """The city's list of the round; what was recommended while the world was made stands on it."""
    found, _ = Shortlist.objects.get_or_create(
        office=world.offices[CITY], round=_call(world), defaults={"created_at": clock.now()}
    )
    return found


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    _list(county.world)


def _cases(held: Held, count: int = 2) -> list[Case]:
    return waiting_cases(held.world, count, "xixian", f"推{held.slug}")


def _confirmed(held: Held) -> Shortlist:
    """A list with one town recommended and one in reserve."""
    director = held.world.actor(f"{CITY}.office_director")
    shortlist = save(held.world, _cases(held), "recommended", "reserve")
    return confirm_shortlist(actor=director, shortlist=shortlist)


def _saving(held: Held) -> dict[str, Any]:
    return {"call": _call(held.world), "rows": ranked(_cases(held), "recommended", "reserve")}


def _confirming(held: Held) -> dict[str, Any]:
    return {"shortlist": save(held.world, _cases(held), "recommended", "reserve")}


def _promoting(held: Held) -> dict[str, Any]:
    shortlist = _confirmed(held)
    reserve = ShortlistItem.objects.get(shortlist=shortlist, standing="reserve")
    return {"shortlist": shortlist, "item_id": reserve.pk, "reason": "经研究递补"}


def _drafting(held: Held) -> dict[str, Any]:
    texts = Texts("关于推荐专业镇的函", "省办", "现予推荐。")
    return {"shortlist": _confirmed(held), "texts": texts}


def _pk(held: Held) -> dict[str, Any]:
    return {"pk": _call(held.world).pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = dict.fromkeys(
    ("shortlist", "shortlist-confirm", "shortlist-promote", "shortlist-letter"), _pk
)
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.save_shortlist": _saving,
    "reviews.confirm_shortlist": _confirming,
    "reviews.promote_reserve": _promoting,
    "reviews.draft_recommendation": _drafting,
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    world = county.world
    call = {"pk": _call(world).pk}
    return {
        "shortlist-read": {"pk": _list(world).pk},
        "shortlist": call,
        "shortlist-confirm": call,
        "shortlist-promote": call,
        "shortlist-letter": call,
        "summary-export": {"pk": world.rounds["county"].pk},
    }
