"""The queue of an office: its order, its place carried along, batches, who has a case in hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import Actor, acting_seat
from portal.core.calendar import late_words, working_days_between
from portal.core.errors import Refused, Stale
from portal.core.models import Leave, LedgerEntry, Notification, SavedView
from portal.core.seats import seat_of
from portal.core.web import office_url
from reviews.actions import (
    claim_case,
    decide_step,
    hand_over_case,
    release_case,
    save_phrase,
    take_over_case,
)
from reviews.models import Case, StepRun
from tests.core.test_seats import lend
from tests.factories import World, client_of, end_appointment, make_post, make_town, make_world
from tests.scenario import decide, drive, file, fresh, open_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def filed(world: World, count: int) -> list[Case]:
    """Cases of several towns of the county, all at its acceptance."""
    cases, home = [fresh(file(world, "province", evidence=False))], world.towns["puxian"]
    for number in range(1, count):
        town = make_town(world.regions["141033"], f"蒲县{number}号专业镇", "梨果", "agriculture")
        for grant in home.grants.all():
            grant.pk, grant.content_object = None, town
            grant.save()
        world.towns["puxian"] = town
        cases.append(fresh(file(world, "province", evidence=False)))
    world.towns["puxian"] = home
    return cases


def due(case: Case, days: int | None) -> None:
    """Put the term of a case so many days from today."""
    on = None if days is None else clock.today() + timedelta(days=days)
    Case.objects.filter(pk=case.pk).update(due_on=on)


def ask(actor: Actor, page: str, /, *args: object, query: str = "", **fields: Any) -> Any:
    """A page, or the answer to a form when fields are given."""
    client, url = client_of(actor), office_url(actor, page, *args) + query
    if not fields:
        return client.get(url)
    return client.post(url, {"acting_post": acting_seat(actor).pk, **fields})


def order(answer: Any) -> list[int]:
    """Keys of the cases that a list shows."""
    return [case.pk for case in answer.context["page"].items]


def test_overdue_first_and_the_place_is_carried_to_the_next_case(world: World) -> None:
    first, second, third, fourth = filed(world, 4)
    for case, days in ((first, None), (second, 5), (third, -3), (fourth, 5)):
        due(case, days)
    clerk = world.actor("puxian.clerk")
    answer = ask(clerk, "cases")
    assert order(answer) == [third.pk, second.pk, fourth.pk, first.pk]
    page = answer.content.decode()
    today = clock.today()
    assert late_words(working_days_between(today - timedelta(days=3), today)) in page
    left = working_days_between(today, today + timedelta(days=5))
    assert f"还剩 {left} 个工作日" in page and "7 个工作日内到期" in page
    assert "已逾期的在前" in page
    assert f"cases/{second.pk}/?post={acting_seat(clerk).pk}&amp;queue=tab%3Dmine" in page

    # From the queue: neighbours in its order, and on to the next one after deciding.
    answer = ask(clerk, "case", second.pk, query="&queue=tab%3Dmine")
    assert f"cases/{third.pk}/" in answer.context["previous_url"]
    assert f"cases/{fourth.pk}/" in answer.context["next_url"]
    assert 'name="queue" value="tab=mine"' in answer.content.decode()
    chosen = {"outcome": "accept", "opinion": "情况属实。"}
    answer = ask(
        clerk, "case-decide", second.pk, run=open_run(second).pk, queue="tab=mine", **chosen
    )
    assert f"cases/{fourth.pk}/" in answer.url
    assert "queue=tab%3Dmine" in answer.url

    # Under a condition only those it leaves are neighbours; without any left, back to the list.
    answer = ask(
        clerk,
        "case-decide",
        third.pk,
        run=open_run(third).pk,
        queue="term=overdue",
        **chosen,
    )
    assert answer.url.partition("?")[0] == office_url(clerk, "cases").partition("?")[0]
    assert answer.url.endswith("&term=overdue")

    # A form that comes back with an error keeps the place; outside of a queue one stays.
    answer = ask(clerk, "case-decide", fourth.pk, run=open_run(fourth).pk, queue="tab=mine")
    assert answer.status_code == 422
    assert answer.context["queue"] == "tab=mine"
    answer = ask(clerk, "case-decide", fourth.pk, run=open_run(fourth).pk, **chosen)
    assert answer.url == office_url(clerk, "case", fourth.pk)


def test_filters_by_holder_views_and_what_others_read(world: World) -> None:
    mine, free, others = filed(world, 3)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    claim_case(actor=clerk, case_id=mine.pk)
    claim_case(actor=checker, case_id=others.pk)
    assert order(ask(clerk, "cases", query="&holding=mine")) == [mine.pk]
    assert order(ask(clerk, "cases", query="&holding=free")) == [free.pk]
    assert order(ask(clerk, "cases", query="&holding=others")) == [others.pk]
    ask(clerk, "view-save", "cases", query="&holding=free", name="未认领的", shared="on")
    view = SavedView.objects.get(list_key="cases")
    assert (view.query, view.shared) == ("holding=free", True)
    page = ask(checker, "cases", query="&holding=free").content.decode()
    assert "未认领的" in page
    assert 'aria-current="true"' in page

    # The offices above read who has it in hand; the towns do not, nor is there such a condition.
    name = fresh(mine).held_name
    assert name
    above = ask(world.actor("linfen.clerk"), "cases", query="&tab=all").content.decode()
    assert name in above
    filer = world.actor("puxian.filer")
    for query in ("", "&holding=mine", "&cols=holder"):
        page = ask(filer, "cases", query=query).content.decode()
        assert mine.number in page
        assert name not in page
        assert "承办人" not in page
    page = ask(filer, "case", mine.pk).content.decode()
    assert "承办" not in page
    # An office below learns nothing of who has it above.
    Case.objects.filter(pk=mine.pk).update(office=world.offices["sx"], step="province_accept")
    page = ask(clerk, "cases", query="&tab=all").content.decode()
    assert mine.number in page
    assert f"{name}" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert order(ask(clerk, "cases", query="&tab=all&holding=mine")) == []


def test_a_claimed_case_is_decided_by_its_holder(world: World) -> None:
    (case,) = filed(world, 1)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    director = world.actor("puxian.office_director")
    with pytest.raises(Refused, match="办理"):
        claim_case(actor=world.actor("puxian.signer"), case_id=case.pk)
    assert claim_case(actor=clerk, case_id=case.pk).holder == clerk.post
    claim_case(actor=clerk, case_id=case.pk)
    assert LedgerEntry.objects.filter(verb="claim_case").count() == 1
    run = open_run(case).pk
    for other in (checker, director):
        with pytest.raises(Refused, match="承办"):
            decide_step(actor=other, case_id=case.pk, run_id=run, outcome="accept")
        with pytest.raises(Refused, match=r"已由.*承办"):
            claim_case(actor=other, case_id=case.pk)
    with pytest.raises(Refused, match="移交"):
        hand_over_case(actor=checker, case_id=case.pk, post_id=acting_seat(checker).pk)
    with pytest.raises(Refused, match="退回待认领"):
        release_case(actor=checker, case_id=case.pk)
    page = ask(checker, "case", case.pk).content.decode()
    assert f"该办件由{clerk.name}承办" in page
    assert office_url(checker, "case-take-over", case.pk) in page

    # A colleague takes it over with a reason; who had it is told, nobody else.
    answer = ask(checker, "case-take-over", case.pk, reason=" ")
    assert answer.status_code == 422
    assert "请填写接办原因" in answer.content.decode()
    assert ask(checker, "case-take-over", case.pk, reason="经办请假").status_code == 302
    assert fresh(case).holder == checker.post
    told = Notification.objects.get(kind="holding")
    assert told.post == clerk.post
    assert "经办请假" in told.text
    with pytest.raises(Refused):
        take_over_case(actor=checker, case_id=case.pk, reason="再接一次")

    # The director hands it to a second clerk; a post that does not take the step is no heir.
    second = make_post(world.offices["puxian"], "clerk", "puxian.clerk9")
    for post in ("signer", "leader", "expert"):
        seat = acting_seat(world.actor(f"puxian.{post}"))
        with pytest.raises(ValidationError):
            hand_over_case(actor=director, case_id=case.pk, post_id=seat.pk)
    foreign = acting_seat(world.actor("xixian.clerk")).pk
    with pytest.raises(ValidationError):
        hand_over_case(actor=director, case_id=case.pk, post_id=foreign)
    hand_over_case(
        actor=director, case_id=case.pk, post_id=acting_seat(second).pk, note="请尽快办理"
    )
    posts = set(Notification.objects.filter(kind="holding").values_list("post", flat=True))
    assert posts == {acting_seat(row).pk for row in (clerk, checker, second)}
    assert "请尽快办理" in LedgerEntry.objects.get(verb="hand_over_case").summary

    # Deciding it ends the claim; the next step begins unclaimed.
    decide_step(actor=second, case_id=case.pk, run_id=run, outcome="accept")
    moved = fresh(case)
    assert (moved.step, moved.holder, moved.held_name) == ("county_recommend", None, "")
    # Recommending is another person's: who accepted is given no recommendation.
    director_two = acting_seat(director).pk
    StepRun.objects.filter(case=case, step="county_accept").update(decided_by=director.user)
    with pytest.raises(ValidationError, match="不能由"):
        hand_over_case(actor=checker, case_id=case.pk, post_id=director_two)
    claim_case(actor=checker, case_id=case.pk)
    release_case(actor=director, case_id=case.pk)
    assert fresh(case).holder is None


LONG = "产值数据已与统计部门核对，<口径>一致。" * 8
ESCAPED = LONG.replace("<", "&lt;").replace(">", "&gt;")


def test_what_was_typed_comes_back_when_it_is_refused(world: World) -> None:
    (case,) = filed(world, 1)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    run = open_run(case).pk
    claim_case(actor=checker, case_id=case.pk)
    sent: dict[str, Any] = {"run": run, "outcome": "accept", "opinion": LONG}
    answer = ask(clerk, "case-decide", case.pk, **sent)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert answer.templates[0].name == "reviews/case.html"
    assert f"该办件由{checker.name}承办" in page and ESCAPED in page
    assert office_url(clerk, "case-take-over", case.pk) in page

    wanted = {"field": "summary", "wanted:summary": "请写明<种植>面积", "days": "5"}
    answer = ask(clerk, "case-return", case.pk, **sent, **wanted)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert ESCAPED in page and "请写明&lt;种植&gt;面积" in page
    # Who does not read the case learns nothing of it; no office's post, nothing but the reason.
    assert ask(world.actor("xixian.clerk"), "case-decide", case.pk, **sent).status_code == 404
    answer = ask(world.actor("puxian.submitter"), "case-decide", case.pk, **sent)
    assert answer.status_code == 403 and ESCAPED in answer.content.decode()
    assert answer.templates[0].name == "errors/refused.html"
    assert fresh(case).step == "county_accept"

    # Notes, questions, reasons: on the page that says which rule refused, or who came first.
    for name, field in (("case-notes", "text"), ("case-ask", "question")):
        answer = ask(world.actor("puxian.submitter"), name, case.pk, **{field: LONG})
        assert answer.status_code == 403 and ESCAPED in answer.content.decode()
    release_case(actor=checker, case_id=case.pk)
    decide(world, case, "accept")
    reason: dict[str, Any] = {"reason": "经办请假", "run": run}
    answer = ask(clerk, "case-take-over", case.pk, **reason)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "无需重复办理" in page and "经办请假" in page
    assert office_url(clerk, "case", case.pk) in page


def test_a_page_of_an_earlier_step_claims_nothing_of_the_next(world: World) -> None:
    (case,) = filed(world, 1)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    director, run = world.actor("puxian.office_director"), open_run(case).pk
    assert f'name="run" value="{run}"' in ask(checker, "case", case.pk).content.decode()
    decide(world, case, "accept")
    answer = ask(checker, "case-claim", case.pk, run=run)
    assert answer.status_code == 302
    client = client_of(checker)
    url = office_url(checker, "case-claim", case.pk)
    page = client.post(url, {"acting_post": acting_seat(checker).pk, "run": run}, follow=True)
    assert "“县级受理”已由" in page.content.decode()
    assert "无需重复办理" in page.content.decode()
    assert fresh(case).holder is None
    claim_case(actor=checker, case_id=case.pk, run_id=open_run(case).pk)
    ask(director, "case-release", case.pk, run=run)
    ask(director, "case-hand-over", case.pk, run=run, post=acting_seat(director).pk)
    assert fresh(case).holder == checker.post
    with pytest.raises(Stale, match="无需重复办理"):
        release_case(actor=director, case_id=case.pk, run_id=run)
    with pytest.raises(Stale, match="无需重复办理"):
        take_over_case(actor=clerk, case_id=case.pk, reason="请假", run_id=run)
    opened = ask(director, "case-hand-over", case.pk)
    assert opened.context["form"]["run"].value() == open_run(case).pk


def test_a_batch_is_given_to_people_of_the_own_office_alone(world: World) -> None:
    mine, other, away = filed(world, 3)
    drive(world, away, "province_accept")
    director = world.actor("puxian.office_director")
    for keys in ([mine.pk, away.pk], [away.pk, mine.pk]):
        answer = ask(director, "cases-batch", action="assign", cases=keys)
        names = str(answer.context["form"].fields["post"].choices)
        assert world.actor("puxian.checker").name in names
        assert world.actor("sx.clerk").name not in names

    # One that moved on meanwhile says so, the others stand.
    runs = [f"{case.pk}:{open_run(case).pk}" for case in (mine, other)]
    decide(world, mine, "accept")
    sent: dict[str, Any] = {"cases": [mine.pk, other.pk], "runs": runs, "go": "1"}
    post = acting_seat(world.actor("puxian.checker")).pk
    answer = ask(director, "cases-batch", action="assign", post=post, **sent)
    page = answer.content.decode()
    assert "已办理 1 件，没有办理 1 件" in page and "无需重复办理" in page
    assert (fresh(mine).holder_id, fresh(other).holder_id) == (None, post)
    given: dict[str, Any] = {
        "sections": ["facts"],
        "opinion": "请补证明",
        "days": "5",
        "queue": "tab=mine",
    }
    checker = world.actor("puxian.checker")
    phrase = save_phrase(actor=checker, text="请补充佐证材料。").pk
    asked = {key: sent[key] for key in ("cases", "runs")}
    answer = ask(
        checker, "cases-batch", action="return", phrase=f"{phrase}:opinion", **given, **asked
    )
    assert answer.context["form"]["opinion"].value() == "请补证明\n请补充佐证材料。"
    assert answer.context["form"]["sections"].value() == ["facts"]
    assert "放假安排尚未录入" in answer.content.decode() and fresh(other).state == "open"
    answer = ask(checker, "cases-batch", action="return", **given, **sent)
    page = answer.content.decode()
    assert "已办理 1 件，没有办理 1 件" in page and "无需重复办理" in page
    assert (fresh(mine).state, fresh(other).state) == ("open", "returned")


def test_a_return_leads_to_the_next_case(world: World) -> None:
    first, second = filed(world, 2)
    for case, days in ((first, 1), (second, 3)):
        due(case, days)
    clerk = world.actor("puxian.clerk")
    answer = ask(
        clerk,
        "case-return",
        first.pk,
        run=open_run(first).pk,
        field="summary",
        opinion="请补正。",
        days="5",
        queue="tab=mine",
    )
    assert f"cases/{second.pk}/" in answer.url and "queue=tab%3Dmine" in answer.url


def test_a_deputy_has_a_case_in_hand_for_the_post(world: World) -> None:
    (case,) = filed(world, 1)
    clerk, director = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    signer, today = world.actor("puxian.signer"), clock.today()
    seat = acting_seat(clerk)
    Leave.objects.create(
        appointment=seat.appointments.get(),
        kind="leave",
        valid_from=today,
        valid_to=today + timedelta(days=30),
    )
    with pytest.raises(ValidationError, match="离任、请假人员"):
        hand_over_case(actor=director, case_id=case.pk, post_id=seat.pk)
    lend(world, "puxian.clerk", "puxian.signer")
    assert signer.user is not None
    deputy = seat_of(signer.user, seat)
    assert deputy is not None and deputy.deputy
    assert f"{deputy.name}（代理）" in ask(director, "case-hand-over", case.pk).content.decode()
    hand_over_case(actor=director, case_id=case.pk, post_id=seat.pk)
    assert (fresh(case).holder, fresh(case).held_by) == (seat, signer.user)
    release_case(actor=deputy, case_id=case.pk)
    assert claim_case(actor=deputy, case_id=case.pk).held_by == signer.user
    release_case(actor=director, case_id=case.pk)
    # The deputising has ended, or the deputy has left the own post: nobody acts from the post.
    with clock.at(today + timedelta(days=6)), pytest.raises(ValidationError, match="离任、请假"):
        hand_over_case(actor=director, case_id=case.pk, post_id=seat.pk)
    end_appointment(signer)
    with pytest.raises(ValidationError, match="离任、请假"):
        hand_over_case(actor=director, case_id=case.pk, post_id=seat.pk)


def test_batches_say_what_came_of_each_row(world: World) -> None:
    one, two, three = filed(world, 3)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    claim_case(actor=checker, case_id=three.pk)
    keys = [one.pk, two.pk, three.pk]
    assert 'form="batch"' in ask(clerk, "cases").content.decode()
    assert "批量受理" not in ask(world.actor("puxian.leader"), "cases").content.decode()

    # What is asked first: which can be done, and why the others cannot.
    answer = ask(clerk, "cases-batch", action="accept", cases=keys)
    page = answer.content.decode()
    assert "可办理 2 件" in page
    assert "不能办理 1 件" in page
    assert f"该办件由{checker.name}承办" in page
    assert [pair[0] for pair in answer.context["picked"]] == [one.pk, two.pk]
    assert fresh(one).step == "county_accept"

    # Between asking and doing one was decided by a colleague: it fails alone.
    runs = [f"{pk}:{run}" for pk, run in answer.context["picked"]]
    decide(world, two, "accept")
    sent: dict[str, Any] = {
        "action": "accept",
        "cases": keys,
        "runs": runs,
        "go": "1",
        "queue": "tab=mine",
    }
    answer = ask(clerk, "cases-batch", opinion="材料齐全。", **sent)
    page = answer.content.decode()
    assert "已办理 1 件，没有办理 2 件" in page
    assert "无需重复办理" in page
    assert fresh(one).step == "county_recommend"
    assert StepRun.objects.get(case=one, step="county_accept").opinion == "材料齐全。"
    assert fresh(three).step == "county_accept"
    assert StepRun.objects.filter(case=two, step="county_accept").count() == 1

    # Nothing of what was chosen can be done: refused with the reason.
    answer = ask(clerk, "cases-batch", action="accept", cases=[three.pk])
    assert answer.status_code == 403
    assert ask(clerk, "cases-batch", action="accept", cases=["x"]).status_code == 302
    # 受理 is easy, a recommendation asks for a reason of its own.
    answer = ask(checker, "cases-batch", action="accept", cases=[one.pk])
    assert answer.status_code == 403
    assert "须逐件办理" in answer.content.decode()


def test_batches_claim_assign_and_return(world: World) -> None:
    one, two = filed(world, 2)
    clerk, checker = world.actor("puxian.clerk"), world.actor("puxian.checker")
    director = world.actor("puxian.office_director")
    keys = [one.pk, two.pk]
    answer = ask(clerk, "cases-batch", action="claim", cases=keys, queue="holding=free")
    assert answer.url == office_url(clerk, "cases") + "&holding=free"
    assert set(Case.objects.values_list("holder", flat=True)) == {acting_seat(clerk).pk}
    post = acting_seat(checker).pk
    answer = ask(director, "cases-batch", action="assign", cases=keys, go="1")
    assert answer.status_code == 422
    assert "请选择承办人" in answer.content.decode()
    ask(director, "cases-batch", action="assign", cases=keys, go="1", post=post, note="请办理")
    assert set(Case.objects.values_list("holder", flat=True)) == {post}
    assert Notification.objects.filter(post=post, kind="holding").count() == 2

    answer = ask(checker, "cases-batch", action="return", cases=keys, go="1", opinion="请补证明")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "请至少选择一个部分" in page
    assert "请补证明" in page
    sections = ["facts", "request"]
    answer = ask(
        checker,
        "cases-batch",
        action="return",
        cases=keys,
        go="1",
        opinion="请补证明",
        days="5",
        sections=sections,
    )
    assert "已办理 2 件" in answer.content.decode()
    for case in (fresh(one), fresh(two)):
        assert (case.state, case.holder) == ("returned", None)
        asked = case.application.corrections.get()
        assert {item.path for item in asked.items.all()} >= {"request"}
        assert asked.days == 5
    answer = ask(clerk, "cases-batch", action="release", cases=[one.pk])
    assert answer.status_code == 403


def test_the_queue_costs_the_same_for_any_number_of_rows(world: World) -> None:
    """The list and the page of a batch; who has each case in hand is told with it."""
    cases = filed(world, 6)
    clerk = world.actor("puxian.clerk")
    client = client_of(clerk)
    queue, batch = office_url(clerk, "cases"), office_url(clerk, "cases-batch")

    def cost(number: int) -> tuple[int, int]:
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(holder=None, held_name="")
        Case.objects.exclude(pk__in=[case.pk for case in cases[:number]]).update(
            office=world.offices["sx"], step="province_accept"
        )
        Case.objects.filter(pk=cases[0].pk).update(holder=clerk.post, held_name=clerk.name)
        found = []
        for ask_page in (
            lambda: client.get(queue),
            lambda: client.post(
                batch,
                {
                    "acting_post": acting_seat(clerk).pk,
                    "action": "accept",
                    "cases": [case.pk for case in cases[:number]],
                },
            ),
        ):
            ask_page()
            with CaptureQueriesContext(connection) as captured:
                answer = ask_page()
            assert answer.content.decode().count('<td class="seq">') == number
            found.append(len(captured))
        return found[0], found[1]

    many = cost(6)
    assert cost(1) == many
    assert max(many) <= 12


def test_who_has_a_case_in_hand_is_not_told_below(world: World) -> None:
    own = fresh(file(world, "county"))
    above = drive(world, file(world, "province"), "province_accept")
    clerk = world.actor("sx.clerk")
    claim_case(actor=clerk, case_id=above.pk)
    for who in ("puxian.submitter", "puxian.clerk", "sx.expert", "jincheng.clerk"):
        answer = ask(world.actor(who), "case-release", above.pk, reason="退回")
        assert answer.status_code in (403, 404)
        assert clerk.name not in answer.content.decode()
    keys = [own.pk, above.pk]
    answer = ask(world.actor("puxian.clerk"), "cases-batch", action="assign", cases=keys)
    assert above.town_name in answer.content.decode()
    assert clerk.name not in answer.content.decode()
