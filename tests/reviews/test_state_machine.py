"""Whole rounds in any order: what people do is drawn, what must hold is asked after each act.

Three towns of two counties file in the provincial round; their city has one place, one county too.
Whoever acts may be the wrong person, at the wrong moment, with yesterday's page. An act that is
refused leaves everything as it was; an act that is done was allowed by the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import REGION_KINDS, Can
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import LedgerEntry, Notification
from reviews.actions import (
    add_note,
    ask_units,
    claim_case,
    confirm_shortlist,
    decide_step,
    give_opinion,
    promote_reserve,
    release_case,
    reverse_step,
    save_shortlist,
    submit_application,
    withdraw_application,
)
from reviews.actions.shortlists import Ranked
from reviews.chain import OUTCOMES, OWN_PAGE, REVERSE, Mode, Move
from reviews.models import Case, CaseNote, Shortlist, ShortlistItem, StepRun, UnitOpinion, Visit
from tests.factories import World, grant_town, make_town, make_world
from tests.scenario import advance, complete, drive, everything, file, fresh
from towns.actions import hand_over
from towns.models import Application, Certification, RoundQuota

pytestmark = pytest.mark.django_db

CITY, CHECKER = "linfen", "linfen.checker"
PLACES = 1
# Steps that are taken on pages of several cases, or by several people: their usual way.
COLLECTIVE = (Mode.SCORES, Mode.MEETING, Mode.NOTICE, Mode.ISSUE)
PEOPLE = (
    "puxian.clerk",
    "puxian.checker",
    "puxian.office_director",
    "puxian.signer",
    "xixian.clerk",
    "xixian.checker",
    "linfen.clerk",
    "linfen.checker",
    "linfen.office_director",
    "jincheng.clerk",
    "jincheng.checker",
    "sx.clerk",
    "sx.checker",
    "sx.expert",
    "sx.member",
    "puxian.submitter",
    "puxian.filer",
)
REFUSALS = (Refused, Stale, ValidationError)
SECRET = "只供本级"


class Ground:
    """The world before anything was decided, made once."""

    def __init__(self) -> None:
        self.world = make_world()
        self.counties: dict[int, str] = {}
        self.cases: list[int] = []
        for county, name in (("puxian", ""), ("puxian", "蒲县第二专业镇"), ("xixian", "")):
            if name:
                town = make_town(self.world.offices[county].region, name)
                for kind in ("filer", "submitter"):
                    grant_town(self.world.actor(f"{county}.{kind}"), town)
                self.world.towns[county] = town
            case = file(self.world, "province", county, evidence=False)
            self.cases.append(case.pk)
            self.counties[case.pk] = county
        for slug in (CITY, "puxian"):
            RoundQuota.objects.create(
                round=self.world.rounds["province"],
                region=self.world.offices[slug].region,
                places=PLACES,
                set_by=self.world.offices["sx"],
                set_at=clock.now(),
            )


def standing() -> list[Any]:
    """Everything that a refused act must leave as it was."""
    return [
        list(Case.objects.order_by("pk").values_list()),
        list(StepRun.objects.order_by("pk").values_list()),
        list(ShortlistItem.objects.order_by("pk").values_list()),
        list(Application.objects.order_by("pk").values_list("pk", "state", "revision")),
        LedgerEntry.objects.count(),
        Notification.objects.count(),
    ]


def reversed_run(run: StepRun, runs: list[StepRun]) -> bool:
    """Whether a decision was taken back: its step was begun anew right after it."""
    following = [row for row in runs if row.ordinal > run.ordinal]
    return run.voided and (
        bool(following and following[0].outcome == REVERSE)
        or (run.outcome == "reject" and bool(following))
    )


class Chain(RuleBasedStateMachine):
    """A round as its offices work it."""

    ground: Ground

    def __init__(self) -> None:
        super().__init__()
        self.world: World = self.ground.world
        self.day: date = clock.today()
        self.done: list[str] = []
        self.block = transaction.atomic()
        self.block.__enter__()

    def teardown(self) -> None:
        """What a round left behind is looked at; everything is put back for the next one."""
        try:
            for number in range(3):
                self.entries_of(self.case(number))
            self.nothing_is_released_downwards()
            self.strangers_see_nothing()
        finally:
            self.put_back()

    def put_back(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)
        acted.extend(self.done)

    # --- acting ---

    def case(self, number: int) -> Case:
        return fresh(Case(pk=self.ground.cases[number]))

    def attempt(self, name: str, act: Callable[[], object]) -> bool:
        """Do it or be refused; refused, nothing has changed."""
        before = standing()
        try:
            with clock.at(self.day), transaction.atomic():
                act()
        except REFUSALS:
            assert standing() == before, f"{name} was refused and left something behind"
            return False
        self.done.append(name)
        return True

    def right(self, case: Case) -> str:
        """Who takes the open step: acceptance by the clerk, recommendation by another."""
        kind = "checker" if case.current.ability == Can.RECOMMEND else "clerk"
        return f"{case.office.slug}.{kind}"

    def decide(self, number: int, who: str, outcome: str, run: StepRun) -> None:
        """Decide a run, and hold what came of it against the tables."""
        case, actor = self.case(number), self.world.actor(who)
        step = case.chain.step(run.step)
        was_open = case.state == "open" and run.finished_at is None
        asked = None
        if outcome in OUTCOMES and OUTCOMES[outcome].move == Move.RETURN:
            asked = everything(case, 5)
        if not self.attempt(
            f"{outcome} {step.key}",
            lambda: decide_step(
                actor=actor,
                case_id=case.pk,
                run_id=run.pk,
                outcome=outcome,
                opinion=f"{SECRET}{who}",
                corrections=asked,
            ),
        ):
            return
        assert was_open, "a step that was over was decided again"
        assert outcome in step.outcomes
        assert actor.office == case.office, f"{who} decided for {case.office}"
        assert actor.can(step.ability), f"{who} has not the post for {step.key}"
        if step.mode in OWN_PAGE and case.holder_id is not None:
            assert actor.post is not None
            assert actor.post.pk == case.holder_id, "a colleague has the case in hand"
        move = OUTCOMES[outcome].move
        assert step.mode != Mode.SHORTLIST or move != Move.NEXT, "recommended beside the list"
        after = self.case(number)
        expected = {Move.RETURN: "returned", Move.REJECT: "closed"}.get(move, "open")
        assert after.state == expected
        run.refresh_from_db()
        assert (run.outcome, run.decided_by_id) == (outcome, actor.user.pk if actor.user else 0)

    @initialize(far=st.sampled_from(("filed", "city", "listed", "listed")))
    def begin(self, far: str) -> None:
        """Rounds begin early or late: at the counties, at the city, with the list confirmed."""
        if far == "filed":
            return
        with clock.at(self.day):
            RoundQuota.objects.filter(region=self.world.offices["puxian"].region).update(places=2)
            for number in range(3):
                drive(self.world, self.case(number), "city_recommend")
        if far == "listed":
            self.shortlist([0, 1, 2], ["recommended", "reserve", "reserve"], "linfen.checker")

    @rule(number=st.integers(0, 2))
    def forward(self, number: int) -> None:
        """The right person does what usually happens."""
        case = self.case(number)
        if case.state != "open":
            return
        if case.current.mode == Mode.SHORTLIST:
            self.shortlist([number], ["recommended"], "linfen.checker")
        elif case.current.mode in COLLECTIVE:
            mode = case.current.mode.value
            if self.attempt(mode, lambda: advance(self.world, case)):
                after = self.case(number)
                assert after.step != case.step or after.state == "closed"
        else:
            run = case.runs.get(finished_at__isnull=True)
            if case.current.mode == Mode.OPINIONS:
                self.consult(number)
            self.decide(number, self.right(case), case.current.outcomes[0], run)

    @rule(number=st.integers(0, 2))
    def onward(self, number: int) -> None:
        """The same twice: cases get somewhere in the few acts of a round."""
        self.forward(number)
        self.forward(number)

    @rule(
        number=st.integers(0, 2),
        who=st.sampled_from(PEOPLE),
        outcome=st.sampled_from(sorted(OUTCOMES)),
        back=st.integers(0, 2),
    )
    def anybody(self, number: int, who: str, outcome: str, back: int) -> None:
        """Somebody decides something, perhaps from a page that is two steps old."""
        runs = list(self.case(number).runs.order_by("-ordinal"))
        self.decide(number, who, outcome, runs[min(back, len(runs) - 1)])

    @rule(number=st.integers(0, 2), outcome=st.sampled_from(("return", "reject")))
    def turn_down(self, number: int, outcome: str) -> None:
        case = self.case(number)
        if case.state == "open":
            run = case.runs.get(finished_at__isnull=True)
            self.decide(number, self.right(case), outcome, run)

    @rule(number=st.integers(0, 2))
    def there_and_back(self, number: int) -> None:
        """Returned, and answered at once."""
        self.turn_down(number, "return")
        self.correct(number)

    @rule(number=st.integers(0, 2))
    def correct(self, number: int) -> None:
        """The town answers a return; the chain goes on where the tables say."""
        case, county = self.case(number), self.ground.counties[self.ground.cases[number]]
        if case.state != "returned":
            return
        filer, submitter = (self.world.actor(f"{county}.{k}") for k in ("filer", "submitter"))

        def act() -> None:
            complete(self.world, case.application, filer)
            hand_over(actor=filer, application=Application.objects.get(pk=case.application_id))
            submit_application(
                actor=submitter, application=Application.objects.get(pk=case.application_id)
            )

        if self.attempt("resubmit", act):
            after = self.case(number)
            assert after.state == "open"
            assert after.runs.filter(finished_at__isnull=False, voided=False).count() == 0

    @rule(number=st.integers(0, 2), who=st.sampled_from(("submitter", "submitter", "filer")))
    def withdraw(self, number: int, who: str) -> None:
        case, county = self.case(number), self.ground.counties[self.ground.cases[number]]
        may = who == "submitter" and (
            case.state == "returned" or (case.state == "open" and case.current.withdrawable)
        )
        did = self.attempt(
            "withdraw",
            lambda: withdraw_application(
                actor=self.world.actor(f"{county}.{who}"), case_id=case.pk, reason="撤回"
            ),
        )
        assert did == may

    @rule(
        number=st.integers(0, 2),
        who=st.sampled_from(PEOPLE),
        own=st.booleans(),
        give_back=st.booleans(),
    )
    def hold(self, number: int, who: str, own: bool, give_back: bool) -> None:
        """Claim a case, or give it back."""
        case = self.case(number)
        act = release_case if give_back and case.holder_id is not None else claim_case
        who = self.right(case) if own else who
        self.attempt(act.__name__, lambda: act(actor=self.world.actor(who), case_id=case.pk))

    @rule(
        order=st.permutations((0, 1, 2)),
        standings=st.lists(
            st.sampled_from(("recommended", "reserve", "declined")), min_size=3, max_size=3
        ),
        who=st.sampled_from(("linfen.checker", "linfen.clerk", "jincheng.checker")),
    )
    def shortlist(self, order: list[int], standings: list[str], who: str) -> None:
        """Rank what waits at the city, and confirm."""
        actor, call = self.world.actor(who), self.world.rounds["province"]
        rows = [
            Ranked(case.pk, what, "择优推荐。")
            for case, what in zip(map(self.case, order), standings, strict=False)
            if case.state == "open" and case.step == "city_recommend"
        ]
        made: list[Shortlist] = []
        if self.attempt(
            "rank", lambda: made.append(save_shortlist(actor=actor, call=call, rows=rows))
        ):
            assert who.startswith(CITY)
            if self.attempt("confirm", lambda: confirm_shortlist(actor=actor, shortlist=made[0])):
                assert actor.can(Can.RECOMMEND)

    @precondition(lambda self: ShortlistItem.objects.filter(standing="reserve").exists())
    @rule(who=st.sampled_from(("linfen.checker", "linfen.clerk")))
    def promote(self, who: str) -> None:
        item = ShortlistItem.objects.filter(standing="reserve").order_by("rank")[0]
        self.attempt(
            "promote",
            lambda: promote_reserve(
                actor=self.world.actor(who),
                shortlist=item.shortlist,
                item_id=item.pk,
                reason="递补",
            ),
        )

    @rule(number=st.integers(0, 2), who=st.sampled_from(PEOPLE), own=st.booleans())
    def reverse(self, number: int, who: str, own: bool) -> None:
        """The last decision is taken back, by its own office or somebody else."""
        case = self.case(number)
        last = case.runs.filter(finished_at__isnull=False).order_by("-ordinal").first()
        if last is None:
            return
        if own:
            step = case.chain.step(last.step)
            kind = "checker" if step.ability == Can.RECOMMEND else "clerk"
            who = f"{last.office.slug}.{kind}"
        actor = self.world.actor(who)
        if self.attempt(
            f"reverse {last.outcome}",
            lambda: reverse_step(actor=actor, case_id=case.pk, run_id=last.pk, reason="撤销"),
        ):
            assert actor.office == last.office
            after = self.case(number)
            assert (after.state, after.step, after.office_id) == ("open", last.step, last.office_id)

    @rule(number=st.integers(0, 2))
    def consult(self, number: int) -> None:
        """Both units of the province are asked and answer."""
        case = self.case(number)
        units = [self.world.actor(f"sx.{name}") for name in ("member", "member2")]
        ids = [unit.office.pk for unit in units if unit.office is not None]

        def act() -> None:
            rows = ask_units(actor=self.world.actor("sx.clerk"), case_id=case.pk, office_ids=ids)
            for unit, row in zip(units, rows, strict=False):
                give_opinion(
                    actor=unit,
                    case_id=case.pk,
                    opinion_id=row.pk,
                    verdict="agree",
                    text=f"{SECRET}会审",
                )

        if self.attempt("consult", act):
            assert (case.state, case.current.mode) == ("open", Mode.OPINIONS)

    @rule(number=st.integers(0, 2), who=st.sampled_from(PEOPLE))
    def note(self, number: int, who: str) -> None:
        case, actor = self.case(number), self.world.actor(who)
        if self.attempt(
            "note",
            lambda: add_note(actor=actor, case_id=case.pk, audience="above", text=SECRET),
        ):
            assert actor.scope is not None
            assert case.scope_code in actor.scope

    @rule(days=st.integers(1, 9))
    def days_pass(self, days: int) -> None:
        self.day += timedelta(days=days)

    # --- what always holds ---

    @invariant()
    def cases_stand_where_their_runs_say(self) -> None:
        for pk in self.ground.cases:
            case = fresh(Case(pk=pk))
            runs = list(case.runs.order_by("ordinal").select_related("office"))
            open_runs = [run for run in runs if run.finished_at is None]
            assert [run.ordinal for run in runs] == list(range(1, len(runs) + 1))
            assert len(open_runs) == (1 if case.state == "open" else 0)
            assert case.outcome == "" if case.state != "closed" else case.outcome
            for run in open_runs:
                assert run == runs[-1]
                assert (run.step, run.office_id) == (case.step, case.office_id)
                level = REGION_KINDS[run.office.region.kind].level
                assert case.chain.step(run.step).level == level
                assert run.due_on == case.due_on
                assert case.due_on is not None, "every step of the round has a term"
                goes_on = any(
                    reversed_run(row, runs) and (row.step, row.due_on) == (run.step, run.due_on)
                    for row in runs
                )
                assert goes_on or case.due_on > timezone.localdate(run.started_at)
            if case.state == "closed":
                assert case.due_on is None
            if case.state != "open":
                assert case.holder_id is None
            for run in runs:
                if run.finished_at is not None:
                    assert run.outcome
                    assert run.started_at <= run.finished_at

    def entries_of(self, case: Case) -> None:
        """The ledger is whole, and every run was decided once."""
        chain = f"reviews.case:{case.pk}"
        assert first_broken_link(chain) is None
        decided = LedgerEntry.objects.filter(chain=chain, verb__startswith="decide:").count()
        outcomes = case.runs.values_list("outcome", flat=True)
        assert decided == sum(outcome in OUTCOMES for outcome in outcomes)

    @invariant()
    def places_are_never_exceeded(self) -> None:
        for slug in (CITY, "puxian"):
            office = self.world.offices[slug]
            held = 0
            for pk in self.ground.cases:
                case = fresh(Case(pk=pk))
                runs = list(case.runs.order_by("ordinal"))
                given = [
                    run for run in runs if run.office_id == office.pk and run.outcome == "recommend"
                ]
                stands = bool(given) and not reversed_run(given[-1], runs)
                held += stands and case.outcome not in ("rejected", "withdrawn")
            places = RoundQuota.objects.get(region=office.region).places
            assert held <= places, f"{slug} recommended {held} with {places} places"

    def nothing_is_released_downwards(self) -> None:
        world = self.world
        for who in ("puxian.submitter", "puxian.filer", "puxian.clerk", "sx.expert"):
            actor: Actor = world.actor(who)
            above = [world.offices["sx"].pk, world.offices[CITY].pk]
            assert not CaseNote.objects.visible_to(actor).filter(office__in=above).exists()
            assert not Visit.objects.visible_to(actor).filter(office__in=above).exists()
        told = Notification.objects.exclude(office__slug__in=("sx", CITY))
        leaked = told.filter(text__contains=f"{SECRET}sx.") | told.filter(text__contains="会审")
        assert not leaked.exclude(kind="consultation").exists()
        for unit in UnitOpinion.objects.filter(given_at__isnull=False):
            assert unit.office.parent == unit.run.office

    def strangers_see_nothing(self) -> None:
        for who in ("jincheng.clerk", "sx.expert2", "gaoping.submitter"):
            assert not Case.objects.visible_to(self.world.actor(who)).exists()


acted: list[str] = []


def a_plain_round() -> None:
    """One round with every kind of act in it, asked the same questions."""
    machine = Chain()
    forward = machine.forward
    acts: list[Callable[[], object]] = [
        lambda: machine.begin("filed"),
        lambda: forward(0),
        lambda: forward(0),
        lambda: machine.reverse(0, "", own=True),
        lambda: forward(0),
        lambda: forward(0),
        lambda: machine.turn_down(0, "return"),
        lambda: machine.correct(0),
        *[lambda: forward(0)] * 3,
        *[lambda: forward(2)] * 3,
        lambda: machine.shortlist([0, 2, 1], ["recommended", "reserve", "declined"], CHECKER),
        lambda: machine.withdraw(0, "submitter"),
        lambda: machine.promote(CHECKER),
        *[lambda: forward(2)] * 6,
        lambda: machine.hold(1, "puxian.clerk", own=True, give_back=False),
        lambda: machine.hold(1, "puxian.clerk", own=True, give_back=True),
        lambda: machine.note(1, "puxian.clerk"),
        lambda: machine.turn_down(1, "reject"),
        lambda: machine.reverse(1, "", own=True),
    ]
    for act in acts:
        act()
        machine.cases_stand_where_their_runs_say()
        machine.places_are_never_exceeded()
    steps = [machine.case(number).step for number in range(3)]
    assert steps == ["province_accept", "county_accept", "issue"]
    certified = machine.case(2)
    assert (certified.state, certified.outcome) == ("closed", "certified")
    assert Certification.objects.filter(town=certified.application.town).exists()
    machine.teardown()


@pytest.mark.slow
def test_rounds_in_any_order() -> None:
    # All of a day happens at one hour: whoever files does so before anybody decides.
    with clock.at(clock.today()):
        Chain.ground = Ground()
    acted.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Chain,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            derandomize=True,
            phases=(Phase.generate,),  # a round that failed is shown as it was drawn
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Not only the plain round gets somewhere.
    drawn = {name.split()[0] for name in acted}
    assert {"accept", "return", "reject", "withdraw", "resubmit", "rank", "reverse"} <= drawn
    a_plain_round()
    # Every kind of act was done at least once: refusing everything would prove nothing.
    done = {name.split()[0] for name in acted}
    expected = (
        "accept recommend pass return reject withdraw resubmit rank confirm promote reverse "
        "consult conclude claim_case release_case note scores meeting notice issue"
    )
    assert set(expected.split()) <= done
