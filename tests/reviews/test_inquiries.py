"""Asking the town without giving the application back, and the clock of the step meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.calendar import add_working_days, working_days_between
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import CalendarDay, LedgerEntry, Notification
from portal.core.owners import held_by
from portal.core.web import office_url
from reviews.actions.extending import extend_term
from reviews.actions.inquiries import answer_information, ask_information, take_back_inquiry
from reviews.inquiry_queries import answering
from reviews.models import Case, Inquiry
from reviews.queries import CaseFilter, filter_cases
from tests.factories import World, client_of, make_world
from tests.papers import PDF
from tests.scenario import decide, drive, everything, file, fresh, open_run

pytestmark = pytest.mark.django_db
QUESTION, ANSWER = "请说明产值口径（密语甲）。", "按产业链统计（密语乙）。"


@pytest.fixture
def world() -> World:
    made = make_world()
    year = clock.today().year
    CalendarDay.objects.filter(day__year__in=(year, year + 1)).delete()
    return made


def at_province(world: World) -> Case:
    return fresh(drive(world, file(world, "province"), "province_accept"))


def page(world: World, who: str, name: str, *args: object) -> str:
    actor = world.actor(who)
    answer = client_of(actor).get(office_url(actor, name, *args))
    assert answer.status_code == 200, (who, name)
    return answer.content.decode()


def test_asking_and_answering_stops_and_starts_the_clock(world: World) -> None:
    case = at_province(world)
    clerk, submitter = world.actor("sx.clerk"), world.actor("puxian.submitter")
    due, start = case.due_on, clock.today()
    assert due is not None
    inquiry = ask_information(actor=clerk, case_id=case.pk, question=QUESTION, days=3)
    case = fresh(case)
    assert (case.state, case.step, case.paused_on) == ("open", "province_accept", start)
    assert inquiry.due_on == add_working_days(start, 3)
    told = Notification.objects.get(key=f"inquiry:{inquiry.pk}")
    assert told.office == world.offices["puxian-filing"]
    with pytest.raises(ValidationError, match="还有一项"):
        ask_information(actor=clerk, case_id=case.pk, question="再问", days=5)
    with pytest.raises(Refused, match="提交人答复"):
        answer_information(
            actor=world.actor("puxian.filer"),
            case_id=case.pk,
            inquiry_id=inquiry.pk,
            answer=ANSWER,
        )
    later = add_working_days(start, 9)
    with clock.at(later):
        # Long past the day on which the term would have ended, and not overdue.
        assert not fresh(case).is_overdue
        with pytest.raises(ValidationError, match="请填写说明"):
            answer_information(actor=submitter, case_id=case.pk, inquiry_id=inquiry.pk, answer=" ")
        answer_information(
            actor=submitter,
            case_id=case.pk,
            inquiry_id=inquiry.pk,
            answer=ANSWER,
            files=[SimpleUploadedFile("口径.pdf", PDF, "application/pdf")],
        )
        case = fresh(case)
        run = open_run(case)
        assert case.due_on is not None
        assert case.due_on == run.due_on == add_working_days(due, 9)
        assert working_days_between(later, case.due_on) == working_days_between(start, due)
        assert case.paused_on is None
        with pytest.raises(Stale, match="已经答复"):
            answer_information(
                actor=submitter, case_id=case.pk, inquiry_id=inquiry.pk, answer="又一次"
            )
    assert Notification.objects.filter(
        key=f"inquiry-answer:{inquiry.pk}", office=world.offices["sx"]
    ).exists()
    entries = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}")
    verbs = list(entries.order_by("seq").values_list("verb", flat=True))[-2:]
    assert verbs == ["ask_information", "answer_information"]
    assert first_broken_link(f"reviews.case:{case.pk}") is None
    # Neither words stand in the ledger, which the lower offices read.
    for entry in entries:
        assert "密语" not in entry.summary + entry.payload


def test_lower_offices_experts_and_units_learn_nothing_of_it(world: World) -> None:
    case = at_province(world)
    clerk, submitter = world.actor("sx.clerk"), world.actor("puxian.submitter")
    inquiry = ask_information(actor=clerk, case_id=case.pk, question=QUESTION, days=5)
    answer_information(
        actor=submitter,
        case_id=case.pk,
        inquiry_id=inquiry.pk,
        answer=ANSWER,
        files=[SimpleUploadedFile("口径.pdf", PDF + b"secret", "application/pdf")],
    )
    stored = inquiry.files.get().file_id
    for who in ("sx.clerk", "sx.leader", "puxian.submitter", "puxian.filer"):
        text = page(world, who, "case", case.pk)
        assert "密语甲" in text and "密语乙" in text, who
        assert "密语甲" in page(world, who, "inquiry", case.pk, inquiry.pk)
        assert held_by(stored, world.actor(who)) is not None
    # People of the office are not named to the town.
    assert clerk.name not in page(world, "puxian.filer", "inquiry", case.pk, inquiry.pk)
    assert clerk.name in page(world, "sx.leader", "inquiry", case.pk, inquiry.pk)
    for who in ("puxian.clerk", "linfen.clerk"):
        text = page(world, who, "case", case.pk)
        assert "密语" not in text and "口径.pdf" not in text
    drive(world, case, "unit_opinions")
    for who in ("puxian.clerk", "linfen.clerk", "sx.member", "sx.expert", "xixian.filer"):
        actor = world.actor(who)
        address = office_url(actor, "inquiry", case.pk, inquiry.pk)
        assert client_of(actor).get(address).status_code == 404, who
        assert held_by(stored, actor) is None, who


def test_taking_back_moving_on_and_returning(world: World) -> None:
    case = at_province(world)
    clerk, due, start = world.actor("sx.clerk"), case.due_on, clock.today()
    assert due is not None
    first = ask_information(actor=clerk, case_id=case.pk, question="甲", days=5)
    with pytest.raises(Refused, match="收回"):
        take_back_inquiry(
            actor=world.actor("puxian.submitter"),
            case_id=case.pk,
            inquiry_id=first.pk,
            reason="不必",
        )
    with clock.at(add_working_days(start, 2)):
        take_back_inquiry(actor=clerk, case_id=case.pk, inquiry_id=first.pk, reason="已核实")
        assert fresh(case).due_on == add_working_days(due, 2)
        # One that does not pause leaves the clock alone.
        second = ask_information(actor=clerk, case_id=case.pk, question="乙", pauses=False)
        assert fresh(case).paused_on is None
        take_back_inquiry(actor=clerk, case_id=case.pk, inquiry_id=second.pk, reason="已核实")
        third = ask_information(actor=clerk, case_id=case.pk, question="丙", days=5)
    with clock.at(add_working_days(start, 6)):
        # What is left of the term is what was left when the clock stopped.
        decide(world, case, "return", "请补正。", everything(fresh(case)))
        run = case.runs.order_by("-ordinal")[0]
        assert run.days_left == working_days_between(start, due)
        third.refresh_from_db()
        assert not third.is_open
        with pytest.raises(Refused, match="待补正"):
            ask_information(actor=clerk, case_id=case.pk, question="丁", days=5)
    # A decision while a question waits ends the waiting, and the next step has its own clock.
    other = fresh(drive(world, file(world, "province", "xixian"), "province_accept"))
    fourth = ask_information(actor=clerk, case_id=other.pk, question="戊", days=5)
    decide(world, other, "accept")
    fourth.refresh_from_db()
    assert fourth.closed_reason.startswith("环节已办结")
    told = Notification.objects.filter(key=f"inquiry-closed:{fourth.pk}")
    assert set(told.values_list("office_id", flat=True)) == set(answering(other))
    assert "不再等待补充说明" in told[0].text
    assert fresh(other).paused_on is None


def test_a_term_is_extended_by_a_recorded_act(world: World) -> None:
    case = at_province(world)
    due, run = case.due_on, open_run(case)
    assert due is not None
    checker = world.actor("sx.checker")
    asked: dict[str, Any] = {"case_id": case.pk, "run_id": run.pk, "due_on": due}
    with pytest.raises(Refused, match="主任、副主任或审核"):
        extend_term(actor=world.actor("sx.clerk"), **{**asked, "days": 2, "reason": "核实"})
    for days, reason, wrong in ((0, "核实", "1 至"), (61, "核实", "1 至"), (2, " ", "理由")):
        with pytest.raises(ValidationError, match=wrong):
            extend_term(actor=checker, **asked, days=days, reason=reason)
    extend_term(actor=checker, **asked, days=2, reason="现场核实")
    # Sent twice, or by two officials at once, it is one extension.
    with pytest.raises(Stale, match="本次没有再延长"):
        extend_term(actor=checker, **asked, days=2, reason="现场核实")
    assert fresh(case).due_on == open_run(case).due_on == add_working_days(due, 2)
    entry = LedgerEntry.objects.get(verb="extend_term")
    assert "现场核实" in entry.summary and entry.audience == "office"
    decide(world, case, "accept")
    with pytest.raises(Stale):
        extend_term(actor=checker, **asked, days=2, reason="核实")
    Case.objects.filter(pk=case.pk).update(due_on=None)
    asked["run_id"] = open_run(case).pk
    with pytest.raises(ValidationError, match="未载明"):
        extend_term(actor=checker, **asked, days=2, reason="核实")


def test_the_pages(world: World) -> None:
    case = at_province(world)
    clerk, submitter = world.actor("sx.clerk"), world.actor("puxian.submitter")
    office, town = client_of(clerk), client_of(submitter)
    assert clerk.post is not None and submitter.post is not None
    assert "要求补充说明（不退回）" in page(world, "sx.clerk", "case", case.pk)
    address = office_url(clerk, "case-ask", case.pk)
    assert office.get(address).status_code == 200
    sent = {"acting_post": clerk.post.pk, "question": QUESTION, "days": "99", "pauses": "on"}
    answer = office.post(address, sent)
    assert answer.status_code == 422
    assert "密语甲" in answer.content.decode() and "最多 60 个工作日" in answer.content.decode()
    # A clock does not stand still without an end; without a term it goes on.
    answer = office.post(address, sent | {"days": ""})
    assert answer.status_code == 422 and not Inquiry.objects.exists()
    assert "停止计时的，请填写答复期限" in str(answer.context["form"].errors["days"])
    assert "密语甲" in answer.content.decode()
    assert office.post(address, sent | {"days": "5"}).status_code == 302
    inquiry = Inquiry.objects.get()
    text = page(world, "sx.clerk", "case", case.pk)
    assert "停止计时" in text and "要求补充说明（不退回）" not in text
    assert "尚未录入，暂按周一至周五推算" in text
    address = office_url(submitter, "inquiry", case.pk, inquiry.pk)
    assert "待答复补充说明" in page(world, "puxian.submitter", "workspace")
    assert "提交说明" in page(world, "puxian.submitter", "inquiry", case.pk, inquiry.pk)
    assert "提交人答复" in page(world, "puxian.filer", "inquiry", case.pk, inquiry.pk)
    bad = SimpleUploadedFile("坏.pdf", b"MZ not a pdf", "application/pdf")
    sent = {"acting_post": submitter.post.pk, "answer": ANSWER, "file": bad}
    answer = town.post(address, sent)
    assert answer.status_code == 422
    assert "密语乙" in answer.content.decode() and "坏.pdf" in answer.content.decode()
    good = SimpleUploadedFile("口径.pdf", PDF, "application/pdf")
    assert town.post(address, sent | {"file": good}).status_code == 302
    assert "待答复补充说明" not in page(world, "puxian.submitter", "workspace")
    answer = town.post(address, {"acting_post": submitter.post.pk, "answer": "迟到的话"})
    assert answer.status_code == 409 and "迟到的话" in answer.content.decode()
    text = page(world, "sx.clerk", "inquiry", case.pk, inquiry.pk)
    assert "口径.pdf" in text and "已答复" in text
    checker = world.actor("sx.checker")
    assert checker.post is not None
    address = office_url(checker, "case-extend", case.pk)
    sent = {"acting_post": checker.post.pk, "run": open_run(case).pk, "reason": "现场核实"}
    answer = client_of(checker).post(address, sent)
    assert answer.status_code == 422 and "现场核实" in answer.content.decode()
    assert str(fresh(case).due_on) in client_of(checker).get(address).content.decode()
    sent |= {"days": "2", "due": str(fresh(case).due_on)}
    assert client_of(checker).post(address, sent).status_code == 302
    moved = fresh(case).due_on
    answer = client_of(checker).post(address, sent)
    assert answer.status_code == 409 and "本次没有再延长" in answer.content.decode()
    assert "现场核实" in answer.content.decode() and f'value="{moved}"' in answer.content.decode()
    assert fresh(case).due_on == moved
    second = ask_information(actor=clerk, case_id=case.pk, question="再问", days=5)
    address = office_url(clerk, "inquiry-close", case.pk, second.pk)
    assert office.get(address).status_code == 200
    assert office.post(address, {"acting_post": clerk.post.pk}).status_code == 422
    sent = {"acting_post": clerk.post.pk, "reason": "已核实"}
    assert office.post(address, sent).status_code == 302
    with CaptureQueriesContext(connection) as few:
        page(world, "sx.clerk", "case", case.pk)
    for number in range(4):
        row = ask_information(actor=clerk, case_id=case.pk, question=f"问{number}", days=5)
        answer_information(
            actor=submitter, case_id=case.pk, inquiry_id=row.pk, answer="答", files=[]
        )
    with CaptureQueriesContext(connection) as many:
        page(world, "sx.clerk", "case", case.pk)
    assert len(many) <= len(few)


def test_what_an_office_entered_it_answers_itself(world: World) -> None:
    """The province asks; the county that entered the application for a unit reads and answers."""
    case = at_province(world)
    case.application.entered_by = world.offices["puxian"]
    case.application.save(update_fields=["entered_by"])
    inquiry = ask_information(
        actor=world.actor("sx.clerk"), case_id=case.pk, question=QUESTION, days=5
    )
    assert Notification.objects.get(key=f"inquiry:{inquiry.pk}").office == world.offices["puxian"]
    assert "密语甲" in page(world, "puxian.clerk", "inquiry", case.pk, inquiry.pk)
    with pytest.raises(Refused, match="代为录入"):
        answer_information(
            actor=world.actor("puxian.submitter"),
            case_id=case.pk,
            inquiry_id=inquiry.pk,
            answer=ANSWER,
        )
    with clock.at(clock.now() + timedelta(days=1)):
        answer_information(
            actor=world.actor("puxian.clerk"),
            case_id=case.pk,
            inquiry_id=inquiry.pk,
            answer=ANSWER,
        )


def test_a_stopped_clock_is_not_late_anywhere(world: World) -> None:
    case = at_province(world)
    clerk = world.actor("sx.clerk")
    assert case.due_on is not None
    ask_information(actor=clerk, case_id=case.pk, question=QUESTION, days=5)
    with clock.at(case.due_on + timedelta(days=3)):
        late = filter_cases(clerk, CaseFilter(term="overdue"), waiting=True)
        assert not late.exists()
        for name in ("cases", "workspace"):
            text = page(world, "sx.clerk", name)
            assert "停止计时" in text, name
            assert not re.search(r"已逾期 \d", text), name
        assert "停止计时" in page(world, "puxian.filer", "case", case.pk)
        Case.objects.filter(pk=case.pk).update(paused_on=case.due_on + timedelta(days=1))
        assert late.exists()
        Case.objects.filter(pk=case.pk).update(paused_on=None)
        assert late.exists()
