"""The one place that reads the environment.

``VARIABLES`` lists every variable the portal knows; ``.env.example`` lists the same ones and a test
compares the two. ``read`` fails with a sentence when something needed is missing or malformed, so a
wrong deployment stops at its start and not at its first request.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from portal.config.variables import BASE_DIR, VARIABLES
from portal.core.constants import POST_KINDS

__all__ = ["BASE_DIR", "VARIABLES", "Environment", "read"]

MFA_POSTS_IN_PRODUCTION = frozenset({"system_admin", "security_admin", "auditor", "signer"})


@dataclass(frozen=True)
class Environment:
    """The environment, read and checked."""

    mode: str
    secret_key: str
    secret_key_fallbacks: list[str]
    debug: bool
    demo: bool
    https: bool
    proxies: int
    arrival_from_proxy: bool
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    data_dir: Path
    font_dir: Path
    site_url: str
    database: dict[str, Any]
    broker_url: str
    job_lease_seconds: int
    job_sweep_seconds: int
    cache: dict[str, Any]
    preview_pages: int
    soffice: str
    password_days: int
    password_warn_days: int
    login_failures: int
    lock_minutes: int
    idle_minutes: int
    fresh_minutes: int
    mfa_posts: frozenset[str]
    oidc: dict[str, Any] | None
    mail: dict[str, Any] | None
    ledger_retention_days: int
    upload_max_mb: int
    upload_max_files: int
    upload_open_files: int
    upload_open_mb: int
    upload_hours: int
    clamd_socket: str
    unscanned_download: bool
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
    broker_url = _broker(values["PORTAL_BROKER_URL"] or f"filesystem://{data_dir.resolve()}/broker")
    return Environment(
        mode=mode,
        secret_key=_secret_key(values["PORTAL_SECRET_KEY"], mode, data_dir),
        secret_key_fallbacks=_items(values["PORTAL_SECRET_KEY_FALLBACKS"]),
        debug=values["PORTAL_DEBUG"] == "1",
        demo=values["PORTAL_DEMO"] == "1",
        https=_https(values["PORTAL_HTTPS"], mode),
        proxies=_proxies(values["PORTAL_PROXIES"]),
        arrival_from_proxy=_switch("PORTAL_ARRIVAL_FROM_PROXY", values),
        allowed_hosts=_items(values["PORTAL_ALLOWED_HOSTS"]),
        csrf_trusted_origins=_items(values["PORTAL_CSRF_TRUSTED_ORIGINS"]),
        data_dir=data_dir,
        font_dir=font_dir,
        site_url=_site(values["PORTAL_SITE_URL"]),
        database=_database(values["PORTAL_DATABASE_URL"] or f"sqlite:///{data_dir}/portal.sqlite3"),
        broker_url=broker_url,
        job_lease_seconds=_positive("PORTAL_JOB_LEASE_SECONDS", values),
        job_sweep_seconds=_positive("PORTAL_JOB_SWEEP_SECONDS", values),
        cache=_cache(broker_url, data_dir),
        preview_pages=_positive("PORTAL_PREVIEW_PAGES", values),
        soffice=values["PORTAL_SOFFICE"],
        password_days=_positive("PORTAL_PASSWORD_DAYS", values),
        password_warn_days=_positive("PORTAL_PASSWORD_WARN_DAYS", values),
        login_failures=_positive("PORTAL_LOGIN_FAILURES", values),
        lock_minutes=_positive("PORTAL_LOCK_MINUTES", values),
        idle_minutes=_positive("PORTAL_IDLE_MINUTES", values),
        fresh_minutes=_positive("PORTAL_FRESH_MINUTES", values),
        mfa_posts=_mfa_posts(values["PORTAL_MFA_POSTS"], mode),
        oidc=_oidc(values),
        mail=_mail(values["PORTAL_SMTP_URL"], values["PORTAL_MAIL_FROM"]),
        ledger_retention_days=_retention(values["PORTAL_LEDGER_RETENTION_DAYS"]),
        upload_max_mb=_positive("PORTAL_UPLOAD_MAX_MB", values),
        upload_max_files=_positive("PORTAL_UPLOAD_MAX_FILES", values),
        upload_open_files=_positive("PORTAL_UPLOAD_OPEN_FILES", values),
        upload_open_mb=_positive("PORTAL_UPLOAD_OPEN_MB", values),
        upload_hours=_positive("PORTAL_UPLOAD_HOURS", values),
        clamd_socket=_clamd(values["PORTAL_CLAMD_SOCKET"]),
        unscanned_download=_switch("PORTAL_UNSCANNED_DOWNLOAD", values),
        log_level=values["PORTAL_LOG_LEVEL"],
    )


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _positive(name: str, values: Mapping[str, str]) -> int:
    if not values[name].isdecimal() or int(values[name]) == 0:
        raise ImproperlyConfigured(f"{name} is {values[name]!r}; set it to a whole number above 0.")
    return int(values[name])


def _switch(name: str, values: Mapping[str, str]) -> bool:
    if values[name] not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} is {values[name]!r}; set it to 1 or 0.")
    return values[name] == "1"


def _clamd(given: str) -> str:
    host, _, port = given.rpartition(":")
    if given and not given.startswith("/") and not (host and port.isdecimal()):
        raise ImproperlyConfigured(
            f"PORTAL_CLAMD_SOCKET is {given!r}; set it to the path of a socket or to host:port."
        )
    return given


def _mail(url: str, sender: str) -> dict[str, Any] | None:
    """The mail server and the sender, both or neither."""
    if not url and not sender:
        return None
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise ImproperlyConfigured(
            "PORTAL_SMTP_URL must be smtp://host:port, smtp+tls://host:port or smtps://host:port, "
            "with user:password@ before the host where the server asks for them."
        )
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", sender):
        raise ImproperlyConfigured(
            f"PORTAL_MAIL_FROM is {sender!r}; set it to the address that mails are sent from."
        )
    return {
        "sender": sender,
        "host": parts.hostname,
        "port": parts.port or ports[parts.scheme],
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "starttls": parts.scheme == "smtp+tls",
        "ssl": parts.scheme == "smtps",
    }


def _site(given: str) -> str:
    """Scheme and host alone: what is printed on paper cannot be mended later."""
    if given and not re.fullmatch(r"https?://[A-Za-z0-9.\-]+(:\d{1,5})?/?", given):
        raise ImproperlyConfigured(
            f"PORTAL_SITE_URL is {given!r}; set it to http(s)://host or http(s)://host:port."
        )
    return given.rstrip("/")


def _https(given: str, mode: str) -> bool:
    if given not in ("", "0", "1"):
        raise ImproperlyConfigured(f"PORTAL_HTTPS is {given!r}; set it to 1 or 0.")
    return given == "1" or (not given and mode == "production")


def _proxies(given: str) -> int:
    if not given.isdecimal() or int(given) > 9:
        raise ImproperlyConfigured(f"PORTAL_PROXIES is {given!r}; set it to the number of proxies.")
    return int(given)


def _retention(text: str) -> int:
    """Network logs are kept for six months at least (网络安全法)."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 180:
        raise ImproperlyConfigured(
            f"PORTAL_LEDGER_RETENTION_DAYS is {text!r}; the law asks for six months, set it to "
            "180 or more."
        )
    return int(text)


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


def _cache(broker_url: str, data_dir: Path) -> dict[str, Any]:
    """Counters that every process shares: Redis beside the broker, or a folder."""
    if broker_url.startswith("filesystem"):
        return {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(data_dir / "cache"),
        }
    address, _, number = broker_url.replace("redis+socket://", "unix://", 1).rpartition("/")
    beside = f"{address}/{int(number) + 1}" if number.isdecimal() else broker_url
    # A database of its own: emptying the cache must not take the queue along.
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": beside}


def _mfa_posts(text: str, mode: str) -> frozenset[str]:
    if text == "none":
        return frozenset()
    if not text:
        return MFA_POSTS_IN_PRODUCTION if mode == "production" else frozenset()
    named = frozenset(_items(text))
    strangers = sorted(named - set(POST_KINDS))
    if strangers:
        raise ImproperlyConfigured(
            f"PORTAL_MFA_POSTS names {strangers[0]!r}; the kinds of post are "
            f"{', '.join(POST_KINDS)}."
        )
    return named


def _oidc(values: Mapping[str, str]) -> dict[str, Any] | None:
    names = ("PORTAL_OIDC_ISSUER", "PORTAL_OIDC_CLIENT_ID", "PORTAL_OIDC_CLIENT_SECRET")
    given = [name for name in names if values[name]]
    if not given:
        return None
    for name in names:
        if not values[name]:
            raise ImproperlyConfigured(f"{name} is missing; {given[0]} needs it.")
    issuer = urlsplit(values["PORTAL_OIDC_ISSUER"])
    if issuer.scheme not in ("https", "http"):
        raise ImproperlyConfigured("PORTAL_OIDC_ISSUER must begin with https://.")
    return {
        "provider_id": "oidc",
        "name": values["PORTAL_OIDC_NAME"],
        "client_id": values["PORTAL_OIDC_CLIENT_ID"],
        "secret": values["PORTAL_OIDC_CLIENT_SECRET"],
        "settings": {"server_url": values["PORTAL_OIDC_ISSUER"]},
        "origin": f"{issuer.scheme}://{issuer.netloc}",
    }
