"""Telling offices what happened (通知), and keeping what a person has read; not in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_user
from portal.core.models import Notification, NotificationRead, Office, Post

BATCH = 500
LONGEST_TITLE, LONGEST_TEXT = 200, 400


def tell(
    offices: Iterable[Office | int],
    *,
    kind: str,
    key: str,
    title: str,
    text: str = "",
    url_name: str = "",
    url_args: Sequence[object] = (),
    post: Post | None = None,
) -> None:
    """Tell offices of an event, inside the transaction of the action that makes it.

    ``key`` names the event: an office that was told of it is not told again. ``url_name`` and
    ``url_args`` are an address of the office's own workspace. ``post``: to that post alone.
    ``title`` is kept as one line.
    """
    tell_all([Notice(offices, kind, key, title, text, url_name, url_args, post)])


class Notice(NamedTuple):
    """What some offices are told; see ``tell``."""

    offices: Iterable[Office | int]
    kind: str
    key: str
    title: str
    text: str = ""
    url_name: str = ""
    url_args: Sequence[object] = ()
    post: Post | None = None


def tell_all(notices: Iterable[Notice]) -> None:
    """Tell offices of many events of one action at once."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A notification belongs to the transaction of its action.")
    now = clock.now()
    Notification.objects.bulk_create(
        [
            Notification(
                office_id=pk,
                post=row.post,
                kind=row.kind,
                key=row.key,
                title=_cut(" ".join(row.title.split()), LONGEST_TITLE),
                text=_cut(row.text, LONGEST_TEXT),
                url_name=row.url_name,
                url_args=list(row.url_args),
                created_at=now,
            )
            for row in notices
            for pk in dict.fromkeys(o.pk if isinstance(o, Office) else o for o in row.offices)
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


@transaction.atomic
def mark_read(*, actor: Actor, pk: int | None = None) -> Notification | None:
    """The person has read a notification of the acting office, or all of them without ``pk``.

    Raises Notification.DoesNotExist for one that the office was not sent.
    """
    user = acting_user(actor)
    rows = Notification.objects.visible_to(actor)
    found = rows.get(pk=pk) if pk is not None else None
    unread = rows.unread_by(user)
    if found is not None:
        unread = unread.filter(pk=found.pk)
    now = clock.now()
    NotificationRead.objects.bulk_create(
        [
            NotificationRead(notification_id=key, user=user, read_at=now)
            for key in unread.values_list("pk", flat=True)
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    return found


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
