"""Until when one may file: to the second, with an extension, with an upload under way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.core import clock
from portal.core.actor import acting_seat, acting_user
from portal.core.errors import Refused
from portal.core.middleware import RequestReceived
from portal.core.models import StoredFile, Upload
from tests.factories import World
from towns import deadlines
from towns.actions import grant_extension, hand_over, revoke_extension, start_application
from towns.deadlines import (
    closing_rule,
    in_grace,
    left_words,
    may_still_file,
    moment_words,
    term_for,
)
from towns.models import Application, Evidence, Round

pytestmark = pytest.mark.django_db

SECOND, MICRO = timedelta(seconds=1), timedelta(microseconds=1)
# Closings at the end of a day, in the afternoon, to the second, and where a day of UTC ends.
CLOSINGS = (time(23, 59, 59), time(18, 0), time(12, 30, 30), time(7, 59, 59), time(8, 0))
AROUND = (
    -timedelta(days=1), -SECOND, -MICRO, timedelta(0), MICRO, SECOND - MICRO, SECOND,
    SECOND + MICRO, timedelta(hours=8), timedelta(days=1),
)  # fmt: skip


def states(call: Round) -> tuple[bool, bool, bool]:
    """What the querysets say of a round: open, coming, closed."""
    rows = Round.objects.filter(pk=call.pk)
    return rows.open().exists(), rows.coming().exists(), rows.closed().exists()


def test_lists_agree_with_the_round_to_the_second(world: World) -> None:
    call = world.rounds["county"]
    for clocks in CLOSINGS:
        call.opens_time = call.closes_time = clocks
        call.save()
        for edge, counted in ((call.opening, True), (call.closing, False)):
            for offset in AROUND:
                with clock.at(edge + offset):
                    one = call.open_at(clock.received())
                    found = (one, clock.received() < call.opening, not one)
                    before = found[1]
                    assert states(call) == (one, before, not one and not before), (clocks, offset)
                    assert call.is_open == one
                    label = "未开始" if before else "受理申报中" if one else "已截止"
                    assert call.state_label == label
                    if counted:
                        assert one == (offset >= timedelta(0))
                    else:
                        # The closing second itself counts, whole.
                        assert one == (offset < SECOND)
    call.trial = True
    call.save()
    with clock.at(call.opening + SECOND):
        assert (states(call), call.is_open, call.state_label) == ((False,) * 3, False, "试运行")


def test_closing_is_shanghais_whatever_the_machine_says() -> None:
    call = Round(
        opens_on=date(2026, 6, 1),
        opens_time=time(0, 0),
        closes_on=date(2026, 6, 30),
        closes_time=time(23, 59, 59),
    )
    assert call.opening == datetime(2026, 5, 31, 16, tzinfo=UTC)
    assert call.closing == datetime(2026, 6, 30, 15, 59, 59, tzinfo=UTC)
    # No summer time: a winter round closes at the same hour of UTC.
    call.opens_on = call.closes_on = date(2026, 1, 15)
    assert call.closing == datetime(2026, 1, 15, 15, 59, 59, tzinfo=UTC)
    assert moment_words(call.closing) == "2026年1月15日 23:59:59"
    with clock.at(call.closing - timedelta(hours=2, minutes=5) + SECOND):
        assert left_words(call.closing) == "还剩 2 小时 5 分钟"
    with clock.at(call.closing):
        assert left_words(call.closing) == "还剩 1 秒"


def test_an_extension_is_one_towns_and_ends_to_the_second(world: World, browse) -> None:
    call, town, other = world.rounds["province"], world.towns["puxian"], world.towns["xixian"]
    director, until = world.actor("sx.office_director"), call.closing + timedelta(days=2)
    facts: dict[str, Any] = {"until": until, "reason": "断网", "approver": "李主任"}
    with pytest.raises(Refused, match="主任、副主任"):
        grant_extension(actor=world.actor("sx.clerk"), call=call, town=town, **facts)
    for changes, field in (
        ({"until": call.closing}, "until"),
        ({"reason": " "}, "reason"),
        ({"approver": ""}, "approver"),
    ):
        with pytest.raises(ValidationError) as refused:
            grant_extension(actor=director, call=call, town=town, **{**facts, **changes})
        assert list(refused.value.message_dict) == [field]
    extension = grant_extension(actor=director, call=call, town=town, **facts)
    with pytest.raises(ValidationError, match="已有延期"):
        grant_extension(actor=director, call=call, town=town, **facts)
    for offset in AROUND:
        with clock.at(until + offset):
            assert may_still_file(call, town) == (offset < SECOND), offset
            assert not may_still_file(call, other)
            ends = deadlines.ends_of(call, [town, other])
            assert may_still_file(call, town, ends=ends) == (offset < SECOND)
            assert not may_still_file(call, other, ends=ends)
    told = browse("puxian.filer").get("notifications").text
    assert "已延期" in told
    with clock.at(until):
        # A town that had not begun begins in its extension; the sentence names the extended end.
        application = start_application(actor=world.actor("puxian.filer"), town=town, call=call)
        assert "（已延期）" in term_for(application).text
        with pytest.raises(Refused, match="已截止"):
            start_application(actor=world.actor("xixian.filer"), town=other, call=call)
    revoke_extension(actor=director, extension=extension, reason="情况有变")
    with clock.at(call.closing + SECOND):
        assert not may_still_file(call, town, application)
    page = browse("sx.office_director").get("round-extensions", call.pk).text
    assert "已撤销" in page
    assert "李主任" in page


def upload(world: World, began: datetime, stored_at: datetime | None) -> Upload:
    """An upload of the filer that began at one moment and was whole at another."""
    actor = world.actor("puxian.filer")
    stored = None
    if stored_at is not None:
        stored = StoredFile.objects.create(
            file=ContentFile(b"x", name="x.pdf"),
            name="x.pdf",
            size=1,
            sha256="0" * 64,
            created_at=stored_at,
        )
    return Upload.objects.create(
        post=acting_seat(actor),
        created_by=acting_user(actor),
        name="x.pdf",
        size=1,
        received=1,
        stored=stored,
        created_at=began,
        expires_at=began + timedelta(days=1),
    )


def test_only_an_upload_under_way_that_came_to_the_application_gives_grace(world: World) -> None:
    call = world.rounds["province"]
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    application = start_application(actor=filer, town=town, call=call)
    neighbour = start_application(
        actor=world.actor("xixian.filer"), town=world.towns["xixian"], call=call
    )
    end, late = call.closing, timedelta(minutes=5)
    first = end + SECOND
    # When it began, when it was whole, whether it helps.
    cases = (
        (end - late, end - SECOND, False),  # was there before the end: nothing to wait for
        (end - late, first - MICRO, False),
        (end - late, first, True),
        (first - MICRO, first + late, True),  # begun in the closing second
        (first, first + late, False),  # begun after it
        (end - timedelta(hours=3), first + late, True),  # a slow one that began long before
        (end - late, None, False),  # never came
    )
    for began, whole, helps in cases:
        row = upload(world, began, whole)
        evidence = None
        if row.stored is not None:
            evidence = Evidence.objects.create(
                application=application, criterion="scale", title="证明", file=row.stored
            )
        with clock.at(first + timedelta(minutes=10)):
            assert in_grace(application, end) is helps, (began, whole)
            assert may_still_file(call, town, application) is helps
            assert not may_still_file(call, town), "nothing new is begun in the grace"
            assert not in_grace(neighbour, end), "another application has nothing of it"
        if evidence is not None:
            Evidence.objects.filter(pk=evidence.pk).update(removed_at=end)
            with clock.at(first + timedelta(minutes=10)):
                assert not in_grace(application, end), "a file that was removed"
            evidence.delete()
        row.delete()
    row = upload(world, end, first + late)
    Application.objects.filter(pk=application.pk).update(request_file=row.stored)
    application.refresh_from_db()
    last = end + timedelta(minutes=call.upload_grace)
    for moment, helps in (
        (first - MICRO, False),  # still open: no grace is needed
        (first, True),
        (last + SECOND - MICRO, True),
        (last + SECOND, False),
    ):
        with clock.at(moment):
            assert in_grace(application, end) is helps, moment
    with clock.at(last):
        assert "仍可送提交人并提交" in term_for(application).text
    with clock.at(last + SECOND):
        assert "不能再提交" in term_for(application).text
        with pytest.raises(Refused, match="申请延期"):
            hand_over(actor=filer, application=application)
    # With an extension the grace begins at its end, not at the round's.
    extended = grant_extension(
        actor=world.actor("sx.office_director"),
        call=call,
        town=town,
        until=end + timedelta(days=1),
        reason="断网",
        approver="主任",
    )
    with clock.at(extended.until + SECOND):
        assert not may_still_file(call, town, application)
    assert row.stored is not None
    StoredFile.objects.filter(pk=row.stored.pk).update(created_at=extended.until + SECOND)
    with clock.at(extended.until + SECOND):
        assert may_still_file(call, town, application)
    Round.objects.filter(pk=call.pk).update(upload_grace=0)
    call.refresh_from_db()
    application.refresh_from_db()
    assert "不再等候" in closing_rule(call)
    with clock.at(extended.until + SECOND):
        assert not in_grace(Application.objects.get(pk=application.pk), extended.until)


def test_a_request_counts_from_its_arrival() -> None:
    """Who waits for a lock past the closing was in time when the request was."""
    with clock.request_received():
        arrived = clock.received()
        assert clock.received() == arrived < clock.now()
    assert clock.received() > arrived
    assert settings.MIDDLEWARE[0] == "portal.core.middleware.RequestReceived"
    heard = []

    def answer(request: HttpRequest) -> HttpResponse:
        heard.append((clock.received(), clock.received(), clock.now()))
        return HttpResponse()

    RequestReceived(answer)(HttpRequest())
    first, second, now = heard[0]
    assert first == second < now


@pytest.mark.parametrize(
    ("believed", "handed", "took", "earlier"),
    [
        (True, "0", "30.250", 30),
        (True, "0", "3600", 120),
        (True, "500", "0", 0),
        (True, "0", "", 0),
        (True, "nan", "0", 0),
        (False, "0", "30", 0),
    ],
)
def test_a_request_began_when_the_proxy_says(
    settings: Any, believed: bool, handed: str, took: str, earlier: int
) -> None:
    """It waited for its own body, and for a free worker; no more than two minutes are believed."""
    settings.PORTAL_ARRIVAL_FROM_PROXY = believed
    now = timezone.now()
    moment = f"{now.timestamp() + float(handed):.3f}" if handed.isdecimal() else handed
    request = HttpRequest()
    request.META.update({"HTTP_X_REQUEST_MSEC": moment, "HTTP_X_REQUEST_TOOK": took})
    heard = []

    def answer(request: HttpRequest) -> HttpResponse:
        heard.append(clock.received())
        return HttpResponse()

    RequestReceived(answer)(request)
    assert abs((now - heard[0]).total_seconds() - earlier) < 1
