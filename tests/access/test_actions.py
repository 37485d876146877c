"""Every action, called by every kind of post in every relation, does what the table says."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management import get_commands, load_command_class
from django.db import connection, models, transaction
from django.http import Http404
from django.urls import get_resolver

from portal.core.actor import PUBLIC, Actor
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry
from portal.workspace.access import Answer, Relation, Row, answer, rows
from tests.access.asking import cell
from tests.access.cells import kinds
from tests.access.ground import Ground
from tests.access.preparing import PREPARATIONS
from tests.test_access import patterns

pytestmark = pytest.mark.django_db

PACKAGES = {
    "core": "portal.core.actions",
    "criteria": "criteria.actions",
    "towns": "towns.actions",
    "reviews": "reviews.actions",
}
ACTIONS = [row for row in rows() if not row.methods and not row.caller]
INTERNAL = [row for row in rows() if row.caller]
# Where the input itself says whose it is: what comes of it, and the words.
BY_INPUT = {
    # A round is always the acting office's own: another's criteria are no use to it.
    "towns.open_round": (Answer.REFUSED, "criteria_set"),
    # The county's criteria have no threshold that may be relaxed.
    "towns.request_relaxation": (Answer.MAY, "没有规定这一条件可以放宽"),
    # An office has no other's 机关代字.
    "core.void_number": (Answer.REFUSED, "word"),
    # A form with somebody else's upload is shown again with the sentence, as with an expired one.
    "core.take_upload": (Answer.REFUSED, "没有加入"),
    "core.take_uploads": (Answer.REFUSED, "没有加入"),
}
SENTENCE = re.compile(r"[\u4e00-\u9fff].*。$", re.DOTALL)


@functools.cache
def functions() -> dict[str, Callable[..., Any]]:
    """Every public function of the packages of actions by its name in the table."""
    found: dict[str, Callable[..., Any]] = {}
    for short, package in PACKAGES.items():
        for module in modules_of(package):
            for name, function in inspect.getmembers(module, inspect.isfunction):
                if function.__module__ == module.__name__ and not name.startswith("_"):
                    found[f"{short}.{name}"] = function
    return found


def modules_of(package: str) -> Iterator[Any]:
    """The package and its modules."""
    root = importlib.import_module(package)
    yield root
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield importlib.import_module(info.name)


def takes_actor(function: Callable[..., Any]) -> bool:
    """Whether somebody does it: an action has a keyword-only actor."""
    parameter = inspect.signature(function).parameters.get("actor")
    return parameter is not None


# --- everything is in the table -------------------------------------------------------------------


def test_every_action_has_a_row_and_every_row_an_action() -> None:
    there = {name for name, function in functions().items() if takes_actor(function)}
    listed = [row.target for row in ACTIONS + INTERNAL]
    assert there - set(listed) == set(), "actions without a row in portal/workspace/access/"
    assert set(listed) - set(functions()) == set(), "rows without an action"
    assert len(listed) == len(set(listed))
    assert set(PREPARATIONS) == {row.target for row in ACTIONS}


@pytest.mark.parametrize("row", INTERNAL, ids=lambda row: row.name)
def test_internal_writes_have_the_caller_they_name(row: Row) -> None:
    """What asks nobody is reached through what does: an action, an address or a command."""
    assert row.target.partition(".")[2] in source_of(row.caller)


def source_of(caller: str) -> str:
    """The source of an action's module, of an address's view, or of a command."""
    if caller in functions():
        return inspect.getsource(inspect.getmodule(functions()[caller]))  # type: ignore[arg-type]
    found = {pattern.name: pattern for pattern, _ in patterns(get_resolver().url_patterns)}
    if caller in found:
        return inspect.getsource(found[caller].callback.view_class)  # type: ignore[attr-defined]
    command = load_command_class(get_commands()[caller], caller)
    return inspect.getsource(type(command))


# --- every cell -----------------------------------------------------------------------------------


def again(value: Any) -> Any:
    """The argument as the next caller finds it in the database."""
    if isinstance(value, models.Model):
        return type(value)._default_manager.get(pk=value.pk)
    if isinstance(value, list):
        return [again(item) for item in value]
    if hasattr(value, "seek"):
        value.seek(0)
    return value


def ledger_entries() -> int:
    """How many there are: asked for every cell, so in plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {LedgerEntry._meta.db_table}")
        return int(cursor.fetchone()[0])


def outcome(
    row: Row, function: Callable[..., Any], actor: Actor | None, arguments: dict[str, Any]
) -> str:
    """What comes of a call, in the words of the table; nothing of it stays."""
    if actor is None:
        return Answer.REFUSED  # the fence makes no actor of somebody without an appointment
    entries = ledger_entries()
    with transaction.atomic():
        try:
            done = function(actor=actor, **{name: again(v) for name, v in arguments.items()})
            # A report of an import names the rows it refuses.
            result: str = Answer.REFUSED if getattr(done, "wrong", 0) else Answer.MAY
        except (Refused, Stale) as refusal:
            result = Answer.REFUSED if SENTENCE.search(str(refusal)) else f"没有理由：{refusal}"
            if ledger_entries() != entries:
                result = "拒绝了，但记入了台账"
        except (ObjectDoesNotExist, Http404):
            result = Answer.REFUSED
        except ValidationError as error:
            if row.name not in BY_INPUT:
                raise
            due, field = BY_INPUT[row.name]
            result = due if field in str(error) else f"其他错误：{error}"
        transaction.set_rollback(True)
    return result


@pytest.mark.parametrize("row", ACTIONS, ids=lambda row: row.name)
def test_action(ground: Ground, row: Row) -> None:
    """One row: every kind of post in every relation, and the public."""
    function = functions()[row.target]
    wrong = []
    for held in ground.held.values():
        with transaction.atomic():
            arguments = PREPARATIONS[row.target](held)
            for relation in Relation:
                if ground.object_of(relation) is held:
                    wrong += cells(ground, row, function, relation, arguments)
            if outcome(row, function, PUBLIC, arguments) != Answer.REFUSED:
                wrong.append(f"{row.label}（{row.name}）公众：应为拒绝")
            transaction.set_rollback(True)
    assert not wrong, "\n".join(["", *wrong])


def cells(
    ground: Ground,
    row: Row,
    function: Callable[..., Any],
    relation: Relation,
    arguments: dict[str, Any],
) -> list[str]:
    """The cells of a relation that are not as the table says."""
    wrong = []
    for kind in kinds(row, relation):
        due = answer(row, kind, relation)
        real = outcome(row, function, ground.seat(kind, relation), arguments)
        if due != real:
            wrong.append(f"{cell(row, '', kind, relation)}：应为{due}，实为{real}")
    return wrong
