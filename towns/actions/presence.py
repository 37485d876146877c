"""Who has a section of an application open: said by the page itself, not entered in the ledger."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_user
from portal.core.errors import require
from towns.actions.drafting import UNKNOWN
from towns.models import Application, Presence
from towns.policies import may_edit_section
from towns.presence import STALE_SECONDS
from towns.sections import find_section

LONGEST_PAGE = 40


@transaction.atomic
def note_presence(
    *, actor: Actor, application: Application, key: str, page: str, here: bool = True
) -> None:
    """Somebody fills this section on a page of theirs, or has left it.

    ``page``: the page's own name, so that the same person may have it open twice. Rows of pages
    that were closed without a word go when the next one is noted.
    """
    section = find_section(application, key)
    if section is None:
        raise ValidationError(UNKNOWN)
    require(may_edit_section(actor, application, section))
    rows, now = Presence.objects.filter(application=application), clock.now()
    user, page = acting_user(actor), page[:LONGEST_PAGE]
    mine = rows.filter(section=key, user=user, page=page)
    if not here:
        mine.delete()
        return
    if mine.update(seen_at=now):
        return
    rows.filter(seen_at__lt=now - timedelta(seconds=STALE_SECONDS)).delete()
    Presence.objects.bulk_create(
        [
            Presence(
                application=application,
                section=key,
                user=user,
                page=page,
                name=actor.name,
                post=actor.post_label,
                seen_at=now,
            )
        ],
        update_conflicts=True,
        unique_fields=["application", "section", "user", "page"],
        update_fields=["seen_at"],
    )
