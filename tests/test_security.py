"""What every answer says to browsers, who may ask how often, and whose address is believed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from portal.config.env import read
from portal.core.addresses import client_address
from portal.core.web import address_of
from tests.core.test_env import production
from tests.factories import client_of
from tests.services import ROOT
from tests.strictness import faults_of, inline_in
from tests.test_access import (  # noqa: F401 (county is a fixture)
    County,
    address,
    county,
    parameters,
)

# --- every answer -------------------------------------------------------------------------------
# The answers of all addresses, to everybody and by every method, are looked at in tests/access.


@pytest.mark.django_db
def test_answers_of_failure_have_the_same_headers() -> None:
    strict = Client(enforce_csrf_checks=True)
    for answer in (
        Client().get("/nothing/here/"),
        strict.post(reverse("login"), {"username": "x"}),
        Client(headers={"host": "elsewhere.example"}).get("/healthz"),
        Client().put(reverse("public-notices")),
    ):
        assert answer.status_code in (400, 403, 404, 405)
        assert faults_of(answer) == []


def test_static_files_are_cached_and_never_sniffed() -> None:
    answer = Client().get("/static/portal/css/portal.css")
    assert b"".join(answer)
    assert answer.status_code == 200
    assert "max-age" in answer["Cache-Control"]
    assert "no-store" not in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def templates() -> Iterator[tuple[str, str]]:
    """Every template of a page; documents become PDFs and never reach a browser."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT / "templates"))
        if not name.startswith("documents/"):
            yield name, path.read_text()


def test_no_template_has_anything_inline() -> None:
    patterns = {
        "style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
        "handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
        "script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
        "address": re.compile(r"javascript:|hx-on|hx-vals=.?js:", re.IGNORECASE),
        "unescaped": re.compile(r"\|\s*safe\b|autoescape off|mark_safe"),
    }
    found = [
        (name, what)
        for name, text in templates()
        for what, pattern in patterns.items()
        if pattern.search(text)
    ]
    assert found == []


def test_the_page_reader_finds_what_it_looks_for() -> None:
    for bad in (
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        '<p style="color:red">',
        '<a onclick="x()">',
        '<a href=" JavaScript:x()">',
        '<img src="https://elsewhere.example/x.png">',
        '<script src="/x.js">alert(1)</script>',
    ):
        assert inline_in(bad), bad
    assert inline_in('<a href="https://elsewhere.example/">x</a>') == []
    assert inline_in('<script src="/x.js" defer></script>') == []


def test_no_setting_allows_inline_code() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    words = {word for values in directives.values() for word in values}
    assert not any("unsafe" in word or "*" in word or "http" in word for word in words)
    assert [name for name, values in directives.items() if "data:" in values] == ["img-src"]


def test_there_is_no_other_door() -> None:
    """No Django admin, no debug toolbar, no browsable API: only the portal's own pages."""
    installed = {config.name for config in apps.get_app_configs()}
    assert not installed & {"django.contrib.admin", "debug_toolbar", "django_extensions", "silk"}
    assert settings.REST_FRAMEWORK["DEFAULT_RENDERER_CLASSES"] == [
        "rest_framework.renderers.JSONRenderer"
    ]
    assert "admin" not in {name.split(":")[0] for name in parameters()}


# --- the production settings --------------------------------------------------------------------


SECRET = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"


def deploy_check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What the check says where everything documented is set and the fonts are installed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=kept
        | environment
        | {"PORTAL_SECRET_KEY": SECRET, "PORTAL_FONT_DIR": str(settings.PORTAL_FONT_DIR)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("https", ["", "1"])
def test_the_deployment_check_is_clean(tmp_path: Any, https: str) -> None:
    done = deploy_check(production(tmp_path, PORTAL_HTTPS=https))
    assert done.returncode == 0, done.stderr
    # It names the faces of documents, and that is all it says.
    assert "(documents.I001)" in done.stderr and "仿宋：" in done.stderr
    assert "identified 1 issue" in done.stdout + done.stderr
    assert "WARNING" not in done.stderr


def test_the_check_warns_where_documents_would_bear_no_qr_code(tmp_path: Any) -> None:
    done = deploy_check(production(tmp_path, PORTAL_SITE_URL=""))
    assert done.returncode != 0
    assert "portal.W002" in done.stderr


def test_plain_http_is_said_aloud_and_is_no_failure(tmp_path: Any) -> None:
    done = deploy_check(production(tmp_path, PORTAL_HTTPS="0"))
    assert done.returncode == 0, done.stderr
    assert "portal.I001" in done.stdout + done.stderr
    assert "travel unencrypted" in done.stdout + done.stderr


def test_production_is_https_unless_told_otherwise(tmp_path: Any) -> None:
    assert read(production(tmp_path, PORTAL_HTTPS="")).https is True
    assert read(production(tmp_path, PORTAL_HTTPS="0")).https is False
    assert read({"PORTAL_DATA_DIR": str(tmp_path)}).https is False


def test_the_containers_are_checked_as_strictly() -> None:
    entry = (ROOT / "portal" / "config" / "bin" / "entry.sh").read_text()
    assert "check --deploy --tag security --fail-level WARNING" in entry


def test_every_silenced_check_has_its_reason() -> None:
    lines = (ROOT / "portal" / "config" / "settings.py").read_text().splitlines()
    for number, line in enumerate(lines):
        if "SILENCED_SYSTEM_CHECKS" in line:
            assert lines[number - 1].strip().startswith("#"), line
    assert set(settings.SILENCED_SYSTEM_CHECKS) <= {
        "axes.W006",
        *(f"security.W{number}" for number in ("004", "005", "008", "012", "016", "021")),
    }


# --- whose address is believed ------------------------------------------------------------------

FORGED = "198.51.100.66"
REAL = "203.0.113.9"
PROXY = "172.18.0.5"


@pytest.mark.parametrize(
    ("proxies", "header", "believed"),
    [
        (0, "", PROXY),
        (0, FORGED, PROXY),
        (0, f"{FORGED}, {REAL}", PROXY),
        (1, "", PROXY),
        (1, REAL, REAL),
        (1, f"{FORGED}, {REAL}", REAL),
        (1, f"{FORGED},{FORGED} ,  {REAL} ", REAL),
        (1, "nonsense", PROXY),
        (1, f"{FORGED}, ", PROXY),
        (1, "::ffff:203.0.113.9", REAL),
        (1, "2001:db8::1", "2001:db8::1"),
        (2, REAL, PROXY),
        (2, f"{REAL}, 10.0.0.1", REAL),
        (2, f"{FORGED}, {REAL}, 10.0.0.1", REAL),
    ],
)
def test_only_the_proxies_own_entries_are_believed(
    proxies: int, header: str, believed: str
) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=PROXY, headers={"x-forwarded-for": header})
    with override_settings(PORTAL_PROXIES=proxies):
        assert client_address(request) == believed


@pytest.mark.django_db
def test_the_locks_and_the_ledger_see_the_same_address() -> None:
    """A failed sign-in through our proxy, by somebody who sends a header of his own."""
    with override_settings(PORTAL_PROXIES=1):
        answer = Client().post(
            reverse("login"),
            {"login": "某人", "username": "某人", "password": "x"},
            REMOTE_ADDR=PROXY,
            headers={"x-forwarded-for": f"{FORGED}, {REAL}"},
        )
    assert address_of(answer.wsgi_request) == REAL
    assert [row.ip_address for row in AccessAttempt.objects.all()] == [REAL]


# --- how often ----------------------------------------------------------------------------------


@pytest.fixture
def few() -> Iterator[None]:
    """Three posts, three reads of the public API a minute; nothing counted yet."""
    rates = {"visitor_posts": "3/minute", "public_api": "3/minute"}
    cache.clear()
    with override_settings(
        REST_FRAMEWORK={**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    ):
        yield
    cache.clear()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["login", "activate"])
def test_visitors_post_so_often_and_are_told_when_again(few: None, name: str) -> None:
    def send(address: str) -> Any:
        return Client().post(reverse(name), {"username": "某人"}, REMOTE_ADDR=address)

    assert all(send(REAL).status_code != 429 for _ in range(3))
    answer = send(REAL)
    assert answer.status_code == 429
    seconds = int(answer["Retry-After"])
    assert 0 < seconds <= 60
    assert f"请在 {seconds} 秒后再试" in answer.content.decode()
    assert faults_of(answer) == []
    assert send("203.0.113.77").status_code != 429
    assert Client().get(reverse(name), REMOTE_ADDR=REAL).status_code == 200


@pytest.mark.django_db
def test_a_forged_header_is_not_another_address(few: None) -> None:
    answers = [
        Client().post(
            reverse("login"),
            {"username": "某人"},
            REMOTE_ADDR=REAL,
            headers={"x-forwarded-for": f"198.51.100.{number}"},
        )
        for number in range(4)
    ]
    assert answers[-1].status_code == 429


@pytest.mark.django_db
def test_people_who_are_signed_in_are_not_counted(few: None, county: County) -> None:  # noqa: F811
    client = client_of(county.world.actor("puxian.clerk"))
    url = address(county, "case-decide", "puxian")
    assert 429 not in {client.post(url).status_code for _ in range(6)}


@pytest.mark.django_db
def test_the_public_api_is_throttled(few: None) -> None:
    url = reverse("api-public-roster")
    answers = [Client().get(url, REMOTE_ADDR=REAL) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert "no-store" in answers[-1]["Cache-Control"]
    assert Client().get(url, REMOTE_ADDR="203.0.113.77").status_code == 200


COUNT = """
import django; django.setup()
from django.test import RequestFactory
from portal.core.limits import VisitorPosts
VisitorPosts.get_rate = lambda self: "3/minute"
print(VisitorPosts().allow_request(RequestFactory().post("/", REMOTE_ADDR="192.0.2.250"), None))
"""


@pytest.mark.parametrize("broker", ["redis", "folder"])
def test_all_processes_count_together(tmp_path: Any, broker: str) -> None:
    """Redis in production, files in the embedded mode: three processes, and the fourth is late."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.config.settings",
        "PORTAL_DATA_DIR": str(tmp_path),
    }
    if broker == "folder":
        environment["PORTAL_BROKER_URL"] = f"filesystem://{tmp_path}/broker"
    else:
        cache.clear()
    said = [
        subprocess.run(
            [sys.executable, "-c", COUNT],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(4)
    ]
    assert said == ["True", "True", "True", "False"]
    if broker == "redis":
        cache.clear()


def test_the_proxy_counts_the_same_addresses() -> None:
    text = (ROOT / "portal" / "config" / "deploy" / "nginx.conf").read_text()
    for path in (reverse("login"), reverse("activate")):
        assert path.strip("/") in re.findall(r"location ~ \^/\((.+?)\)/", text)[0].split("|")
    assert f"location {reverse('api-public-roster').removesuffix('roster/')}" in text
    assert text.count("limit_req zone=") == 4
    assert "return 429" in text and "Retry-After" in text
