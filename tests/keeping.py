"""Make a world once in a process, then put its rows back instead of making it again.

Hundreds of tests begin with the same world; making it takes ten times as long as copying its rows
back. A test that has rows already, acts on another day or after the permissions were made anew
gets a world that is really made.

Many go on from there with the same acts: an application is filed, a case is taken to its meeting.
These are kept likewise, under what was called before them. Whether a test has written anything of
its own in between is asked of the server, which counts the rows that a transaction writes: after
the least of them the acts are really done.
"""

from __future__ import annotations

import functools
import itertools
import pickle
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from portal.core import clock
from portal.core.models import StoredFile

Made = TypeVar("Made")
Asked = ParamSpec("Asked")
Basis = tuple[date, int, int]
# How many acts after each other are kept: a long row of them is one test's own.
DEPTH = 4
WRITTEN = """
SELECT pg_backend_pid(), pg_current_xact_id_if_assigned()::text,
       relname::text, n_tup_ins + n_tup_upd + n_tup_del
FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


@dataclass(frozen=True)
class Keepsake:
    """What was made, the rows of every table it filled, the last key of every sequence it used."""

    basis: Basis
    made: bytes
    tables: dict[str, bytes]
    keys: dict[str, int]
    files: dict[Path, tuple[int, int]]


@dataclass(frozen=True)
class Written:
    """The transaction of a server process, and how many rows it wrote in which table."""

    transaction: tuple[int, str]
    rows: dict[str, int]


@dataclass(frozen=True)
class Standing:
    """What the open transaction holds, and nothing else: the names of the acts that made it."""

    acts: tuple[Hashable, ...]
    written: Written


_standing: Standing | None = None
_acts: dict[tuple[Hashable, ...], Keepsake] = {}
_worlds = itertools.count()


def kept(make: Callable[[], Made]) -> Callable[[], Made]:
    """Keep what ``make`` made: the next call puts its rows back and gives equal objects."""
    keepsake: Keepsake | None = None
    name: tuple[Hashable, ...] = ()

    @functools.wraps(make)
    @transaction.atomic
    def make_or_put_back() -> Made:
        nonlocal keepsake, name
        basis = _basis()
        if keepsake and keepsake.basis == basis and not filled_of(keepsake.tables):
            _put_back(keepsake)
            _stand(name)
            return pickle.loads(keepsake.made)  # type: ignore[no-any-return]  # noqa: S301 (our own)
        empty = basis is not None and not filled_of(_tables())
        made = make()
        if basis is not None and empty:
            keepsake = _keep(basis, made, filled_of(_tables()))
            name = ((make.__name__, next(_worlds)),)
            _stand(name)
        return made

    return make_or_put_back


def kept_after(act: Callable[Asked, Made]) -> Callable[Asked, Made]:
    """Keep what ``act`` did and gave after what stands; the same act puts its rows in their place.

    Another argument, another world or a row written since is another act.
    """

    @functools.wraps(act)
    def act_or_put_back(*args: Asked.args, **named: Asked.kwargs) -> Made:
        basis, standing = _basis(), _still()
        if basis is None or standing is None or len(standing.acts) > DEPTH:
            return act(*args, **named)
        acts = (*standing.acts, (act.__name__, _word(args), _word(named)))
        keepsake = _acts.get(acts)
        if keepsake and keepsake.basis == basis and _files(keepsake.files) == keepsake.files:
            with transaction.atomic():
                _put_back(keepsake)
            _stand(acts)
            return pickle.loads(keepsake.made)  # type: ignore[no-any-return]  # noqa: S301 (our own)
        made = act(*args, **named)
        after, before = _written(), standing.written
        if after and after.transaction == before.transaction:
            known = set(_tables())
            changed = [
                table
                for table, count in after.rows.items()
                if table in known and count != before.rows.get(table)
            ]
            _acts[acts] = _keep(basis, made, changed)
            _stand(acts)
        return made

    return act_or_put_back


# --- what stands ----------------------------------------------------------------------------------


def _stand(acts: tuple[Hashable, ...]) -> None:
    """From here on the transaction holds what these acts made."""
    global _standing
    written = _written()
    _standing = Standing(acts, written) if written else None


def _still() -> Standing | None:
    """What the transaction holds, when nothing was written since."""
    return _standing if _standing and _written() == _standing.written else None


def _written() -> Written | None:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        found = cursor.fetchall()
    if not found or found[0][1] is None:
        return None
    return Written((found[0][0], found[0][1]), {table: count for _, _, table, count in found})


def _word(value: Any) -> Hashable:
    """An argument as a name: rows by their keys, a world by the rows it names."""
    if isinstance(value, Model):
        return value._meta.label, value.pk
    if isinstance(value, dict):
        return tuple((key, _word(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(_word(item) for item in value)
    if is_dataclass(value):
        return type(value).__name__, *(_word(getattr(value, row.name)) for row in fields(value))
    assert isinstance(value, Hashable), "an act is kept by its arguments"
    return value


# --- rows -----------------------------------------------------------------------------------------


def _keep(basis: Basis, made: object, tables: Iterable[str]) -> Keepsake:
    """What was made, with the whole of these tables as they are."""
    rows = {table: _rows(table) for table in tables}
    names = StoredFile.objects.values_list("file", flat=True)
    files = _files(Path(default_storage.path(name)) for name in names)
    return Keepsake(basis, pickle.dumps(made), rows, _keys(rows), files)


def _files(paths: Iterable[Path]) -> dict[Path, tuple[int, int]]:
    """Size and time of those that are there: a test may have removed or changed one."""
    found = {path: path.stat() for path in paths if path.exists()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in found.items()}


def _basis() -> Basis | None:
    """What the rows of a world lean on; nothing when the clock is not the real one."""
    if abs(clock.now() - timezone.now()) > timedelta(seconds=1):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT COALESCE(MAX(id), 0) FROM auth_permission),"
            " (SELECT COALESCE(MAX(id), 0) FROM django_content_type)"
        )
        permission, kind = cursor.fetchone()
    return clock.today(), permission, kind


def _tables() -> list[str]:
    """The tables of all models but those that the migrations fill."""
    filled = {Permission._meta.db_table, ContentType._meta.db_table}
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models if model._meta.managed}
    return sorted(tables - filled)


def filled_of(tables: Iterable[str]) -> list[str]:
    """Those of the tables that have rows."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [table for (table,) in cursor.fetchall()]


def _rows(table: str) -> bytes:
    command = f'COPY "{table}" TO STDOUT (FORMAT binary)'
    with connection.cursor() as cursor, cursor.copy(command) as rows:
        return b"".join(rows)


def _keys(tables: Iterable[str]) -> dict[str, int]:
    keys: dict[str, int] = {}
    with connection.cursor() as cursor:
        for table in tables:
            for sequence in connection.introspection.get_sequences(cursor, table):
                cursor.execute(f'SELECT MAX("{sequence["column"]}") FROM "{table}"')
                keys[sequence["name"]] = cursor.fetchone()[0] or 1
    return keys


def _put_back(keepsake: Keepsake) -> None:
    """Write the rows; what triggers would do is in them already. Later rows get later keys."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in keepsake.tables.items():
            cursor.execute(f'DELETE FROM "{table}"')
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as copy:
                copy.write(rows)
        cursor.execute("SET LOCAL session_replication_role = origin")
        later = ", ".join(
            f"setval('{name}', GREATEST({key}, pg_sequence_last_value('{name}')))"
            for name, key in keepsake.keys.items()
        )
        cursor.execute(f"SELECT {later}")
