"""What a person does to their own account is entered in the ledger like any other change."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.ledger import record
from portal.core.models import User


def enter(person: User, verb: str, summary: str, *, address: str, ended: int = 0) -> None:
    """Enter a change in the chain of the account, seen where its office is seen."""
    office = person.home_office
    record(
        Actor(name=str(person), user=person, office=office, address=address),
        verb,
        person,
        summary,
        data={"结束的登录": ended} if ended > 0 else {},
        scope_code=office.region.code if office else "",
    )
