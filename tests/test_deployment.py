"""The production set of docker-compose.yml: what it says, and that every command in it works.

No container engine runs here. The file is read by the docker-compose tool, and each service's own
command is run by hand against the throw-away servers until its own health check is content.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.conftest import Process
from tests.migrated import place_database
from tests.services import ROOT, free_port

SECRETS = {
    "PORTAL_SECRET_KEY": "0123456789" * 6,
    "PORTAL_ALLOWED_HOSTS": "portal.test",
    "POSTGRES_PASSWORD": "letters1and2digits",
}
PORTAL_SERVICES = {"migrate", "web", "worker", "beat"}
SERVICES = PORTAL_SERVICES | {"postgres", "redis", "proxy"}
ENTRY = ROOT / "portal" / "config" / "bin" / "entry.sh"


def compose(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Let the docker-compose tool read the file with exactly these variables."""
    tool = shutil.which("docker-compose", path="/usr/bin:/usr/local/bin")
    command = [tool] if tool else ["docker", "compose"]
    return subprocess.run(
        [*command, "-f", str(ROOT / "docker-compose.yml"), "config"],
        cwd="/",
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    done = compose(SECRETS)
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


def test_compose_names_every_service(composed: dict[str, Any]) -> None:
    assert set(composed["services"]) == SERVICES


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_compose_refuses_a_missing_secret(missing: str) -> None:
    done = compose({name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert "set it to" in done.stderr


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_is_fenced_in(composed: dict[str, Any], name: str) -> None:
    service = composed["services"][name]
    user = str(service["user"])
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    if name != "migrate":
        assert service["healthcheck"]["test"][0] == "CMD"
    if name == "proxy":
        assert service["ports"]
    else:
        assert "ports" not in service
        assert list(service["networks"]) == ["inside"]


def test_data_lives_in_named_volumes(composed: dict[str, Any]) -> None:
    assert set(composed["volumes"]) == {"data", "fonts", "postgres", "redis"}
    for name in SERVICES - {"proxy"}:
        for volume in composed["services"][name]["volumes"]:
            source = volume["source"] if isinstance(volume, dict) else volume.split(":")[0]
            assert source in composed["volumes"]
    assert composed["networks"]["inside"]["internal"] is True


def test_no_password_is_written_down() -> None:
    for name, service in yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
        "services"
    ].items():
        for variable, value in (service.get("environment") or {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN", variable):
                # From outside: demanded with a sentence, or empty when it is not given.
                assert re.fullmatch(r"\$\{\w+:(\?.+|-)\}", value), (name, variable)
            assert not re.search(r"://[^:@/]+:(?!\$\{\w+:\?)[^@]*@", str(value)), (name, variable)


def test_image_has_what_its_services_need(composed: dict[str, Any]) -> None:
    lines = (ROOT / "Dockerfile").read_text()
    users = re.findall(r"^USER (\S+)$", lines, re.MULTILINE)
    assert users == [composed["services"]["web"]["user"]]
    assert "--require-hashes" in lines
    assert 'ENTRYPOINT ["portal/config/bin/entry.sh"]' in lines
    copied = set(re.findall(r"^COPY ([a-z]+) \1$", lines, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert copied == packages | {"portal", "fixtures", "templates"}
    for name in PORTAL_SERVICES:
        assert composed["services"][name]["command"] == [name]
        assert re.search(rf"^    {name}\)", ENTRY.read_text(), re.MULTILINE)


# --- every service's command, run by hand -------------------------------------------------------


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of the containers, on a database of its own in the throw-away server.

    It is the migrated one that all tests begin with: ``migrate`` finds it as an update would.
    """
    data = tmp_path_factory.mktemp("production")
    given = os.environ["PORTAL_DATABASE_URL"]
    place_database("production", keep=False)
    yield {
        "PORTAL_MODE": "production",
        "PORTAL_SECRET_KEY": SECRETS["PORTAL_SECRET_KEY"],
        "PORTAL_ALLOWED_HOSTS": SECRETS["PORTAL_ALLOWED_HOSTS"],
        "PORTAL_HTTPS": "1",
        "PORTAL_DATA_DIR": str(data),
        "PORTAL_DATABASE_URL": given.replace("@/portal?", "@/production?"),
        "PORTAL_BROKER_URL": os.environ["PORTAL_BROKER_URL"].replace("/0", "/1"),
        "PYTHON": sys.executable,
    }
    with psycopg.connect(given, autocommit=True) as server:
        server.execute("DROP DATABASE production WITH (FORCE)")


@pytest.fixture(scope="module")
def migrated(production: dict[str, str]) -> dict[str, str]:
    done = subprocess.run(
        [str(ENTRY), "migrate"],
        env=os.environ | production,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return production


Start = Callable[..., Process]


@pytest.fixture
def start(migrated: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start a service by its own command; it must also end when it is asked to."""
    started: list[Process] = []

    def run(*command: str, **environment: str) -> Process:
        process = Process(
            list(command), tmp_path / f"{len(started)}.log", {**migrated, **environment}
        )
        process.start()
        started.append(process)
        return process

    yield run
    ended = [(process.running, process.stop(30), process.text()) for process in started]
    for running, code, text in ended:
        assert running, text
        assert code in (0, -signal.SIGTERM), text


def becomes_healthy(process: Process, *check: str) -> None:
    """Run the container's own health check until it is content."""
    deadline = time.monotonic() + 180
    while True:
        done = subprocess.run(
            [sys.executable, "-m", "portal.config.health", *check, "--timeout", "2"],
            cwd=ROOT,
            env=process.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        assert process.running, process.text()
        assert time.monotonic() < deadline, done.stderr + process.text()
        time.sleep(0.3)


def unhealthy(environment: dict[str, str], *check: str) -> str:
    """Run a health check that must complain; return its complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.config.health", *check, "--timeout", "2"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


def test_migrate_collects_static_files(migrated: dict[str, str]) -> None:
    manifest = Path(migrated["PORTAL_DATA_DIR"]) / "static" / "staticfiles.json"
    paths = json.loads(manifest.read_text())["paths"]
    assert "bootstrap/css/bootstrap.min.css" in paths


def test_health_checks_complain(migrated: dict[str, str]) -> None:
    assert "does not answer" in unhealthy(migrated, "web", "--port", str(free_port()))
    assert "does not answer" in unhealthy(migrated, "worker", "--name", "nobody@nowhere")
    assert "beat" in unhealthy({**migrated, "PORTAL_DATA_DIR": "/nonexistent"}, "beat")


def test_web_and_proxy(start: Start, tmp_path: Path) -> None:
    port = free_port()
    web = start(str(ENTRY), "web", "--bind", f"127.0.0.1:{port}", "--workers", "1")
    becomes_healthy(web, "web", "--port", str(port))

    # The proxy's own file with the two addresses of this machine.
    text = (ROOT / "portal" / "config" / "deploy" / "nginx.conf").read_text()
    listen = free_port()
    replaced = {
        "http://web:8000;": f"http://127.0.0.1:{port};",
        "listen 8080;": f"listen 127.0.0.1:{listen};",
        " /tmp/": f" {tmp_path}/",
    }
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(text)
    # Started by root, nginx would give the files to a user who cannot reach them.
    directives = "daemon off; user root;" if os.geteuid() == 0 else "daemon off;"
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert nginx is not None
    proxy = start(nginx, "-p", str(tmp_path), "-c", str(configuration), "-g", directives)

    def get(path: str) -> tuple[int, Any, str]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{listen}{path}",
            headers={"Host": SECRETS["PORTAL_ALLOWED_HOSTS"], "X-Forwarded-Proto": "https"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (this machine)
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    deadline = time.monotonic() + 10
    while True:
        try:
            assert get("/proxy-health")[0] == 200
            break
        except urllib.error.URLError:
            assert proxy.running, proxy.text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
    status, headers, _ = get("/healthz")
    assert status == 200
    assert headers["Strict-Transport-Security"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    status, headers, _ = get("/static/bootstrap/css/bootstrap.min.css")
    assert status == 200
    assert headers["Content-Type"].startswith("text/css")

    answers = [get("/login/") for _ in range(40)]
    assert answers[0][0] == 200
    assert answers[-1][0] == 429
    assert "登录过于频繁" in answers[-1][2]

    web.stop()
    status, headers, text = get("/healthz")
    assert status == 503
    assert "请稍后再试" in text
    web.start()
    becomes_healthy(web, "web", "--port", str(port))
    assert get("/healthz")[0] == 200


def test_worker(start: Start) -> None:
    worker = start(str(ENTRY), "worker", "--hostname", "test@portal", WORKER_CONCURRENCY="1")
    becomes_healthy(worker, "worker", "--name", "test@portal")
    assert worker.running


def test_beat(start: Start) -> None:
    beat = start(str(ENTRY), "beat", PORTAL_JOB_SWEEP_SECONDS="1")
    becomes_healthy(beat, "beat")
    beat.wait_for_log("core.sweep_jobs")
    assert beat.running
