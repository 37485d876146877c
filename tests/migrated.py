"""The test database with its tables, triggers and permissions, made once for a run of the tests.

Whoever asks first migrates a database from nothing with ``manage.py migrate`` and keeps a dump of
it in the folder that ``tests.workers`` names; every process restores the dump on its own server.
A dump belongs to the migrations it was made with: when one is changed, another is made.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.db import connection
from psycopg.sql import SQL, Identifier

from tests.embedded import SHARED
from tests.services import ROOT, server_program


def place_database(name: str, *, keep: bool) -> None:
    """Put the migrated database on the server of this process, unless one is to be kept."""
    with _server() as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found and keep:
            return
        dump = _dump()
        _make_anew(server, name)
    _run("psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--single-transaction",
         "--output", os.devnull, "--file", str(dump), "--dbname", name)  # fmt: skip


@contextmanager
def empty_database(name: str) -> Iterator[None]:
    """Point the connection at a new database without tables; nothing of it is kept."""
    values = connection.settings_dict
    usual = values["NAME"]
    with _server() as server:
        _make_anew(server, name)
        connection.close()
        values["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            values["NAME"] = usual
            server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def _dump() -> Path:
    given = os.environ.get(SHARED)
    folder = Path(given) if given else Path(os.environ["PORTAL_DATA_DIR"]).parent / "migrated"
    folder.mkdir(parents=True, exist_ok=True)
    dump = folder / f"{_version()}.sql"
    with (folder / "dump.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not dump.exists():
            _migrate_and_dump(dump)
    return dump


def _version() -> str:
    """What tells one set of migrations from another."""
    digest = hashlib.sha256(django.__version__.encode())
    for app in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for path in sorted(Path(app.path, "migrations").rglob("*.py")):
            digest.update(f"{app.label} {path.name}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _migrate_and_dump(dump: Path) -> None:
    values, name = connection.settings_dict, "portal_migrated"
    address = f"postgres://{values['USER']}@/{name}?host={values['HOST']}"
    part = dump.with_suffix(".part")
    with _server() as server:
        _make_anew(server, name)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT,
            env=os.environ | {"PORTAL_DATABASE_URL": address, "PORTAL_LOG_LEVEL": "ERROR"},
            check=True,
            timeout=300,
        )
        _run("pg_dump", "--no-owner", "--file", str(part), "--dbname", name)
        server.execute(SQL("DROP DATABASE {}").format(Identifier(name)))
    part.replace(dump)


def _make_anew(server: psycopg.Connection, name: str) -> None:
    server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
    server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    """A connection outside of the test database."""
    values = connection.settings_dict
    with psycopg.connect(
        dbname="postgres", user=values["USER"], host=values["HOST"], autocommit=True
    ) as server:
        yield server


def _run(program: str, *arguments: str) -> None:
    values = connection.settings_dict
    subprocess.run(
        [server_program(program), "--username", values["USER"], "--host", values["HOST"],
         *arguments],
        check=True,
        timeout=120,
    )  # fmt: skip
