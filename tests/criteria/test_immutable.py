"""What was published never changes, by way of the database either: PostgreSQL and SQLite."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from portal.core import clock
from portal.core.triggers import KEPT_COLUMNS
from tests.embedded import environment_of, place_database
from tests.factories import World, make_draft, make_world
from tests.services import ROOT

WITHDRAWAL = {"state", "withdrawn_at", "withdrawn_on", "withdrawn_name", "withdrawal_reason"}
REFUSED = "不可更改"

# What is tried with an indicator that a condition of a set looks at.
REDEFINITIONS = {
    column: f"UPDATE criteria_indicator SET {column} = 'x' WHERE id = {{used}}"
    for column in ("key", "name", "unit", "type", "subject", "source")
} | {"delete": "DELETE FROM criteria_indicator WHERE id = {used}"}

# What is tried with the keys of a published set and of a draft, of their criteria and conditions.
ATTEMPTS = {
    "rename": "UPDATE criteria_criteriaset SET title = 'x' WHERE id = {fixed}",
    "back to draft": "UPDATE criteria_criteriaset SET state = 'draft' WHERE id = {fixed}",
    "touch": "UPDATE criteria_criteriaset SET state = 'published' WHERE id = {fixed}",
    "withdraw and change": "UPDATE criteria_criteriaset SET state = 'withdrawn',"
    " withdrawn_on = '2026-11-01', effective_to = '2026-11-01' WHERE id = {fixed}",
    "withdraw without a day": "UPDATE criteria_criteriaset SET state = 'withdrawn'"
    " WHERE id = {fixed}",
    "delete the set": "DELETE FROM criteria_criteriaset WHERE id = {fixed}",
    "change a criterion": "UPDATE criteria_criterion SET text = 'x' WHERE id = {fixed_criterion}",
    "delete a criterion": "DELETE FROM criteria_criterion WHERE id = {fixed_criterion}",
    "move a criterion in": "UPDATE criteria_criterion SET criteria_set_id = {fixed}, key = 'moved'"
    " WHERE id = {draft_criterion}",
    "move a criterion out": "UPDATE criteria_criterion SET criteria_set_id = {draft}, key = 'moved'"
    " WHERE id = {fixed_criterion}",
    "change a condition": "UPDATE criteria_condition SET threshold = 1"
    " WHERE id = {fixed_condition}",
    "delete a condition": "DELETE FROM criteria_condition WHERE id = {fixed_condition}",
    "move a condition in": "UPDATE criteria_condition SET criterion_id = {fixed_criterion},"
    " key = 'moved' WHERE id = {draft_condition}",
    "move a condition out": "UPDATE criteria_condition SET criterion_id = {draft_criterion},"
    " key = 'moved' WHERE id = {fixed_condition}",
}


def keys_of(fixed: CriteriaSet, draft: CriteriaSet) -> dict[str, int]:
    """The keys that the attempts name."""
    found: dict[str, int] = {}
    for name, row in (("fixed", fixed), ("draft", draft)):
        criterion = Criterion.objects.filter(criteria_set=row, conditions__isnull=False)[0]
        found[name], found[f"{name}_criterion"] = row.pk, criterion.pk
        found[f"{name}_condition"] = Condition.objects.filter(criterion=criterion)[0].pk
    return found


def refused(statement: str) -> bool:
    """Whether the database refuses a statement with our words, and leaves everything."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError as error:
        return REFUSED in str(error)
    return False


def insert_refused(model: type[Criterion | Condition], **into: int) -> bool:
    """Whether a copy of a draft's row is refused in a published set."""
    row = model._default_manager.exclude(**into).earliest("pk")
    row.pk, row.key = None, "inserted"
    for name, value in into.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        return REFUSED in str(error)
    return False


def all_attempts(fixed: CriteriaSet, draft: CriteriaSet) -> dict[str, bool]:
    """Every attempt, and whether it was refused."""
    keys = keys_of(fixed, draft)
    found = {name: refused(statement.format(**keys)) for name, statement in ATTEMPTS.items()}
    found["insert a criterion"] = insert_refused(Criterion, criteria_set_id=keys["fixed"])
    found["insert a condition"] = insert_refused(Condition, criterion_id=keys["fixed_criterion"])
    return found


def redefinitions(used: Condition) -> dict[str, bool]:
    """Every attempt on the indicator of a condition, and whether it was refused."""
    pk = used.indicator_id
    return {name: refused(words.format(used=pk)) for name, words in REDEFINITIONS.items()}


def allowed_changes(used: Condition) -> int:
    """What may be written to it all the same: bounds, order, options, that it was retired."""
    return Indicator.objects.filter(pk=used.indicator_id).update(
        minimum=0, ordinal=7, choices=[{"key": 1, "name": "甲"}], retired_at=clock.now()
    )


def own_use(draft: CriteriaSet) -> Condition:
    """A draft's condition with an indicator that nothing else looks at."""
    row = Indicator.objects.create(
        key="own_figure", name="户数", unit="户", type="count", subject="town", source="reported"
    )
    condition = Condition.objects.filter(criterion__criteria_set=draft)[0]
    condition.indicator = row
    condition.save()
    return condition


def proposed_redefinitions(draft: CriteriaSet) -> dict[str, dict[str, bool]]:
    """Attempts on an indicator while the only set that uses it is a draft, and proposed."""
    used, found = own_use(draft), {}
    CriteriaSet.objects.filter(pk=draft.pk).update(state="proposed")
    found["proposed"] = redefinitions(used)
    CriteriaSet.objects.filter(pk=draft.pk).update(state="draft")
    changed = Indicator.objects.filter(pk=used.indicator_id).update(name="农户数", unit="家")
    found["draft"] = {"changed": changed == 1}
    return found


def withdraw(criteria_set: CriteriaSet) -> int:
    """The one thing that may be written to a published set."""
    return CriteriaSet.objects.filter(pk=criteria_set.pk).update(
        state="withdrawn",
        withdrawn_at=clock.now(),
        withdrawn_on=clock.today(),
        withdrawn_name="主任",
        withdrawal_reason="文件废止",
    )


def test_what_is_kept_and_what_a_withdrawal_writes_are_all_the_columns() -> None:
    columns = [str(field.column) for field in CriteriaSet._meta.concrete_fields]
    assert sorted([*KEPT_COLUMNS, *WITHDRAWAL]) == sorted(columns)


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("state", ["published", "withdrawn"])
def test_postgresql_refuses_everything_but_a_withdrawal(world: World, state: str) -> None:
    fixed, draft = CriteriaSet.objects.get(key="puxian-2023"), make_draft(world.offices["puxian"])
    if state == "withdrawn":
        assert withdraw(fixed) == 1
    before = list(CriteriaSet.objects.values()), list(Criterion.objects.values())
    found = all_attempts(fixed, draft)
    assert {name for name, done in found.items() if not done} == set()
    assert before == (list(CriteriaSet.objects.values()), list(Criterion.objects.values()))
    if state == "published":
        assert withdraw(fixed) == 1
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        withdraw(fixed)


@pytest.mark.parametrize("state", ["published", "withdrawn"])
def test_postgresql_keeps_what_the_indicators_of_a_set_mean(world: World, state: str) -> None:
    fixed = CriteriaSet.objects.get(key="puxian-2023")
    if state == "withdrawn":
        assert withdraw(fixed) == 1
    used = Condition.objects.filter(criterion__criteria_set=fixed)[0]
    found = redefinitions(used)
    assert {name for name, done in found.items() if not done} == set()
    assert allowed_changes(used) == 1


def test_postgresql_keeps_what_the_indicators_of_a_proposal_mean(world: World) -> None:
    found = proposed_redefinitions(make_draft(world.offices["puxian"]))
    assert {name for rows in found.values() for name, done in rows.items() if not done} == set()


def test_a_draft_is_changed_as_one_likes(world: World) -> None:
    draft = make_draft(world.offices["puxian"])
    criterion = draft.criteria.get()
    criterion.conditions.all().delete()
    criterion.delete()
    draft.delete()
    assert not CriteriaSet.objects.filter(pk=draft.pk).exists()


ON_SQLITE = """
import json
from django.db import connection, transaction
from portal.workspace.loading import load_criteria_set, load_indicators, load_regions
from tests.criteria.test_immutable import (
    all_attempts, allowed_changes, proposed_redefinitions, redefinitions, withdraw)
from tests.factories import FIXTURES, make_draft
from criteria.models import Condition, CriteriaSet
from portal.core.models import Office, Region
load_regions(FIXTURES)
load_indicators(FIXTURES)
with transaction.atomic():
    fixed = load_criteria_set(FIXTURES / "criteria" / "puxian-2023.json")
region = Region.objects.get(code="141033")
office = Office.objects.create(slug="p", name="办", kind="leading_group_office", region=region)
draft = make_draft(office)
said = {"engine": connection.vendor, "published": all_attempts(fixed, draft)}
said["withdrawn now"] = withdraw(fixed)
said["withdrawn"] = all_attempts(fixed, draft)
used = Condition.objects.filter(criterion__criteria_set=fixed)[0]
said["meaning"] = redefinitions(used)
said["allowed"] = allowed_changes(used)
said |= proposed_redefinitions(draft)
load_indicators(FIXTURES)
load_criteria_set(FIXTURES / "criteria" / "puxian-2023.json")
print(json.dumps(said))
"""


def test_sqlite_refuses_the_same(tmp_path: Path) -> None:
    place_database(tmp_path)
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", ON_SQLITE, "--verbosity", "0"],
        cwd=ROOT,
        env=environment_of(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert (said["engine"], said["withdrawn now"]) == ("sqlite", 1)
    for state in ("published", "withdrawn"):
        assert {name for name, ok in said[state].items() if not ok} == set(), state
        assert len(said[state]) == len(ATTEMPTS) + 2
    assert set(said["meaning"]) == set(REDEFINITIONS) and said["allowed"] == 1
    for kind in ("meaning", "proposed", "draft"):
        assert {name for name, ok in said[kind].items() if not ok} == set(), kind
