"""填报联系人、代为录入: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.models import Office, Post
from tests.factories import SINCE, World, make_post, make_town
from towns.actions.on_behalf import start_on_behalf
from towns.models import Application, SectionGrant

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def _grant(county: County) -> SectionGrant:
    post = _contact()
    grant, _ = SectionGrant.objects.get_or_create(
        content_object=county.filing,
        group=post.group,
        permission=SectionGrant.permission_named("contribute_application"),
        defaults={"valid_from": SINCE, "reason": "测试", "sections": ["facts"]},
    )
    return grant


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    _grant(county)
    _ENTERED[county.case.pk] = _entered(county.world, f"once{county.case.pk}")


_ENTERED: dict[int, Application] = {}


def _contact() -> Post:
    """The contact in the town's own county, whoever handles the case."""
    posts = Post.objects.filter(kind="contact", office__slug=f"{HOME}-filing")
    return posts.earliest("pk")


def _entered(world: World, name: str) -> Application:
    """What a colleague has begun to enter, held by the office of the county's round."""
    call = world.rounds["county"]
    author = make_post(Office.objects.get(slug=HOME), "clerk", f"{name}.giver")
    town = make_town(world.regions["141033"], f"蒲县撤销{name}专业镇", "核桃")
    application = start_on_behalf(actor=author, town=town, call=call, reason="没有接入专网")
    Application.objects.filter(pk=application.pk).update(entered_by=call.office)
    application.refresh_from_db()
    return application


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "application-contacts": lambda held: {
        "post": _contact().pk,
        "sections": ["facts", "industry"],
    },
    "contribution": lambda held: {"contact": "张联系"},
    "application-give-up": lambda held: {"reason": "改由填报单位自行填报"},
    "round-on-behalf": lambda held: {"town": held.fresh_town.pk, "reason": "没有网络"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.give_up_on_behalf": lambda held: {
        "application": _entered(held.world, held.slug),
        "reason": "改由填报单位自行填报",
    },
    "towns.grant_sections": lambda held: {
        "application": held.county.filing,
        "post": _contact(),
        "sections": ["facts", "industry"],
    },
    "towns.revoke_sections": lambda held: {
        "application": held.county.filing,
        "grant": _grant(held.county),
    },
    "towns.start_on_behalf": lambda held: {
        "town": make_town(held.world.regions["141033"], f"蒲县代录{held.slug}专业镇", "核桃"),
        "call": held.world.rounds["county" if held.slug == HOME else "province"],
        "reason": "填报单位没有接入专网。",
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    return {
        "application-contacts": {"pk": county.filing.pk},
        "application-contact-revoke": {"pk": county.filing.pk, "grant": _grant(county).pk},
        "contribution": {"pk": county.filing.pk, "key": "facts"},
        "application-give-up": {"pk": _ENTERED[county.case.pk].pk},
        "round-on-behalf": {"call": county.world.rounds["county"].pk},
    }
