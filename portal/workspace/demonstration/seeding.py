"""Rounds and applications of the demonstration: one in every state of the chain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.calendar import add_working_days
from portal.core.constants import Can
from portal.core.models import Office
from portal.workspace.demonstration.player import Player
from portal.workspace.demonstration.registers import copy_of, load_registers, read
from reviews import actions
from reviews.actions.moving import Corrections
from reviews.chain import CHAINS, Mode, current_chain
from reviews.consulting_queries import divisions_for
from reviews.models import Case
from reviews.tables.dividing import offered_role
from towns.actions import add_slot, open_round, set_quotas
from towns.constants import LIVE_FILINGS, Filing
from towns.models import Application, Certification, Round, Town

Say = Callable[[str], None]


def _dates(row: dict[str, Any]) -> tuple[date, date]:
    if row["opens_in_days"] is None:
        return date.fromisoformat(row["opens_on"]), date.fromisoformat(row["closes_on"])
    today = clock.today()
    return (
        today + timedelta(days=row["opens_in_days"]),
        today + timedelta(days=row["closes_in_days"]),
    )


def load_rounds(folder: Path) -> dict[str, Round]:
    """The rounds, opened by their offices."""
    for row in read(folder, "rounds.json"):
        if Round.objects.filter(key=row["key"]).exists():
            continue
        office = Office.objects.get(slug=row["office"])
        chain = current_chain(row["level"])
        opens, closes = _dates(row)
        with clock.at(min(opens, clock.today())):
            call = open_round(
                actor=Player.person(Player(opens), office, Can.OPEN_ROUND),
                criteria_set=CriteriaSet.objects.get(key=row["criteria_set"]),
                chain=(chain.key, chain.version),
                key=row["key"],
                title=row["title"],
                year=row["year"],
                figures_year=row["figures_year"],
                opens_on=opens,
                closes_on=closes,
                score_max=row["score_max"],
                notice_days=row["notice_days"],
                notice_first_day_counts=row["notice_first_day_counts"],
                step_days=row["step_days"],
                note=row["note"][:200],
                contact=row.get("contact", ""),
                contact_phone=row.get("contact_phone", ""),
            )
            _set_up(call, row)
    return {call.key: call for call in Round.objects.all()}


def _set_up(call: Round, row: dict[str, Any]) -> None:
    """What its office asks to see, which units it consults on what, and the places handed down."""
    player = Player(clock.today())
    keeper = player.person(call.office, Can.OPEN_ROUND)
    for slot in row.get("slots", ()):
        add_slot(actor=keeper, call=call, **slot)
    offered = {division.key: division.roles for division in divisions_for(call.office)}
    for criterion, clause in row.get("divisions", {}).items():
        actions.set_criterion_units(
            actor=player.person(call.office, Can.HANDLE),
            criteria_set=call.criteria_set,
            criterion=criterion,
            roles={unit: offered_role(role) for unit, role in offered[clause].items()},
            clause=clause,
        )
    for slug, places in row.get("quotas", {}).items():
        regions = Office.objects.filter(slug__in=places).values_list("slug", "region")
        set_quotas(
            actor=player.person(Office.objects.get(slug=slug), Can.OPEN_ROUND),
            call=call,
            places={region: places[key] for key, region in regions},
        )


def _evidence(folder: Path, key: str, call: Round) -> list[tuple[Path, str, str]]:
    found = []
    for row in read(folder, "evidence/index.json"):
        criterion = row["criterion_by_set"].get(call.criteria_set.key)
        if criterion and row["town"] in (None, key):
            found.append((folder / "demo" / "evidence" / row["file"], criterion, row["title"]))
    return found


def notice_start() -> date:
    """The latest day on which a five-day notice can start and be over by yesterday."""
    start = clock.today() - timedelta(days=8)
    while add_working_days(start, 5, first_day_counts=True) >= clock.today():
        start -= timedelta(days=1)
    return start


def _filing_day(call: Round, upto: str) -> date:
    """A filing day from which the chain, a step a day, reaches its place lately, in the round.

    What needs a public notice behind it is filed early enough for its window to be over.
    """
    steps = [step.key for step in CHAINS[call.chain_key, call.chain_version].steps]
    noticed = upto in steps and steps.index(upto) > steps.index("public_notice")
    if noticed or upto == Filing.CERTIFIED:
        wanted = notice_start() - timedelta(days=15)
    else:
        wanted = clock.today() - timedelta(days=(steps.index(upto) if upto in steps else 3) + 3)
    return max(min(wanted, call.closes_on - timedelta(days=2)), call.opens_on)


class Seeder:
    """Files the demonstration's applications and leaves each where the list says."""

    def __init__(self, folder: Path, password: str, say: Say) -> None:
        self.folder, self.say = folder, say
        self.towns = load_registers(folder, password)
        self.rows = {row["key"]: row for row in read(folder, "towns.json")}
        self.rounds = load_rounds(folder)

    def applications(self) -> None:
        """Every application of the list that is not there yet."""
        rows = read(self.folder, "applications.json")["applications"]
        for number, row in enumerate(rows, start=1):
            town, call = self.towns[row["town"]], self.rounds[row["round"]]
            if Application.objects.filter(town=town, round=call).exists():
                continue
            self._play(row, town, call)
            self.say(f"{number}/{len(rows)} {town.name}: {row['upto']}")

    def draft(
        self, key: str, town: Town, call: Round, day: date, say: Say | None
    ) -> tuple[Player, Application]:
        """A filled draft of a town."""
        row = self.rows[key]
        player = Player(day, say)
        application = player.draft(
            town,
            call,
            row["answers"],
            row["relaxation_reason"],
            _evidence(self.folder, key, call),
        )
        return player, application

    def _play(self, row: dict[str, Any], town: Town, call: Round) -> None:
        upto = row["upto"]
        day = _filing_day(call, row.get("at", upto))
        player, application = self.draft(row["town"], town, call, day, None)
        if row.get("contact_sections"):
            player.give_sections(application, row["contact_sections"])
        if upto == Filing.DRAFT:
            return
        player.hand_over(application)
        if upto == Filing.READY:
            return
        case = player.submit(application)
        target = row.get("at", upto)
        while case.state == "open" and case.step != target:
            case = player.advance(case)
        if case.state != "open":
            return
        self._rest(player, case, row)

    def _rest(self, player: Player, case: Case, row: dict[str, Any]) -> None:
        """What is left at the step where an application stands."""
        upto = row["upto"]
        player.pass_days(1)
        if upto == Filing.RETURNED:
            player.decide(case, "return", row["reason"], _asked(row))
        elif upto == Filing.REJECTED:
            player.decide(case, "reject", row["reason"])
        elif upto == Filing.WITHDRAWN:
            with clock.at(player.day):
                actions.withdraw_application(
                    actor=player.unit_of(case.application.town, "submitter"),
                    case_id=case.pk,
                    reason=row["reason"],
                )
        elif case.current.mode == Mode.OPINIONS:
            player.ask_units(case)
        elif case.current.mode == Mode.SCORES:
            player.assign_experts(case)


def _asked(row: dict[str, Any]) -> Corrections:
    """What a return asks for: the fields of each request with its text."""
    return Corrections(
        {path: request["text"] for request in row["requests"] for path in request["fields"]},
        row["days"],
    )


def next_main_town(folder: Path, towns: dict[str, Town]) -> tuple[str, Town]:
    """The town the main job is performed on, with the key of its prepared texts."""
    plan = read(folder, "applications.json")["main_job"]
    level = "province"
    busy = set(
        Certification.objects.filter(level=level, state="valid").values_list("town_id", flat=True)
    ) | set(
        Application.objects.filter(
            round__level=level, state__in=LIVE_FILINGS, trial=False
        ).values_list("town_id", flat=True)
    )
    for key in plan["towns"]:
        if towns[key].pk not in busy:
            return key, towns[key]
    rule = plan["when_exhausted"]
    number = rule["first_n"]
    while Town.objects.filter(name=rule["name"].format(n=number)).exists():
        number += 1
    town = copy_of(
        folder, rule["key"].format(n=number), rule["name"].format(n=number), rule["copy_of"]
    )
    return rule["copy_of"], town


def main_round(folder: Path, rounds: dict[str, Round], day: date) -> Round:
    """The provincial round open on the filing day; a new one where the prepared one is over."""
    plan = read(folder, "applications.json")["main_job"]
    planned = rounds[plan["round"]]
    open_then = Round.objects.filter(
        level=planned.level, office=planned.office, opens_on__lte=day, closes_on__gte=day
    ).first()
    if open_then is not None:
        return open_then
    opens = day - timedelta(days=5)
    chain = CHAINS[planned.chain_key, planned.chain_version]
    with clock.at(opens):
        return open_round(
            actor=Player(day).person(planned.office, Can.OPEN_ROUND),
            criteria_set=planned.criteria_set,
            chain=(chain.key, chain.version),
            key=f"province-{opens:%Y%m%d}",
            title=f"{day.year}年度省级专业镇申报（演示批次 {opens:%m%d}）",
            year=day.year,
            figures_year=planned.figures_year,
            opens_on=opens,
            closes_on=day + timedelta(days=60),
            score_max=planned.score_max,
            notice_days=planned.notice_days,
            notice_first_day_counts=planned.notice_first_day_counts,
            step_days=planned.step_days,
            note=planned.note,
        )
