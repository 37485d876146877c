"""认定标准的复制、确认发布和撤回: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.actor import acting_user
from portal.core.models import Notification
from tests.factories import make_draft

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def draft_of(held: Held | County) -> CriteriaSet:
    """A draft of the office that holds the objects, the same one each time."""
    return make_draft(held.world.offices[HOME])


def proposed_of(held: Held | County) -> CriteriaSet:
    """A proposal of that office's clerk."""
    office, clerk = held.world.offices[HOME], held.world.actor(f"{HOME}.checker")
    return make_draft(
        office,
        f"proposed-{office.slug}",
        "proposed",
        proposed_by=acting_user(clerk),
        proposed_name=clerk.name,
        proposed_at=clock.now(),
    )


def published_of(held: Held | County) -> CriteriaSet:
    """A published version of that office."""
    office = held.world.offices[HOME]
    return make_draft(office, f"published-{office.slug}", "published", version=7)


def notice_of(held: Held | County) -> Notification:
    """Something that office was told."""
    office = held.world.offices[HOME]
    key = f"told-{office.slug}"
    with transaction.atomic():
        tell([office], kind="criteria-published", key=key, title="已发布：认定标准")
    return Notification.objects.get(office=office, key=key)


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    for made in (draft_of, proposed_of, published_of, notice_of):
        made(county)


def _draft(held: Held) -> dict[str, Any]:
    return {"key": draft_of(held).key}


def _proposed(held: Held) -> dict[str, Any]:
    return {"key": proposed_of(held).key}


def _published(held: Held) -> dict[str, Any]:
    return {"key": published_of(held).key}


def _copied(held: Held) -> dict[str, Any]:
    return {**_published(held), "title": "新标准"}


def _withdrawn(held: Held) -> dict[str, Any]:
    return {**_published(held), "on": clock.today(), "reason": "文件废止"}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "criteria.copy_criteria_set": _copied,
    "criteria.discard_criteria_set": lambda held: {**_draft(held), "revision": 0},
    "criteria.propose_criteria_set": lambda held: {**_draft(held), "revision": 0},
    "criteria.take_back_proposal": _proposed,
    "criteria.return_proposal": lambda held: {
        **_proposed(held),
        "revision": 0,
        "reason": "请修改",
    },
    "criteria.publish_criteria_set": lambda held: {**_proposed(held), "revision": 0},
    "criteria.withdraw_criteria_set": _withdrawn,
    "core.mark_read": lambda held: {"pk": notice_of(held).pk},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    draft, proposed = {"key": draft_of(county).key}, {"key": proposed_of(county).key}
    published = {"key": published_of(county).key}
    return {
        "criteria-copy": published,
        "criteria-discard": draft,
        "criteria-propose": draft,
        "criteria-take-back": proposed,
        "criteria-return": proposed,
        "criteria-publish": proposed,
        "criteria-withdraw": published,
        "notification-open": {"pk": notice_of(county).pk},
    }
