"""Simulations: who would gain and lose by which clause; nothing of any case is written."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from criteria.models import Condition, CriteriaSet
from portal.core import clock, jobs
from portal.core.constants import JobState
from portal.core.errors import Refused
from portal.core.jobs import LostLease
from portal.core.models import LedgerEntry
from tests.factories import World, make_draft, make_town, report_year
from tests.scenario import file
from towns.actions import start_simulation
from towns.models import Simulation, SimulationRow, TownCategory, TownFigure
from towns.simulating import digest_of_rules, run_simulation

YI = Decimal(100_000_000)


def year() -> int:
    """The last complete year."""
    return clock.today().year - 1


def draft_of(world: World, slug: str = "puxian", threshold: int = 10) -> CriteriaSet:
    """A draft of an office that asks for so many 亿元."""
    draft = make_draft(world.offices[slug])
    Condition.objects.filter(criterion__criteria_set=draft).update(threshold=threshold * YI)
    return draft


def start(world: World, draft: CriteriaSet, who: str = "puxian.clerk") -> Simulation:
    """Start it and run its job."""
    found = start_simulation(actor=world.actor(who), criteria_set=draft, year=year())
    assert found.job_id is not None
    assert jobs.run(found.job_id) == JobState.DONE
    found.refresh_from_db()
    return found


def rows_of(found: Simulation, subject: str = "town") -> dict[str, SimulationRow]:
    """Rows by the name of the town."""
    return {row.town_name: row for row in found.rows.filter(subject=subject)}


def set_output(world: World, slug: str, amount: int | None) -> None:
    """The output value of a town in the last year; None: not reported."""
    figures = TownFigure.objects.filter(
        town=world.towns[slug], year=year(), indicator__key="output_value"
    )
    figures.delete() if amount is None else figures.update(value=amount * YI)


def number_of_rows() -> dict[str, int]:
    """Rows of every table of cases and towns but those of simulations."""
    return {
        model._meta.label: model._default_manager.count()
        for label in ("towns", "reviews", "subsidies", "criteria")
        for model in apps.get_app_config(label).get_models()
        if model not in (Simulation, SimulationRow)
    }


def test_a_county_gains_and_loses_by_its_draft(world: World) -> None:
    county = world.regions["141033"]
    small = make_town(county, "蒲县核桃专业镇", "核桃", "agriculture")
    TownFigure.objects.filter(town=small, indicator__key="output_value").update(value=1 * YI)
    found = start(world, draft_of(world, threshold=10))
    rows = rows_of(found)
    assert set(rows) == {"蒲县肉牛专业镇", "蒲县核桃专业镇"}
    assert rows["蒲县核桃专业镇"].failing == [["scale", "二(一)", "规模", "not_met"]]
    assert rows["蒲县核桃专业镇"].after == "fails"
    assert rows["蒲县肉牛专业镇"].after == "qualifies"
    assert rows["蒲县肉牛专业镇"].failing == []
    assert found.base is not None
    assert found.base.key == "puxian-2023"
    before = {row.before for row in rows.values()}
    assert "" not in before
    assert found.counts["town"]["total"] == 2
    assert sum(found.counts["town"]["changes"].values()) == 2
    assert found.counts["clauses"][0]["not_met"] == 1
    assert [(row["place"], row["total"]) for row in found.summary] == [("141033", 2)]


def test_changes_are_told_against_the_set_in_force(world: World) -> None:
    """The very set in force changes nothing; a stricter draft loses what it had."""
    base = CriteriaSet.objects.get(key="puxian-2023")
    assert {row.change for row in start(world, base).rows.all()} == {"same"}
    set_output(world, "puxian", 26)
    strict = start(world, draft_of(world, threshold=1000))
    row = strict.rows.get(subject="town")
    expected = "loses" if row.before in ("qualifies", "to_judge") else "other"
    assert row.change == expected
    assert row.before != row.after == "fails"


def test_without_a_set_in_force_there_is_nothing_before(world: World) -> None:
    found = start(world, draft_of(world, "linfen"), "linfen.clerk")
    assert found.base is None
    rows = rows_of(found)
    assert {row.before for row in rows.values()} == {""}
    assert set(rows) == {"蒲县肉牛专业镇", "隰县玉露香梨专业镇"}
    assert found.counts["town"]["changes"]["gains"] == 2
    assert {row["place"] for row in found.summary} == {"141033", "141031"}


def test_missing_figures_are_not_met_and_a_category_may_not_be_covered(world: World) -> None:
    set_output(world, "puxian", None)
    TownCategory.objects.create(
        town=world.towns["xixian"], level="city", category="culture_tourism"
    )
    rows = rows_of(start(world, draft_of(world, "linfen"), "linfen.clerk"))
    missing, other = rows["蒲县肉牛专业镇"], rows["隰县玉露香梨专业镇"]
    assert (missing.after, missing.failing[0][3]) == ("missing", "missing")
    assert (other.after, other.category, other.failing) == ("not_covered", "culture_tourism", [])


def test_a_province_counts_by_city(world: World) -> None:
    found = start(world, draft_of(world, "sx"), "sx.clerk")
    assert {row["place"] for row in found.summary} == {"140500", "141000"}
    assert sum(row["total"] for row in found.summary) == found.counts["town"]["total"] == 4
    assert {row.city_code for row in found.rows.all()} == {"140500", "141000"}


def test_current_applications_are_judged_by_what_was_frozen(world: World) -> None:
    case = file(world, "county")
    set_output(world, "puxian", 1)
    found = start(world, draft_of(world, threshold=10))
    filed, town = found.rows.get(subject="application"), found.rows.get(subject="town")
    assert filed.application_id == case.application_id
    assert (filed.after, town.after) == ("qualifies", "fails")
    assert found.counts["application"]["total"] == 1


def test_a_clause_that_names_the_year_itself_is_judged_by_it(world: World) -> None:
    draft = draft_of(world)
    Condition.objects.filter(criterion__criteria_set=draft).update(year=year())
    assert start(world, draft).rows.get(subject="town").after == "qualifies"


def test_nothing_but_the_simulation_and_its_entry_is_written(world: World) -> None:
    file(world, "county")
    draft = draft_of(world)
    before, entries = number_of_rows(), LedgerEntry.objects.count()
    found = start(world, draft)
    assert number_of_rows() == before
    assert LedgerEntry.objects.count() == entries + 1
    entry = LedgerEntry.objects.latest("pk")
    assert entry.verb == "start_simulation"
    assert found.content_sha256 in entry.payload
    assert entry.scope_code == "141033"


def test_asking_twice_is_one_run(world: World) -> None:
    draft, clerk = draft_of(world), world.actor("puxian.clerk")
    first = start_simulation(actor=clerk, criteria_set=draft, year=year())
    assert start_simulation(actor=clerk, criteria_set=draft, year=year()).pk == first.pk
    assert first.job_id is not None
    jobs.run(first.job_id)
    assert start_simulation(actor=clerk, criteria_set=draft, year=year()).pk != first.pk


def test_who_may_and_what_is_refused(world: World) -> None:
    draft = draft_of(world)
    for who in ("puxian.signer", "puxian.leader"):
        with pytest.raises(Refused):
            start_simulation(actor=world.actor(who), criteria_set=draft, year=year())
    with pytest.raises(CriteriaSet.DoesNotExist):
        start_simulation(actor=world.actor("linfen.clerk"), criteria_set=draft, year=year())
    law = CriteriaSet.objects.get(key="puxian-2023")
    with pytest.raises(Refused, match="与本辖区的专业镇无关"):
        start_simulation(actor=world.actor("xixian.clerk"), criteria_set=law, year=year())
    with pytest.raises(ValidationError):
        start_simulation(actor=world.actor("puxian.clerk"), criteria_set=law, year=1990)
    Condition.objects.filter(criterion__criteria_set=draft).delete()
    draft.criteria.all().delete()
    with pytest.raises(ValidationError, match="还没有条目"):
        start_simulation(actor=world.actor("puxian.clerk"), criteria_set=draft, year=year())


def test_a_county_tries_the_law_of_its_province_on_its_own_towns(world: World) -> None:
    law = CriteriaSet.objects.get(key="province-2022")
    assert set(rows_of(start(world, law))) == {"蒲县肉牛专业镇"}


@pytest.fixture
def batches_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every batch is one row."""
    monkeypatch.setattr("towns.simulating.BATCH", 1)


def test_what_a_killed_worker_left_is_completed_once(world: World, batches_of_one: None) -> None:
    """The lease is lost after two batches; the next attempt goes on and leaves each town once."""
    clerk = world.actor("sx.clerk")
    found = start_simulation(actor=clerk, criteria_set=draft_of(world, "sx"), year=year())

    def taken_over(done: int, total: int, message: str) -> None:
        if done == 2:
            raise LostLease(found.pk)

    with pytest.raises(LostLease):
        run_simulation(clerk, found.pk, taken_over)
    kept = list(found.rows.order_by("pk").values_list("pk", flat=True))
    assert len(kept) == 2
    assert found.job_id is not None
    assert jobs.run(found.job_id) == JobState.DONE
    assert found.rows.count() == 4
    assert list(found.rows.order_by("pk").values_list("pk", flat=True))[:2] == kept
    assert len(rows_of(found)) == 4


def test_a_draft_changed_in_between_is_simulated_from_the_beginning(
    world: World, batches_of_one: None
) -> None:
    clerk, draft = world.actor("sx.clerk"), draft_of(world, "sx")
    found = start_simulation(actor=clerk, criteria_set=draft, year=year())

    def taken_over(done: int, total: int, message: str) -> None:
        if done == 2:
            raise LostLease(found.pk)

    with pytest.raises(LostLease):
        run_simulation(clerk, found.pk, taken_over)
    Condition.objects.filter(criterion__criteria_set=draft).update(threshold=1000 * YI)
    assert found.job_id is not None
    assert jobs.run(found.job_id) == JobState.DONE
    found.refresh_from_db()
    assert {row.after for row in found.rows.all()} == {"fails"}
    assert found.rows.count() == 4
    assert found.content_sha256 == digest_of_rules(draft)


def test_a_draft_thrown_away_takes_its_simulations_with_it(world: World) -> None:
    draft = draft_of(world)
    start(world, draft)
    Condition.objects.filter(criterion__criteria_set=draft).delete()
    draft.criteria.all().delete()
    draft.delete()
    assert not Simulation.objects.exists()
    assert not SimulationRow.objects.exists()


def test_a_draft_thrown_away_before_the_run_is_said(world: World) -> None:
    draft = draft_of(world)
    found = start_simulation(actor=world.actor("puxian.clerk"), criteria_set=draft, year=year())
    job = found.job
    assert job is not None
    found.delete()
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert job.reason == "要模拟的标准草稿已经删除，不再模拟。"


def test_only_the_office_that_started_it_reads_it(world: World) -> None:
    report_year(world, "puxian")
    found = start(world, CriteriaSet.objects.get(key="puxian-2023"))
    for who, seen in (
        ("puxian.signer", True),
        ("puxian.filer", False),
        ("linfen.clerk", False),
        ("sx.clerk", False),
        ("puxian.expert", False),
    ):
        assert Simulation.objects.visible_to(world.actor(who)).exists() is seen, who
        assert SimulationRow.objects.visible_to(world.actor(who)).exists() is seen, who
    assert found.rows.exists()
