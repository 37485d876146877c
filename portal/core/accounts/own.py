"""What a person does to their own account is entered in the ledger like any other change."""

from __future__ import annotations

from django.db import transaction

from portal.core.actor import Actor
from portal.core.ledger import record
from portal.core.models import User


@transaction.atomic
def set_email(person: User, email: str, *, address: str) -> None:
    """The address to which notifications are mailed, "" for none; the ledger says that it changed.

    The address itself is nobody else's business and stands in the account alone.
    """
    locked = User.objects.select_for_update().get(pk=person.pk)
    if locked.email == email:
        return
    locked.email = email
    locked.save(update_fields=["email"])
    words = "本人设定通知邮箱" if email else "本人清除通知邮箱"
    enter(person, "set_email", words, address=address)


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
