"""A provincial round as eleven cities work it: sixty towns from filing to provincial acceptance.

Returned and answered, refused, taken back after it was recommended with a reserve moving up, a step
that runs over its term, opinions of the province's units: everything by the real actions, on the
days on which it is done.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.calendar import add_working_days
from portal.core.errors import Refused
from portal.core.ledger import first_broken_link
from portal.core.models import LedgerEntry, Notification, Region
from reviews.actions import (
    ask_units,
    confirm_shortlist,
    decide_step,
    give_opinion,
    promote_reserve,
    save_shortlist,
    withdraw_application,
)
from reviews.actions.due_reminders import remind_of_cases
from reviews.actions.shortlists import Ranked
from reviews.models import Case, Shortlist, StepRun
from tests.factories import (
    SLUGS,
    TOWNS,
    World,
    _file,
    _staff,
    grant_town,
    make_town,
    make_world,
)
from tests.reviews.asking import get, text
from tests.reviews.test_returns import resubmit
from tests.scenario import decide, file, fresh
from tests.shortlist_world import give_places
from towns.models import Application

pytestmark = pytest.mark.django_db

TERM = 5  # working days of every step in the small world's rounds
PLACES = 4
# Code, name and slug of the cities that the small world lacks; each with one county.
MORE = (
    ("1401", "太原市", "taiyuan"),
    ("1402", "大同市", "datong"),
    ("1403", "阳泉市", "yangquan"),
    ("1404", "长治市", "changzhi"),
    ("1406", "朔州市", "shuozhou"),
    ("1407", "晋中市", "jinzhong"),
    ("1408", "运城市", "yuncheng"),
    ("1409", "忻州市", "xinzhou"),
    ("1411", "吕梁市", "lvliang"),
)
COUNTY_OF = {"linfen": "puxian", "jincheng": "zezhou"} | {slug: f"{slug}-xian" for *_, slug in MORE}
SIXTH = ("linfen", "jincheng", "taiyuan", "datong", "yangquan")  # they file six, the others five


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The province with all its cities."""
    world = make_world()
    for code, name, slug in MORE:
        county = COUNTY_OF[slug]
        monkeypatch.setitem(SLUGS, f"{code}00", slug)
        monkeypatch.setitem(SLUGS, f"{code}21", county)
        monkeypatch.setitem(TOWNS, county, (f"{name}首镇专业镇", "陶瓷", "manufacturing"))
        rows = ((f"{code}00", name, "city", "140000"), (f"{code}21", f"{name}一县", "county", ""))
        for at, title, kind, parent in rows:
            region = Region.objects.create(
                code=at, name=title, kind=kind, parent=world.regions[parent or f"{code}00"]
            )
            world.regions[at] = region
            _staff(world, region)
        _file(world, world.regions[f"{code}21"])
    return world


def filed(world: World) -> dict[str, list[Case]]:
    """Five or six applications of every city, filed by the towns."""
    cases: dict[str, list[Case]] = {}
    for city, county in COUNTY_OF.items():
        cases[city] = [file(world, "province", county, evidence=False)]
        for number in range(2, 7 if city in SIXTH else 6):
            town = make_town(world.offices[county].region, f"{county}第{number}专业镇")
            for kind in ("filer", "submitter"):
                grant_town(world.actor(f"{county}.{kind}"), town)
            world.towns[county] = town
            cases[city].append(file(world, "province", county, evidence=False))
    return cases


def recommend(world: World, city: str, cases: list[Case]) -> Shortlist:
    """The city's list: places for the first, the next in reserve; one more is refused."""
    checker, call = world.actor(f"{city}.checker"), world.rounds["province"]
    standings = ["recommended" if rank < PLACES else "reserve" for rank, _ in enumerate(cases)]
    with pytest.raises(ValidationError):
        save_shortlist(
            actor=checker,
            call=call,
            rows=[Ranked(case.pk, "recommended", "择优推荐。") for case in cases],
        )
    shortlist = save_shortlist(
        actor=checker,
        call=call,
        rows=[
            Ranked(case.pk, what, "择优推荐。") for case, what in zip(cases, standings, strict=True)
        ],
    )
    return confirm_shortlist(actor=checker, shortlist=shortlist)


def late(day: date) -> set[int]:
    """Cases whose step is over its term."""
    return set(Case.objects.filter(state="open", due_on__lt=day).values_list("pk", flat=True))


@pytest.mark.slow
def test_sixty_towns_of_eleven_cities(world: World) -> None:
    start = clock.today()
    with clock.at(start):
        cases = filed(world)
    everyone = [case for rows in cases.values() for case in rows]
    assert len(everyone) == len({case.number for case in everyone}) == 60
    for city in cases:
        give_places(world, PLACES, city)

    # The counties: all accepted but one that waits over its term, one refused, one returned.
    slow, refused, returned = cases["taiyuan"][0], cases["datong"][5], cases["linfen"][0]
    with clock.at(start):
        for case in everyone:
            if case.pk in (slow.pk, refused.pk, returned.pk):
                continue
            decide(world, decide(world, case, "accept"), "recommend")
        decide(world, refused, "reject", "主导产业不符合申报条件。")
        decide(world, returned, "return", "请补充产值证明。")
    day = add_working_days(start, 1)
    with clock.at(day):
        world.towns["puxian"] = returned.application.town
        again = resubmit(world, Application.objects.get(pk=returned.application_id))
        assert again.number == returned.number
        decide(world, decide(world, again, "accept"), "recommend")
    assert StepRun.objects.filter(case=returned, voided=True).count() == 1

    # The cities review what has reached them; the slow case of Taiyuan is over its term meanwhile.
    with clock.at(day):
        for case in Case.objects.filter(step="city_review").order_by("pk"):
            decide(world, case, "pass")
    overdue = add_working_days(start, TERM + 1)
    with clock.at(overdue):
        assert slow.pk in late(overdue)
        assert remind_of_cases() > 0
        assert remind_of_cases() == 0, "told once"
        told = Notification.objects.filter(url_name="case", url_args=[slow.pk], kind="case-term")
        assert set(told.values_list("office__slug", flat=True)) == {slow.office.slug}
        assert "逾期" in told.latest("pk").title + told.latest("pk").text
        decide(world, decide(world, decide(world, slow, "accept"), "recommend"), "pass")
        assert slow.pk not in late(overdue)
        run = StepRun.objects.get(case=slow, step="county_accept")
        assert run.due_on is not None
        assert run.finished_at is not None
        assert run.due_on < overdue, "the record keeps that it was late"

        # Each city recommends four and keeps the others in reserve.
        lists = {}
        for city, rows in cases.items():
            waiting = [case for case in map(fresh, rows) if case.step == "city_recommend"]
            lists[city] = recommend(world, city, [c for c in waiting if c.state == "open"])
    at = Counter(Case.objects.values_list("step", "state"))
    assert at["province_accept", "open"] == 44
    assert at["city_recommend", "open"] == 15
    assert at["county_accept", "closed"] == 1

    # A town that was recommended takes its application back: its place goes to the first reserve.
    following = overdue + timedelta(days=1)
    with clock.at(following):
        gone, shortlist = cases["yangquan"][1], lists["yangquan"]
        assert fresh(gone).step == "province_accept"
        submitter = world.actor(f"{COUNTY_OF['yangquan']}.submitter")
        withdraw_application(actor=submitter, case_id=gone.pk, reason="企业搬迁")
        assert shortlist.items.get(case=gone).standing == "fallen"
        reserves = list(shortlist.items.filter(standing="reserve").order_by("rank"))
        checker = world.actor("yangquan.checker")
        with pytest.raises(ValidationError):
            promote_reserve(
                actor=checker, shortlist=shortlist, item_id=reserves[1].pk, reason="递补"
            )
        moved = promote_reserve(
            actor=checker, shortlist=shortlist, item_id=reserves[0].pk, reason="递补退出的专业镇"
        )
        assert moved.replaces is not None
        assert moved.replaces.case_id == gone.pk
        with pytest.raises(ValidationError):
            promote_reserve(
                actor=checker, shortlist=shortlist, item_id=reserves[1].pk, reason="递补"
            )

        # The province accepts what the cities recommended, and asks its units about one of them.
        accepted = list(Case.objects.filter(step="province_accept", state="open").order_by("pk"))
        assert len(accepted) == 44
        page = text(get(world.actor("sx.clerk"), "cases"))
        assert accepted[0].town_name in page or accepted[-1].town_name in page
        with pytest.raises(Refused):
            decide_step(
                actor=world.actor("linfen.clerk"),
                case_id=returned.pk,
                run_id=returned.runs.get(finished_at__isnull=True).pk,
                outcome="accept",
            )
        for case in accepted:
            decide(world, case, "accept")
        asked = accepted[0]
        units = [world.actor(f"sx.{name}") for name in ("member", "member2")]
        ids = [unit.office.pk for unit in units if unit.office is not None]
        opinions = ask_units(actor=world.actor("sx.clerk"), case_id=asked.pk, office_ids=ids)
        for unit, opinion in zip(units, opinions, strict=True):
            give_opinion(
                actor=unit, case_id=asked.pk, opinion_id=opinion.pk, verdict="agree", text="同意"
            )
        decide(world, asked, "conclude")

    # What the round came to, and that every step of it is on record.
    outcome = Counter(Case.objects.values_list("state", "step"))
    assert outcome == {
        ("open", "unit_opinions"): 43,
        ("open", "expert_scoring"): 1,
        ("open", "city_recommend"): 14,
        ("closed", "county_accept"): 1,
        ("closed", "province_accept"): 1,
    }
    held = Counter(
        Case.objects.filter(state="open", step__in=("unit_opinions", "expert_scoring")).values_list(
            "shortlist_items__shortlist__office__slug", flat=True
        )
    )
    assert held == dict.fromkeys(cases, PLACES)
    chains = {f"reviews.case:{case.pk}" for case in everyone}
    assert all(first_broken_link(chain) is None for chain in chains)
    verbs = Counter(
        LedgerEntry.objects.filter(chain__in=chains, verb__startswith="decide:").values_list(
            "verb", flat=True
        )
    )
    # Accepted by counties and the province, recommended by counties and cities.
    assert verbs == {
        "decide:accept": 59 + 44,
        "decide:recommend": 59 + 45,
        "decide:pass": 59,
        "decide:return": 1,
        "decide:reject": 1,
        "decide:conclude": 1,
    }
