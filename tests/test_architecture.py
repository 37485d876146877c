"""The house rules that a machine can check: floors, migrations, tables of contents, file sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from portal.config.celery import app as celery_app
from portal.config.env import VARIABLES
from portal.core import jobs
from tests.services import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# From the roof down; rows of a floor may point at their own floor and at those after it.
FLOORS = ["workspace", "reviews", "subsidies", "towns", "criteria", "core"]
GROUND = {"auth", "contenttypes", "guardian"}
LONGEST_MODULE = 400
LONGEST_VIEW = 300
PURE = {"assessment.py", "amounts.py", "chain.py", "constants.py"}


def tree() -> list[Path]:
    """Every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def modules() -> list[Path]:
    """Every Python module of the portal, without migrations and tests."""
    roots = PROJECT["tool"]["importlinter"]["root_packages"]
    return [
        path
        for path in tree()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in roots
        and "migrations" not in path.parts
    ]


def local_labels() -> dict[str, str]:
    """App label by package, for the portal's own apps."""
    return {
        config.name: config.label
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and ".venv" not in Path(config.path).parts
    }


def test_imports_point_down() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_root_packages_are_the_installed_apps() -> None:
    roots = set(PROJECT["tool"]["importlinter"]["root_packages"])
    assert roots == {name.split(".")[0] for name in local_labels()}
    contract = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert [layer.split(".")[-1] for layer in contract if layer != "portal.config"] == FLOORS
    assert set(local_labels().values()) == set(FLOORS)


def test_portal_package_is_empty() -> None:
    assert (ROOT / "portal" / "__init__.py").read_text() == ""


def relations() -> Iterator[tuple[str, str, str]]:
    """Yield field, app label it stands in and app label it points at, for every relation."""
    for label in FLOORS:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if isinstance(field, models.ForeignKey | models.ManyToManyField) and isinstance(
                    field.related_model, type
                ):
                    yield str(field), label, field.related_model._meta.app_label


def test_no_foreign_key_points_to_a_higher_floor() -> None:
    found = list(relations())
    assert found
    upward = [
        field
        for field, source, target in found
        if target not in GROUND and FLOORS.index(target) < FLOORS.index(source)
    ]
    assert upward == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_env_example_lists_the_variables() -> None:
    text = (ROOT / ".env.example").read_text()
    listed = re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE)
    compose = re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text())
    ours = [variable.name for variable in VARIABLES]
    assert [name for name in listed if name.startswith("PORTAL_")] == ours
    assert {name for name in listed if not name.startswith("PORTAL_")} == {
        name for name in compose if not name.startswith("PORTAL_")
    }
    assert {name for name in compose if name.startswith("PORTAL_")} <= set(ours)


def test_environment_is_read_in_one_place() -> None:
    """Elsewhere the environment may only be set or handed on, never read by a PORTAL_ name."""
    reading = re.compile(r"(environ(\.get)?|getenv)[\[(]\s*[\"']PORTAL_")
    readers = [
        str(path.relative_to(ROOT))
        for path in modules()
        if reading.search(path.read_text()) and path.name != "env.py"
    ]
    assert readers == []


def test_every_task_and_job_handler_is_known() -> None:
    celery_app.loader.import_default_modules()
    ours = {
        name
        for name, task in celery_app.tasks.items()
        if task.__module__.split(".")[0] in PROJECT["tool"]["importlinter"]["root_packages"]
    }
    assert "core.run_job" in ours
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled <= ours
    written = {
        (path, kind)  # a kind may be written as the name of a constant of its module
        for path in modules()
        for kind in re.findall(r"^@(?:jobs\.)?handler\((.+?)\)", path.read_text(), re.MULTILINE)
    }
    assert len(jobs.registered_kinds()) == len(written)


def test_every_url_has_a_view_in_a_view_file() -> None:
    def views(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from views(pattern.url_patterns)
            elif pattern.callback is not None:
                yield pattern.callback.__module__

    roots = PROJECT["tool"]["importlinter"]["root_packages"]
    ours = {name for name in views(get_resolver().url_patterns) if name.split(".")[0] in roots}
    assert ours
    # The style guide shows the components; it has no data and no rules to keep apart.
    others = {"portal.workspace.styleguide"}
    strays = {name for name in ours if not {"views", "api"} & set(name.split("."))}
    assert strays <= others


def test_pure_modules_stay_pure() -> None:
    """Tables and arithmetic need no database, no request and no clock."""
    barred = ("django.db", "django.http", "django.utils.timezone", "datetime.now")
    offenders = []
    for path in modules():
        if path.name not in PURE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            # Choices are tables, although Django keeps them among the models.
            allowed = {"django.db.models.TextChoices", "django.db.models.IntegerChoices"}
            offenders += [
                f"{path.relative_to(ROOT)}: {name}"
                for name in names
                if name.startswith(barred) and name not in allowed
                and name != "django.db.models"
            ]  # fmt: skip
    assert offenders == []


def test_no_signals_of_our_own() -> None:
    """Receivers of others' signals live in one file; nobody sends."""
    receivers = re.compile(r"@receiver|\.connect\(|import .*\bSignal\b")
    files = {
        str(path.relative_to(ROOT)) for path in modules() if receivers.search(path.read_text())
    }
    assert files <= {
        "portal/core/receivers.py",
        "portal/core/apps.py",
        "portal/config/celery.py",
    }


def test_files_stay_short() -> None:
    def too_long(path: Path) -> bool:
        lines = path.read_text().count("\n")
        view = path.name == "views.py" or "views" in path.parts
        return lines > (LONGEST_VIEW if view else LONGEST_MODULE)

    assert [str(path.relative_to(ROOT)) for path in modules() if too_long(path)] == []


def test_tree_names_no_registry_and_no_font() -> None:
    """Packages come by name from whatever index a machine is set up with."""
    hosts = re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|jsdelivr|unpkg"
        r"|mirrors?\.[a-z0-9-]+\.(cn|com|org|edu)|cdn\.[a-z0-9-]+\.(com|net|org)"
    )
    named = []
    for path in tree():
        assert path.suffix.lower() not in {".ttf", ".otf", ".ttc", ".woff", ".woff2"}, path
        if path == Path(__file__) or path.suffix.lower() in {
            ".png",
            ".jpg",
            ".pdf",
            ".xlsx",
            ".zip",
            ".gz",
        }:
            continue
        if hosts.search(path.read_text(errors="replace")):
            named.append(str(path.relative_to(ROOT)))
    assert named == []
