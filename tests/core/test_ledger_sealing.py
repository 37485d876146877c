"""Sealing: whole anchored days past their retention leave for a file, and nothing is lost."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from portal.config.env import read
from portal.core import clock
from portal.core.errors import Stale
from portal.core.ledger import chain_of, first_broken_link
from portal.core.models import (
    AccessEntry,
    LedgerAnchor,
    LedgerEntry,
    LedgerSeal,
    SealedTail,
)
from portal.core.sealing import check_file, complete_seal, file_digest, plan_seal, write_export
from portal.core.verification import verify
from tests.conftest import database_url
from tests.core.ledgers import chain, moment, tamper, write, write_days
from tests.factories import World, make_world
from tests.services import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture(autouse=True)
def _retention() -> Iterator[None]:
    """Little more than the half year below which the database itself refuses to seal."""
    with override_settings(PORTAL_LEDGER_RETENTION_DAYS=182):
        yield


def ago(days: int) -> datetime:
    """A moment that many days ago; the anchor of that day is made a day later."""
    return clock.now() - timedelta(days=days)


@pytest.fixture
def anchors(world: World) -> list[LedgerAnchor]:
    """Two days past retention, one that is not, some entries of today.

    The chain of Zezhou ends with the first day, those of Puxian and Xixian go on.
    """
    with clock.at(ago(185)):
        write(world, 1, slug="zezhou")
    made = write_days(world, ago(185), ago(184), ago(182))
    write(world, 2)
    return [row for row in made if row.ledger_count]


def seal(folder: Path, *arguments: str) -> str:
    """What the command says."""
    out = StringIO()
    call_command("seal_ledger", "--out", str(folder), *arguments, stdout=out)
    return out.getvalue()


def rows() -> list[list[object]]:
    """Everything in the ledger, the stream, the seals and the tails."""
    models = (LedgerEntry, AccessEntry, LedgerSeal, SealedTail)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_days_past_retention_leave_and_the_rest_stays(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    before = LedgerEntry.objects.count(), AccessEntry.objects.count()
    out = seal(tmp_path)
    stored = LedgerSeal.objects.get()
    assert (stored.day_from, stored.day_to) == (anchors[0].day, anchors[1].day)
    gone = anchors[0].ledger_count + anchors[1].ledger_count
    assert (stored.ledger_count, stored.access_count) == (gone, 13)
    assert LedgerEntry.objects.count() == before[0] - gone + 1  # the seal's own entry
    assert AccessEntry.objects.count() == before[1] - 13
    assert not LedgerEntry.objects.filter(id__lte=stored.ledger_to).exists()
    # Anchors stay, all of them; so does the last day.
    assert {a.pk for a in anchors} <= set(LedgerAnchor.objects.values_list("pk", flat=True))
    assert LedgerEntry.objects.filter(id=anchors[2].ledger_to).exists()
    [path] = tmp_path.iterdir()
    assert path.name == stored.file_name
    assert file_digest(path, stored.algorithm) == stored.file_digest
    assert path.stat().st_mode & 0o077 == 0
    assert stored.file_digest in out
    assert LedgerEntry.objects.get(verb="seal_ledger").chain == chain_of(stored)
    assert verify().first is None
    assert check_file(path).first is None


def test_the_file_holds_every_field_of_every_entry(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    before = {row["id"]: row for row in LedgerEntry.objects.values()}
    seal(tmp_path)
    [path] = tmp_path.iterdir()
    with gzip.open(path, "rt") as file:
        lines = [json.loads(line) for line in file]
    exported = {
        line["values"]["id"]: line["values"] for line in lines if line.get("row") == "ledger"
    }
    stored = LedgerSeal.objects.get()
    assert set(exported) == {pk for pk in before if pk <= stored.ledger_to}
    for pk, values in exported.items():
        at = before[pk]["at"].isoformat()
        assert values == before[pk] | {"at": at}
    assert lines[0]["day_from"] == str(anchors[0].day)


def test_chains_go_on_after_their_seal(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    """One that was cut in the middle, and one that went whole."""
    office, whole = world.offices["puxian"], world.offices["zezhou"]
    numbers = [entry.seq for entry in chain(office)]
    seal(tmp_path)
    assert [entry.seq for entry in chain(office)] == numbers[6:]
    assert chain(whole) == []
    [later] = write(world, 1)
    assert later.seq == numbers[-1] + 1
    assert first_broken_link(later.chain) is None
    [again] = write(world, 1, slug="zezhou")
    assert (again.chain, again.seq) == (chain_of(whole), 2)
    assert first_broken_link(again.chain) is None
    assert verify().first is None


def test_a_dry_run_only_says(world: World, anchors: list[LedgerAnchor], tmp_path: Path) -> None:
    before = rows()
    assert f"将封存 {anchors[0].day} 至 {anchors[1].day}" in seal(tmp_path / "seals", "--dry-run")
    assert rows() == before
    assert not (tmp_path / "seals").exists()


def test_nothing_due_is_no_error(world: World, tmp_path: Path) -> None:
    write_days(world, ago(182))
    before = rows()
    assert "无需封存" in seal(tmp_path)
    assert rows() == before
    assert list(tmp_path.iterdir()) == []
    with override_settings(PORTAL_LEDGER_RETENTION_DAYS=180):
        assert "已封存" in seal(tmp_path)


def test_repeating_seals_what_has_become_due(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    seal(tmp_path)
    first = LedgerSeal.objects.get()
    assert "无需封存" in seal(tmp_path)
    with override_settings(PORTAL_LEDGER_RETENTION_DAYS=180):
        plan = plan_seal(clock.now())
        assert plan is not None
        assert plan.anchors[0].day == first.day_to + timedelta(days=1)
        path = write_export(plan, tmp_path)
    assert LedgerSeal.objects.count() == 1
    assert "本系统没有这份文件的封存记录" in str(check_file(path).first)


def test_a_second_seal_continues_the_first(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    seal(tmp_path)
    with override_settings(PORTAL_LEDGER_RETENTION_DAYS=180):
        seal(tmp_path)
    one, two = LedgerSeal.objects.order_by("id")
    assert (two.day_from, two.day_to) == (one.day_to + timedelta(days=1), anchors[2].day)
    assert [check_file(tmp_path / row.file_name).first for row in (one, two)] == [None, None]
    with gzip.open(tmp_path / two.file_name, "rt") as file:
        assert json.loads(file.readline())["previous_file"] == one.file_digest
    assert [entry.seq for entry in chain(world.offices["puxian"])] == [10, 11]
    [later] = write(world, 1, slug="xixian")
    assert later.seq == 10
    assert verify().first is None


def test_a_broken_ledger_is_not_sealed(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    entry = chain(world.offices["puxian"])[-1]
    tamper(entry, summary="改过")
    before = rows()
    with pytest.raises(CommandError, match=f"不予封存.*第 {entry.pk} 号"):
        seal(tmp_path)
    assert rows() == before
    assert list(tmp_path.iterdir()) == []


def test_an_entry_changed_after_the_verification_is_not_sealed(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    plan = plan_seal(clock.now())
    assert plan is not None
    tamper(chain(world.offices["puxian"])[0], summary="改过")
    with pytest.raises(ValueError, match="内容被改动"):
        write_export(plan, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_killed_between_file_and_seal_loses_nothing(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    """The file is there, the rows are too; the next run writes the same file and goes on."""
    before = rows()
    plan = plan_seal(clock.now())
    assert plan is not None
    left = write_export(plan, tmp_path).read_bytes()
    assert rows() == before
    assert verify().first is None
    seal(tmp_path)
    [path] = tmp_path.iterdir()
    assert path.read_bytes() == left
    assert check_file(path).first is None


def test_what_somebody_else_sealed_meanwhile_is_left_alone(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    plan = plan_seal(clock.now())
    assert plan is not None
    path = write_export(plan, tmp_path)
    complete_seal(plan, path)
    after = rows()
    with pytest.raises(Stale, match="已由他人封存"):
        complete_seal(plan, path)
    assert rows() == after


def test_a_folder_that_takes_nothing_is_said(
    world: World, anchors: list[LedgerAnchor], tmp_path: Path
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("x")
    before = rows()
    with pytest.raises(CommandError, match="未封存，台账未作改动"):
        seal(occupied)
    assert rows() == before


# --- the file afterwards ------------------------------------------------------------------------


@pytest.fixture
def sealed(world: World, anchors: list[LedgerAnchor], tmp_path: Path) -> Path:
    """A sealed export."""
    seal(tmp_path)
    return tmp_path / LedgerSeal.objects.get().file_name


def rewrite(path: Path, change: Callable[[list[str]], object]) -> None:
    """Unpack, change the lines, pack again."""
    with gzip.open(path, "rt") as file:
        lines = file.readlines()
    change(lines)
    with gzip.open(path, "wt") as file:
        file.writelines(lines)


def test_the_command_checks_a_file(sealed: Path) -> None:
    out = StringIO()
    call_command("verify_ledger", "--file", str(sealed), stdout=out)
    stored = LedgerSeal.objects.get()
    assert f"台账 {stored.ledger_count} 条，访问记录 {stored.access_count} 条" in out.getvalue()
    with pytest.raises(CommandError, match="没有文件"):
        call_command("verify_ledger", "--file", str(sealed.parent / "none.gz"))


def numbered(lines: list[str], row: str, position: int) -> int:
    """The line number of the n-th row of a kind."""
    return [n for n, line in enumerate(lines) if f'"row": "{row}"' in line][position]


def change_text(lines: list[str]) -> None:
    """A word in an entry of the ledger."""
    number = numbered(lines, "ledger", 5)
    lines[number] = lines[number].replace("第 ", "第")


def change_visit(lines: list[str]) -> None:
    """A word in an entry of the stream."""
    number = numbered(lines, "access", 3)
    lines[number] = lines[number].replace("查阅", "看")


def take_visit(lines: list[str]) -> None:
    """An entry of the stream is gone."""
    del lines[numbered(lines, "access", 3)]


def take_entry(lines: list[str]) -> None:
    """An entry of the ledger is gone, the one before the last of its chain."""
    del lines[numbered(lines, "ledger", 4)]


def take_day(lines: list[str]) -> None:
    """The file ends with an earlier day."""
    del lines[numbered(lines, "anchor", 1) :]


def take_first_day(lines: list[str]) -> None:
    """An anchor is gone; its entries stand below the header."""
    del lines[numbered(lines, "anchor", 0)]


def change_anchor(lines: list[str]) -> None:
    """An anchor that states another moment."""
    number = numbered(lines, "anchor", 0)
    stored = json.loads(lines[number])
    stored["values"]["created_at"] = moment(2020, 1, 1).isoformat()
    lines[number] = json.dumps(stored) + "\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_text, "内容被改动"),
        (change_visit, "访问记录"),
        (take_visit, "访问记录应为 7 条，实有 6 条"),
        (take_entry, "其前缺少第"),
        (take_day, "缺少至"),
        (take_first_day, "残缺"),
        (change_anchor, "日锚（"),
        (lambda lines: lines.__setitem__(1, "{}\n"), "残缺"),
        (lambda lines: lines.__setitem__(1, "不是 JSON\n"), "残缺"),
        (lambda lines: lines.clear(), "残缺"),
        (lambda lines: lines.append("\n"), "残缺"),
        (lambda lines: None, "文件与封存记录的校验值不符"),
    ],
)
def test_a_tampered_file_is_refused(
    sealed: Path, change: Callable[[list[str]], object], words: str
) -> None:
    rewrite(sealed, change)
    with pytest.raises(CommandError) as ended:
        call_command("verify_ledger", "--file", str(sealed))
    assert words in str(ended.value)


def test_a_damaged_or_foreign_file_is_refused(sealed: Path) -> None:
    whole = sealed.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"not a gzip file", b"\x1f\x8b" + whole[9:]):
        sealed.write_bytes(content)
        assert "残缺" in str(check_file(sealed).first)


def test_a_changed_tail_is_noticed_by_the_file(sealed: Path) -> None:
    tail = SealedTail.objects.earliest("id")
    tamper(tail, digest="0" * 64)
    assert "封存链尾不符" in str(check_file(sealed).first)


# --- killed in earnest --------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_the_rows_are_here_or_in_the_file(tmp_path: Path) -> None:
    """A real process, ended by SIGKILL a little later each time, until one run gets through."""
    with transaction.atomic():
        write_days(make_world(), ago(185), ago(184))
    total = LedgerEntry.objects.count()
    environment = os.environ | {
        "PORTAL_DATABASE_URL": database_url(),
        "PORTAL_LEDGER_RETENTION_DAYS": "182",
    }
    command = [sys.executable, "manage.py", "seal_ledger", "--out", str(tmp_path)]
    pause, killed = 1.0, 0
    while not LedgerSeal.objects.exists():
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        pause *= 1.5
        assert pause < 200
        if not LedgerSeal.objects.exists():
            assert LedgerEntry.objects.count() == total
        assert verify().first is None
    assert killed >= 1
    stored = LedgerSeal.objects.get()
    assert check_file(tmp_path / stored.file_name).first is None
    assert stored.ledger_count + LedgerEntry.objects.count() == total + 1


# --- the setting --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["179", "0", "-1", "half a year", "１８０", "²"])
def test_less_than_half_a_year_stops_the_start(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"PORTAL_LEDGER_RETENTION_DAYS.*180 or more"):
        read({"PORTAL_LEDGER_RETENTION_DAYS": value, "PORTAL_SECRET_KEY": "x"})


def test_the_retention_is_three_years_unless_said_otherwise() -> None:
    assert read({"PORTAL_SECRET_KEY": "x"}).ledger_retention_days == 1095
    environment = {"PORTAL_LEDGER_RETENTION_DAYS": "180", "PORTAL_SECRET_KEY": "x"}
    assert read(environment).ledger_retention_days == 180
