"""Notifications by e-mail, against a mail server that listens on a port of its own."""

from __future__ import annotations

import smtplib
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

import pytest
from django.db import connections, transaction
from django.test import override_settings
from django.urls import reverse

from portal.core import clock
from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.mail_errors import words_of
from portal.core.mailing import LEASE, queue_mails, send_mails
from portal.core.models import Appointment, LedgerEntry, Notification, NotificationMail, User
from portal.core.tasks import send_notifications
from portal.core.web import office_url
from tests.factories import World, client_of, make_world
from tests.services import free_port

pytestmark = pytest.mark.django_db
TITLE, TEXT = "蒲县肉牛专业镇：办理期限即将到期", "内部意见：密语丙。"


class _Server(socketserver.ThreadingTCPServer):
    """What it took; whether it is closed for now; what happens, once, while it takes a mail."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[Message] = []
        self.closed = False
        self.meanwhile: Callable[[], str] | None = None

    def addresses(self) -> list[str]:
        return sorted(mail["To"] for mail in self.taken)


class _Handler(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs.

    An address with ``refused`` is turned away, at one with ``cut`` the connection ends, and one
    with ``shut`` is the last that is heard for a while.
    """

    server: _Server

    def handle(self) -> None:
        if self.server.closed:
            self.say("421 closed")
            return
        self.say("220 ready")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.data()
            elif verb == b"RCPT" and b"refused" in line:
                self.say(f"550 {line[8:].strip().decode()}: no such mailbox")
            elif verb == b"RCPT" and (b"cut" in line or b"shut" in line):
                self.server.closed = b"shut" in line
                return
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def data(self) -> None:
        self.say("354 go on")
        content = b""
        while (part := self.rfile.readline()) != b".\r\n":
            content += part
        meanwhile, self.server.meanwhile = self.server.meanwhile, None
        answer = meanwhile() if meanwhile is not None else "250 taken"
        if answer.startswith("250"):
            self.server.taken.append(message_from_bytes(content))
        self.say(answer)

    def say(self, words: str) -> None:
        self.wfile.write(words.encode() + b"\r\n")


@pytest.fixture
def listening() -> Iterator[_Server]:
    with _Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with _mail_at(server.server_address[1]):
            yield server
        server.shutdown()


@pytest.fixture
def server(listening: _Server) -> list[Message]:
    """The mails that the server took."""
    return listening.taken


def _mail_at(port: int) -> override_settings:
    return override_settings(
        PORTAL_MAIL_FROM="zyz@example.gov.cn",
        PORTAL_SITE_URL="https://zyz.example.gov.cn",
        EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
    )


@pytest.fixture
def world() -> World:
    return make_world()


def give(actor: Actor, address: str) -> User:
    assert actor.user is not None
    User.objects.filter(pk=actor.user.pk).update(email=address)
    return actor.user


@transaction.atomic
def notify(world: World, slug: str, key: str, who: str = "", title: str = TITLE) -> None:
    post = world.actor(who).post if who else None
    tell(
        [world.offices[slug]],
        kind="case-term",
        key=key,
        title=title,
        text=TEXT,
        url_name="cases",
        post=post,
    )


def test_told_people_get_the_title_and_no_more(world: World, server: list[Message]) -> None:
    give(world.actor("puxian.clerk"), "clerk@example.cn")
    give(world.actor("puxian.checker"), "checker@example.cn")
    give(world.actor("puxian.expert"), "expert@example.cn")  # is told nothing
    give(world.actor("linfen.clerk"), "city@example.cn")
    notify(world, "puxian", "one")
    notify(world, "puxian", "two", "puxian.clerk")
    send_notifications()
    send_notifications()
    assert sorted(mail["To"] for mail in server) == [
        "checker@example.cn",
        "clerk@example.cn",
        "clerk@example.cn",
    ]
    for mail in server:
        assert str(make_header(decode_header(mail["Subject"]))) == f"【专业镇平台】{TITLE}"
        body = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
        assert "https://zyz.example.gov.cn" in body and TITLE in body
        assert "密语" not in body and "密语" not in mail.as_string()
    assert set(NotificationMail.objects.values_list("state", flat=True)) == {"sent"}
    # Old ones are not mailed when mail is set up later.
    Notification.objects.create(
        office=world.offices["linfen"],
        kind="x",
        key="old",
        title="旧",
        created_at=clock.now() - timedelta(days=2),
    )
    assert queue_mails() == 0


def test_what_was_not_mailed_in_a_day_is_said_not_to_be(
    world: World, server: list[Message]
) -> None:
    clerk = world.actor("puxian.clerk")
    give(clerk, "clerk@example.cn")
    address = office_url(clerk, "notifications")
    notify(world, "puxian", "one")
    assert "邮件未发出" not in client_of(clerk).get(address).content.decode()
    # The worker was away for more than a day.
    with clock.at(clock.now() + timedelta(days=1, minutes=5)):
        send_notifications()
        assert not server and not NotificationMail.objects.exists()
        assert "邮件未发出：通知超过一天" in client_of(clerk).get(address).content.decode()
        notify(world, "puxian", "two")
        send_notifications()
        assert client_of(clerk).get(address).content.decode().count("邮件未发出") == 1


def test_failures_are_tried_again_and_said(world: World, server: list[Message]) -> None:
    clerk = world.actor("puxian.clerk")
    give(clerk, "refused@example.cn")
    give(world.actor("puxian.checker"), "checker@example.cn")
    notify(world, "puxian", "one")
    queue_mails()
    now = clock.now()
    with _mail_at(free_port()):  # nobody listens
        assert send_mails() == (0, 2)
    row = NotificationMail.objects.get(address="checker@example.cn")
    assert (row.state, row.attempts) == ("waiting", 1) and "refused" in row.error.lower()
    assert send_mails() == (0, 0)  # not at once
    with clock.at(now + timedelta(minutes=6)):
        assert send_mails() == (1, 1)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("sent", 2, "")
    page = client_of(clerk).get(office_url(clerk, "notifications")).content.decode()
    assert "待发送（已试 2 次）" in page and "no such mailbox" in page
    assert "已交邮件服务器" in page and "不等于对方已经读到" in page
    # A colleague reads the reason, and not the address.
    checker = world.actor("puxian.checker")
    page = client_of(checker).get(office_url(checker, "notifications")).content.decode()
    assert "邮件服务器不接收这个收件地址（550）" in page and "refused@" not in page
    for wait in (timedelta(minutes=40), timedelta(hours=5), timedelta(hours=9)):
        with clock.at(now + wait):
            send_mails()
    row = NotificationMail.objects.get(address="refused@example.cn")
    assert (row.state, row.attempts) == ("failed", 4)
    assert "发送失败" in client_of(clerk).get(office_url(clerk, "notifications")).content.decode()
    assert len(server) == 1


def test_without_a_server_nothing_is_claimed(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    give(clerk, "clerk@example.cn")
    notify(world, "puxian", "one")
    send_notifications()
    assert not NotificationMail.objects.exists()
    page = client_of(clerk).get(office_url(clerk, "notifications")).content.decode()
    assert "没有配置邮件发送" in page and "已交邮件服务器" not in page


def test_people_set_their_own_address(world: World, server: list[Message]) -> None:
    clerk = world.actor("puxian.clerk")
    client, address = client_of(clerk), reverse("account-email")
    assert "没有登记通知邮箱" in client.get(office_url(clerk, "notifications")).content.decode()
    for sent in ({"email": "x", "again": "x"}, {"email": "a@example.cn", "again": "b@example.cn"}):
        answer = client.post(address, sent)
        assert answer.status_code == 422
        assert f'value="{sent["email"]}"' in answer.content.decode()
    sent = {"email": "a@example.cn", "again": "a@example.cn"}
    assert client.post(address, sent).status_code == 302
    assert clerk.user is not None
    assert User.objects.get(pk=clerk.user.pk).email == "a@example.cn"
    entry = LedgerEntry.objects.get(verb="set_email")
    assert "example" not in entry.summary + entry.payload
    assert "a@example.cn" in client.get(reverse("account-home")).content.decode()
    assert client.post(address, {"email": "", "again": ""}).status_code == 302
    assert User.objects.get(pk=clerk.user.pk).email == ""


def states() -> list[tuple[str, str, int]]:
    rows = NotificationMail.objects.order_by("pk")
    return list(rows.values_list("address", "state", "attempts"))


def test_one_mail_stops_no_other(world: World, listening: _Server) -> None:
    give(world.actor("puxian.clerk"), "clerk@example.cn")
    notify(world, "puxian", "one", title="关于认定\n第一批\r\n专业镇的通知")
    assert Notification.objects.get(key="one").title == "关于认定 第一批 专业镇的通知"
    notify(world, "puxian", "two")
    Notification.objects.filter(key="two").update(title="标题\n两行")  # was stored like that
    queue_mails()
    broken = NotificationMail.objects.get(notification__key="one")
    User.objects.filter(pk=broken.user_id).update(email="x\ny@example.cn")  # no mail has such a one
    give(world.actor("puxian.checker"), "checker@example.cn")
    notify(world, "puxian", "three", "puxian.checker")
    queue_mails()
    assert send_mails() == (1, 2)
    broken.refresh_from_db()
    assert broken.state == "waiting" and broken.error.startswith("邮件没有能够生成或者交出")
    assert "@" not in broken.error and listening.addresses() == ["checker@example.cn"]
    give(world.actor("puxian.clerk"), "clerk@example.cn")
    with clock.at(clock.now() + timedelta(minutes=6)):
        assert send_mails() == (2, 0)
    subjects = [str(make_header(decode_header(mail["Subject"]))) for mail in listening.taken]
    assert "【专业镇平台】标题 两行" in subjects


def test_a_broken_connection_costs_one_attempt(world: World, listening: _Server) -> None:
    give(world.actor("puxian.clerk"), "cut@example.cn")
    give(world.actor("puxian.checker"), "checker@example.cn")
    notify(world, "puxian", "one", "puxian.clerk")
    notify(world, "puxian", "two", "puxian.checker")
    notify(world, "puxian", "three", "puxian.checker")
    queue_mails()
    assert send_mails() == (2, 1)
    assert states()[0] == ("cut@example.cn", "waiting", 1)
    # A server that is gone in the middle: what was not begun keeps its attempts and goes next time.
    give(world.actor("puxian.clerk"), "shut@example.cn")
    for key, who in (("four", "clerk"), ("five", "checker"), ("six", "checker")):
        notify(world, "puxian", key, f"puxian.{who}")
    queue_mails()
    assert send_mails() == (0, 2)
    assert [row[1:] for row in states()[3:]] == [("waiting", 1), ("waiting", 1), ("waiting", 0)]
    listening.closed = False
    assert send_mails() == (1, 0)
    assert states()[5][1:] == ("sent", 1)


def test_waits_run_from_the_last_attempt(world: World, listening: _Server) -> None:
    give(world.actor("puxian.clerk"), "refused@example.cn")
    notify(world, "puxian", "one")
    queue_mails()
    late = clock.now() + timedelta(hours=6)  # no worker ran until then
    for minutes, attempts in ((0, 1), (4, 1), (6, 2), (12, 2), (35, 2), (37, 3), (270, 3)):
        with clock.at(late + timedelta(minutes=minutes)):
            send_mails()
        assert states() == [("refused@example.cn", "waiting", attempts)]
    # A worker that was killed in the last attempt leaves it held; nobody knows what came of it.
    NotificationMail.objects.update(state="sending", attempts=4, next_at=late + LEASE)
    with clock.at(late + timedelta(minutes=9)):
        assert send_mails() == (0, 0)
    assert states()[0][1] == "sending"
    with clock.at(late + timedelta(minutes=11)):
        assert send_mails() == (0, 0)
    row = NotificationMail.objects.get()
    assert row.state == "failed" and "不能确定" in row.error and not listening.taken
    # Killed before: it is tried again when the lease is over.
    NotificationMail.objects.update(state="sending", attempts=3, next_at=late + LEASE)
    with clock.at(late + timedelta(minutes=11)):
        assert send_mails() == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_one_mail(listening: _Server) -> None:
    with transaction.atomic():
        world = make_world()
    give(world.actor("puxian.clerk"), "clerk@example.cn")
    notify(world, "puxian", "one")
    queue_mails()
    seen: list[tuple[int, int]] = []

    def other_worker(minutes: int, answer: str) -> str:
        try:
            with clock.at(clock.now() + timedelta(minutes=minutes)):
                seen.append(send_mails())
        finally:
            connections.close_all()
        return answer

    listening.meanwhile = lambda: other_worker(6, "250 taken")
    assert send_mails() == (1, 0)
    assert seen == [(0, 0)] and len(listening.taken) == 1
    # The lease is over and another worker sends it: the failure of the first changes nothing.
    notify(world, "puxian", "two")
    queue_mails()
    listening.meanwhile = lambda: other_worker(11, "451 later")
    assert send_mails() == (0, 1)
    assert seen[1:] == [(1, 0)] and states()[1] == ("clerk@example.cn", "sent", 2)
    # What the server took is sent, whoever holds it by then.
    notify(world, "puxian", "three")
    queue_mails()

    def other_fails() -> str:
        listening.meanwhile = lambda: "451 later"
        return other_worker(11, "250 taken")

    listening.meanwhile = other_fails
    assert send_mails() == (1, 0)
    assert seen[2:] == [(0, 1)] and states()[2] == ("clerk@example.cn", "sent", 2)


def test_mail_goes_to_who_is_told_now(world: World, listening: _Server) -> None:
    names = ("clerk", "checker", "office_director", "leader")
    people = {}
    for name in names:
        people[name] = give(world.actor(f"puxian.{name}"), f"{name}@example.cn")
    notify(world, "puxian", "one")
    queue_mails()
    assert NotificationMail.objects.count() == len(names)
    User.objects.filter(pk=people["clerk"].pk).update(email="")
    User.objects.filter(pk=people["checker"].pk).update(is_active=False)
    until = clock.today() - timedelta(days=1)
    Appointment.objects.filter(user=people["office_director"]).update(valid_to=until)
    give(world.actor("puxian.leader"), "corrected@example.cn")
    assert send_mails() == (1, 0)
    assert listening.addresses() == ["corrected@example.cn"]
    rows = NotificationMail.objects.filter(state="dropped")
    said = {row.user_id: row.error for row in rows}
    assert "清除" in said[people["clerk"].pk] and "停用" in said[people["checker"].pk]
    assert "卸任" in said[people["office_director"].pk]
    with clock.at(clock.now() + timedelta(hours=8)):
        assert send_mails() == (0, 0)
    leader = world.actor("puxian.leader")
    page = client_of(leader).get(office_url(leader, "notifications")).content.decode()
    assert "不再发送" in page and "账号已经停用" in page


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (smtplib.SMTPRecipientsRefused({"li.si@x.cn": (550, b"li.si=40x.cn")}), "收件地址（550）"),
        (smtplib.SMTPDataError(554, "用户li.si不存在 <Li.Si@x.cn>".encode()), "接受邮件（554）"),
        (smtplib.SMTPSenderRefused(553, b"who is\n a@b.cn", "a@b.cn"), "发件地址（553）：who is"),
        (smtplib.SMTPServerDisconnected("closed: timed out"), "中断：closed: timed out"),
        (TimeoutError("timed out"), "超过时限"),
        (ValueError("li.si@x.cn"), "（ValueError）"),
    ],
)
def test_reasons_hold_no_address(error: Exception, words: str) -> None:
    said = words_of(error, "li.si@x.cn")
    assert words in said and "\u4e00" <= said[0] <= "\u9fff"
    assert not any(part in said.lower() for part in ("@", "li.si", "x.cn", "=40"))
