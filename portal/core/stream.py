"""The unchained stream (访问记录): views, downloads, exports, sign-ins, refusals."""

from __future__ import annotations

import logging

from django.db import OperationalError

from portal.core import clock
from portal.core.actor import Actor
from portal.core.digests import ALGORITHM, SCHEME
from portal.core.digests import stream_digest as digest_of
from portal.core.models import AccessEntry

logger = logging.getLogger(__name__)


def note(
    actor: Actor,
    kind: str,
    *,
    subject: str = "",
    path: str = "",
    summary: str = "",
    outcome: str = "ok",
) -> AccessEntry:
    """Append one entry; ``kind`` is a row of ``ACCESS_KINDS``. Needs no lock: nothing is chained.

    ``subject`` names what was looked at or taken out, ``path`` the address that was asked for.
    """
    entry = AccessEntry(
        at=clock.now(),
        kind=kind,
        outcome=outcome,
        actor=actor.user,
        actor_name=actor.name,
        office_name=actor.office.name if actor.office else "",
        office_code=actor.office.region.code if actor.office else "",
        post=actor.post,
        post_label=actor.post_label,
        address=actor.address,
        subject=_storable(subject)[:120],
        path=_storable(path)[:200],
        summary=_storable(summary)[:400],
        scheme=SCHEME,
        algorithm=ALGORITHM,
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    return entry


def observe(
    actor: Actor,
    kind: str,
    *,
    subject: str = "",
    path: str = "",
    summary: str = "",
    outcome: str = "ok",
) -> None:
    """Note what a page did, without ever breaking it.

    A database that takes no writes at the moment must not keep people from reading; the entry is
    then in the server's log instead.
    """
    try:
        note(actor, kind, subject=subject, path=path, summary=summary, outcome=outcome)
    except OperationalError:
        logger.exception("not noted: %s %s by %s at %s", kind, subject, actor.label, path)


def _storable(text: str) -> str:
    """The text as a database takes it: strangers put anything into an address or a user name."""
    return text.replace("\x00", "").encode(errors="replace").decode()
