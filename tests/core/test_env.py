"""The environment: whatever is missing or malformed stops the start with a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from portal.config.env import VARIABLES, read
from tests.services import ROOT

SETTINGS = (
    "DEBUG", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "PORTAL_DEMO", "ALLOWED_HOSTS",
)  # fmt: skip


def production(folder: Path, **changes: str) -> dict[str, str]:
    """A whole production environment, with changes; an empty value takes a variable away."""
    whole = {
        "PORTAL_MODE": "production",
        "PORTAL_SECRET_KEY": "k" * 50,
        "PORTAL_ALLOWED_HOSTS": "zyz.example.cn",
        "PORTAL_DATA_DIR": str(folder),
        "PORTAL_DATABASE_URL": "postgres://portal:word@db:5432/portal",
        "PORTAL_BROKER_URL": "redis://redis:6379/0",
        "PORTAL_HTTPS": "1",
        "PORTAL_SITE_URL": "https://zyz.example.cn",
    }
    return {name: value for name, value in (whole | changes).items() if value}


def test_a_whole_production_environment_is_read(tmp_path: Path) -> None:
    found = read(production(tmp_path))
    assert (found.mode, found.debug, found.demo, found.https) == ("production", False, False, True)
    assert found.allowed_hosts == ["zyz.example.cn"]
    assert found.database["ENGINE"].endswith("postgresql")
    assert found.database["HOST"] == "db"


@pytest.mark.parametrize("name", [row.name for row in VARIABLES if row.needed_in_production])
@pytest.mark.parametrize("value", ["", "   "])
def test_production_says_which_variable_is_missing(tmp_path: Path, name: str, value: str) -> None:
    environment = production(tmp_path)
    environment[name] = value
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is missing; production needs it"):
        read(environment)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORTAL_MODE", "prod", "PORTAL_MODE is 'prod'; set it to"),
        ("PORTAL_SECRET_KEY", "short", "PORTAL_SECRET_KEY is too short"),
        ("PORTAL_DEBUG", "1", "PORTAL_DEBUG is 1; unset it in production"),
        ("PORTAL_DATABASE_URL", "mysql://db/x", "PORTAL_DATABASE_URL begins with 'mysql'"),
        ("PORTAL_BROKER_URL", "amqp://x", "PORTAL_BROKER_URL must begin with"),
        ("PORTAL_JOB_LEASE_SECONDS", "soon", "PORTAL_JOB_LEASE_SECONDS is 'soon'"),
        ("PORTAL_JOB_SWEEP_SECONDS", "0", "PORTAL_JOB_SWEEP_SECONDS is '0'"),
        ("PORTAL_JOB_SWEEP_SECONDS", "²", "PORTAL_JOB_SWEEP_SECONDS is '²'"),
        ("PORTAL_HTTPS", "yes", "PORTAL_HTTPS is 'yes'; set it to 1 or 0"),
        ("PORTAL_PROXIES", "-1", "PORTAL_PROXIES is '-1'; set it to the number"),
        ("PORTAL_PROXIES", "²", "PORTAL_PROXIES is '²'; set it to the number"),
        ("PORTAL_SMTP_URL", "http://mail", "PORTAL_SMTP_URL must be smtp://host:port"),
        ("PORTAL_SMTP_URL", "smtp://mail:25", "PORTAL_MAIL_FROM is ''; set it to the address"),
        ("PORTAL_MAIL_FROM", "zyz@example.cn", "PORTAL_SMTP_URL must be smtp://host:port"),
        ("PORTAL_SITE_URL", "zyz.example.cn", "PORTAL_SITE_URL is 'zyz.example.cn'; set it to"),
        ("PORTAL_SITE_URL", "https://zyz.example.cn/x", "set it to http"),
        ("PORTAL_SECRT_KEY", "x", "Unknown variable PORTAL_SECRT_KEY"),
    ],
)
def test_what_is_malformed_is_named(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=sentence):
        read(production(tmp_path, **{name: value}))


def test_the_embedded_default_needs_nothing_and_keeps_its_key(tmp_path: Path) -> None:
    first = read({"PORTAL_DATA_DIR": str(tmp_path)})
    assert first.mode == "embedded"
    assert first.database["ENGINE"].endswith("sqlite3")
    assert len(first.secret_key) >= 50
    assert read({"PORTAL_DATA_DIR": str(tmp_path)}).secret_key == first.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def _settings(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    code = (
        "import json; from portal.config import settings as s; "
        f"print(json.dumps({{name: getattr(s, name) for name in {SETTINGS!r}}}))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_has_secure_cookies_and_no_demonstration(tmp_path: Path) -> None:
    done = _settings(production(tmp_path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "DEBUG": False,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 31536000,
        "PORTAL_DEMO": False,
        "ALLOWED_HOSTS": ["zyz.example.cn"],
    }


def test_the_start_itself_stops_with_the_sentence(tmp_path: Path) -> None:
    done = _settings(production(tmp_path, PORTAL_SECRET_KEY=""))
    assert done.returncode != 0
    assert "PORTAL_SECRET_KEY is missing; production needs it" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(("mode", "demo"), [("production", True), ("embedded", False)])
def test_demonstration_accounts_are_refused_outside_a_demonstration(
    tmp_path: Path, mode: str, demo: bool
) -> None:
    out = tmp_path / "out"
    with override_settings(PORTAL_MODE=mode, PORTAL_DEMO=demo), pytest.raises(CommandError):
        call_command("demo", no_serve=True, out=out)
    assert not out.exists()
