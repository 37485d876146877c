"""The one place that reads the environment.

``VARIABLES`` lists every variable the portal knows; ``.env.example`` lists the same ones and a test
compares the two. ``read`` fails with a sentence when something needed is missing or malformed, so a
wrong deployment stops at its start and not at its first request.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, its default in the embedded mode and what it is for."""

    name: str
    default: str
    help: str
    needed_in_production: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable("PORTAL_MODE", "embedded", "embedded, production or test"),
    Variable(
        "PORTAL_SECRET_KEY",
        "",
        "signing key, at least 50 characters; embedded mode makes its own in the data folder",
        needed_in_production=True,
    ),
    Variable("PORTAL_DEBUG", "0", "1 shows tracebacks; never in production"),
    Variable("PORTAL_DEMO", "0", "1 allows demonstration accounts and shows their hint"),
    Variable(
        "PORTAL_ALLOWED_HOSTS",
        "localhost,127.0.0.1",
        "host names the site answers to, comma-separated",
        needed_in_production=True,
    ),
    Variable("PORTAL_CSRF_TRUSTED_ORIGINS", "", "origins with scheme, comma-separated"),
    Variable("PORTAL_HTTPS", "0", "1 when the site is reached by HTTPS only: secure cookies, HSTS"),
    Variable(
        "PORTAL_DATA_DIR",
        str(BASE_DIR / "var"),
        "folder of files, fonts and the embedded database",
        needed_in_production=True,
    ),
    Variable("PORTAL_FONT_DIR", "", "folder of the document fonts; default <data dir>/fonts"),
    Variable(
        "PORTAL_DATABASE_URL",
        "",
        "sqlite:///path or postgres://user:password@host:port/name (?host=/socket/dir)",
        needed_in_production=True,
    ),
    Variable(
        "PORTAL_BROKER_URL",
        "",
        "redis://host:port/0 or filesystem:///folder",
        needed_in_production=True,
    ),
    Variable("PORTAL_JOB_LEASE_SECONDS", "60", "a job without a heartbeat this long is taken over"),
    Variable("PORTAL_JOB_SWEEP_SECONDS", "60", "how often expired jobs are looked for"),
    Variable("PORTAL_LOG_LEVEL", "INFO", "level of the log written to standard error"),
)


@dataclass(frozen=True)
class Environment:
    """The environment, read and checked."""

    mode: str
    secret_key: str
    debug: bool
    demo: bool
    https: bool
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    data_dir: Path
    font_dir: Path
    database: dict[str, Any]
    broker_url: str
    job_lease_seconds: int
    job_sweep_seconds: int
    log_level: str


def read(environ: Mapping[str, str] | None = None) -> Environment:
    """Read and check the environment.

    Raises ImproperlyConfigured with one sentence that names the variable and what to do.
    """
    source = os.environ if environ is None else environ
    known = {variable.name for variable in VARIABLES}
    values = {v.name: source.get(v.name, "").strip() or v.default for v in VARIABLES}
    strangers = sorted(n for n in source if n.startswith("PORTAL_") and n not in known)
    if strangers:
        raise ImproperlyConfigured(
            f"Unknown variable {strangers[0]}: see .env.example for the list."
        )
    mode = values["PORTAL_MODE"]
    if mode not in ("embedded", "production", "test"):
        raise ImproperlyConfigured(
            f"PORTAL_MODE is {mode!r}; set it to embedded, production or test."
        )
    if mode == "production":
        for variable in VARIABLES:
            if variable.needed_in_production and not source.get(variable.name, "").strip():
                raise ImproperlyConfigured(
                    f"{variable.name} is missing; production needs it ({variable.help})."
                )
        if values["PORTAL_DEBUG"] == "1":
            raise ImproperlyConfigured("PORTAL_DEBUG is 1; unset it in production.")
    data_dir = Path(values["PORTAL_DATA_DIR"])
    font_dir = Path(values["PORTAL_FONT_DIR"] or data_dir / "fonts")
    return Environment(
        mode=mode,
        secret_key=_secret_key(values["PORTAL_SECRET_KEY"], mode, data_dir),
        debug=values["PORTAL_DEBUG"] == "1",
        demo=values["PORTAL_DEMO"] == "1",
        https=values["PORTAL_HTTPS"] == "1",
        allowed_hosts=_items(values["PORTAL_ALLOWED_HOSTS"]),
        csrf_trusted_origins=_items(values["PORTAL_CSRF_TRUSTED_ORIGINS"]),
        data_dir=data_dir,
        font_dir=font_dir,
        database=_database(values["PORTAL_DATABASE_URL"] or f"sqlite:///{data_dir}/portal.sqlite3"),
        broker_url=_broker(
            values["PORTAL_BROKER_URL"] or f"filesystem://{data_dir.resolve()}/broker"
        ),
        job_lease_seconds=_positive("PORTAL_JOB_LEASE_SECONDS", values),
        job_sweep_seconds=_positive("PORTAL_JOB_SWEEP_SECONDS", values),
        log_level=values["PORTAL_LOG_LEVEL"],
    )


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _positive(name: str, values: Mapping[str, str]) -> int:
    if not values[name].isdecimal() or int(values[name]) == 0:
        raise ImproperlyConfigured(f"{name} is {values[name]!r}; set it to a whole number above 0.")
    return int(values[name])


def _secret_key(given: str, mode: str, data_dir: Path) -> str:
    if given:
        if mode == "production" and len(given) < 50:
            raise ImproperlyConfigured(
                "PORTAL_SECRET_KEY is too short; use 50 random characters or more."
            )
        return given
    path = data_dir / "secret_key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64))
    return path.read_text().strip()


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(url.removeprefix("sqlite:///")),
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            },
        }
    if parts.scheme in ("postgres", "postgresql"):
        query = parse_qs(parts.query)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.get("host", [parts.hostname or ""])[0],
            "PORT": str(query.get("port", [parts.port or ""])[0]),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(
        f"PORTAL_DATABASE_URL begins with {parts.scheme!r}; use sqlite:/// or postgres://."
    )


def _broker(url: str) -> str:
    if urlsplit(url).scheme not in ("redis", "rediss", "filesystem", "redis+socket"):
        raise ImproperlyConfigured("PORTAL_BROKER_URL must begin with redis:// or filesystem:///.")
    return url
