"""Notifications by e-mail (通知邮件): who gets one, and handing them to the mail server.

A mail says the title of the notification, the office it is for and where to sign in; what it is
about is read in the portal, behind its fences. Handed to the mail server is all that is known of a
mail, and nothing more is claimed. Each attempt holds the mail under a lease: a worker that dies
between handing over and noting it sends a mail twice rather than never.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Exists, F, OuterRef

from portal.core import clock
from portal.core.constants import POST_KINDS
from portal.core.mail_errors import words_of
from portal.core.models import Appointment, Notification, NotificationMail, PostGrant, User
from portal.core.models.notifications import OPEN_MAILS, TOLD_ABILITIES

logger = logging.getLogger(__name__)

# What is older than this when it is first looked at is not mailed any more.
RECENT = timedelta(days=1)
# How long after an attempt the next one is made; after the one that follows the last it has failed.
WAITS = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=4))
ATTEMPTS = len(WAITS) + 1
# Longer than handing over one mail takes, every answer of the server at its time limit.
LEASE = timedelta(minutes=10)
# What one run takes on, and for how many seconds; the next run goes on with the rest.
AT_ONCE, RUN_SECONDS = 200, 100
LOST = "最后一次发送中断，邮件服务器是否收到不能确定"


def is_configured() -> bool:
    """Whether this portal sends mail at all."""
    return bool(settings.PORTAL_MAIL_FROM)


def is_past(notice: Notification) -> bool:
    """Whether a notification is too old to be mailed any more, had it not been by now."""
    return notice.created_at < clock.now() - RECENT


def told_kinds() -> list[str]:
    """Kinds of post that read what their office is told (see ``is_told``)."""
    return [kind.key for kind in POST_KINDS.values() if kind.scoped or kind.can & TOLD_ABILITIES]


def recipients(notices: Iterable[Notification]) -> dict[int, list[User]]:
    """Notification -> people with an address who act today for whom it is told, deputies too."""
    rows = list(notices)
    offices = {row.office_id for row in rows}
    held = Appointment.objects.in_force().select_related("user", "post").exclude(user__email="")
    held = held.filter(user__is_active=True)
    by_post: dict[int, dict[int, User]] = defaultdict(dict)
    of_office: dict[int, set[int]] = defaultdict(set)
    for seat in held.filter(post__office__in=offices, post__kind__in=told_kinds()):
        by_post[seat.post_id][seat.user_id] = seat.user
        of_office[seat.post.office_id].add(seat.post_id)
    lent = PostGrant.objects.on().filter(
        content_object__office__in=offices, content_object__kind__in=told_kinds()
    )
    groups: dict[int, set[tuple[int, int]]] = defaultdict(set)
    names = ("group_id", "content_object_id", "content_object__office_id")
    for group, post, office in lent.values_list(*names):
        groups[group].add((post, office))
    for seat in held.filter(post__group__in=groups):
        for post, office in groups[seat.post.group_id]:
            by_post[post][seat.user_id] = seat.user
            of_office[office].add(post)
    found = {}
    for row in rows:
        posts = {row.post_id} if row.post_id is not None else of_office[row.office_id]
        people = {pk: user for post in posts for pk, user in by_post.get(post, {}).items()}
        found[row.pk] = [people[pk] for pk in sorted(people)]
    return found


def queue_mails() -> int:
    """A mail for every recent notification and person that has none; how many were added."""
    if not is_configured():
        return 0
    now = clock.now()
    mails = NotificationMail.objects.filter(notification=OuterRef("pk"))
    fresh = Notification.objects.filter(~Exists(mails), created_at__gte=now - RECENT)
    rows = [
        NotificationMail(
            notification_id=pk, user=user, address=user.email, created_at=now, next_at=now
        )
        for pk, people in recipients(fresh.order_by("pk")).items()
        for user in people
    ]
    NotificationMail.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


def send_mails() -> tuple[int, int]:
    """Hand over what is due; how many the mail server took, and how many it did not this time."""
    if not is_configured():
        return 0, 0
    due = NotificationMail.objects.filter(state__in=OPEN_MAILS, next_at__lte=clock.now())
    spent = due.filter(attempts__gte=ATTEMPTS)
    spent.filter(state="sending").update(state="failed", next_at=None, error=LOST)
    spent.update(state="failed", next_at=None)
    rows = due.select_related("notification__office", "user").order_by("next_at", "pk")[:AT_ONCE]
    line, until, taken, not_taken = _Line(), time.monotonic() + RUN_SECONDS, 0, 0
    for row in list(rows):
        if line.is_cut or time.monotonic() > until:
            break
        if not _claim(row):
            continue  # another worker has it
        reason = _not_any_more(row)
        if reason:
            _note(row, state="dropped", next_at=None, error=reason)
            continue
        problem = line.hand_over(row)
        if not problem:
            # Whoever holds it by now: a mail that was taken is not sent again.
            mine = NotificationMail.objects.filter(pk=row.pk)
            mine.update(state="sent", next_at=None, error="", sent_at=clock.now())
            taken += 1
            continue
        not_taken += 1
        if row.attempts < ATTEMPTS:
            wait = WAITS[row.attempts - 1]
            _note(row, state="waiting", next_at=clock.now() + wait, error=problem)
        else:
            _note(row, state="failed", next_at=None, error=problem)
    line.close()
    return taken, not_taken


def _claim(row: NotificationMail) -> bool:
    """Take a mail for one attempt, unless someone else has taken it since it was read."""
    now = clock.now()
    mine = NotificationMail.objects.filter(
        pk=row.pk, state__in=OPEN_MAILS, attempts=row.attempts, next_at__lte=now
    )
    if not mine.update(state="sending", attempts=F("attempts") + 1, next_at=now + LEASE):
        return False
    row.attempts += 1
    return True


def _note(row: NotificationMail, **values: Any) -> None:
    """What became of the claimed attempt; nothing is noted once another one has begun."""
    mine = NotificationMail.objects.filter(pk=row.pk, state="sending", attempts=row.attempts)
    mine.update(**values)


def _not_any_more(row: NotificationMail) -> str:
    """Why a mail is not sent any more, "" when it is; it goes to the address of now."""
    person = User.objects.filter(pk=row.user_id, is_active=True).first()
    if person is None:
        return "账号已经停用"
    if not person.email:
        return "本人已经清除通知邮箱"
    if person not in recipients([row.notification])[row.notification_id]:
        return "本人现在不接收这条通知（已经卸任、请假，或者代理已经结束）"
    if person.email != row.address:
        row.address = person.email
        _note(row, address=person.email)
    return ""


class _Line:
    """The connection to the mail server in one run: opened when needed, anew after a failure."""

    def __init__(self) -> None:
        self.connection: BaseEmailBackend | None = None
        self.was_open = False
        self.unreached = ""  # why it could not be opened

    @property
    def is_cut(self) -> bool:
        """It was open, and could not be opened again: what is left is for the next run."""
        return self.was_open and bool(self.unreached)

    def hand_over(self, row: NotificationMail) -> str:
        """What the mail server had against the mail, in words; "" when it took it."""
        if self.unreached:
            return self.unreached
        opened = False
        try:
            self._open()
            opened = True
            self._message(row).send()
        except Exception as error:
            # The boundary of one mail: whatever it raises is its own reason, the others go on.
            words = words_of(error, row.address)
            known = isinstance(error, SMTPException | OSError)
            logger.warning("mail %s was not taken: %s", row.pk, words, exc_info=not known)
            self.unreached = "" if opened else words
            self.close()
            return words
        return ""

    def _message(self, row: NotificationMail) -> EmailMessage:
        return EmailMessage(
            subject=f"【专业镇平台】{' '.join(row.notification.title.split())}",
            body=_text(row),
            to=[row.address],
            from_email=settings.PORTAL_MAIL_FROM,
            connection=self.connection,
        )

    def _open(self) -> None:
        if self.connection is None:
            self.connection = get_connection()
            self.connection.open()
            self.was_open = True

    def close(self) -> None:
        """Let go of the connection, dead or alive."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        try:
            connection.close()
        except (SMTPException, OSError) as error:
            logger.info("mail server at closing: %s", type(error).__name__)


def _text(row: NotificationMail) -> str:
    notice = row.notification
    where = settings.PORTAL_SITE_URL or "本单位使用的平台网址"
    return (
        f"{row.user.display_name or row.user.username}：\n\n"
        f"专业镇申报认定平台通知{notice.office.name}：\n{notice.title}\n\n"
        f"具体内容请登录平台，在“通知”中查看：{where}\n\n"
        "本邮件由平台自动发出，请勿回复。不再接收的，可在平台“我的账号”中清除通知邮箱。\n"
    )
