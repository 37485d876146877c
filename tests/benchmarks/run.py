"""Run the benchmarks and write bench.json.

``python -m tests.services -- python -m tests.benchmarks.run [--only NAME,NAME] [--out FILE]``: each
module of benchmarks runs in a process of its own on an emptied database, so that none warms up or
fills up the next one's.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import django
from django.core.management import call_command
from django.db import connection

MODULES = (
    "bench_lists",
    "bench_queue",
    "bench_main_job",
    "bench_documents",
    "bench_typesetting",
    "bench_imports",
    "bench_registers",
    "bench_assess",
    "bench_assessing",
    "bench_simulation",
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")


def modules() -> list[ModuleType]:
    """The modules that measure something by name, in the order they run."""
    return [importlib.import_module(f"tests.benchmarks.{name}") for name in MODULES]


def chosen_names(only: str) -> frozenset[str]:
    """The names asked for, all when none is; a name that nobody measures ends with a sentence."""
    known = [name for module in modules() for name in module.NAMES]
    wanted = [name.strip() for name in only.split(",") if name.strip()] or known
    for name in wanted:
        if name not in known:
            sys.exit(f"No benchmark {name!r}; there are: {', '.join(sorted(known))}.")
    return frozenset(wanted)


def run_module(name: str, wanted: frozenset[str], out: Path) -> None:
    """Run one module in this process, on an emptied database."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    call_command("migrate", verbosity=0, interactive=False)
    found = importlib.import_module(f"tests.benchmarks.{name}").run(wanted)
    out.write_text(json.dumps([row.as_dict() for row in found if row.name in wanted]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run what was asked for, write the file; 1 for a missed target."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.run", description=__doc__)
    parser.add_argument("--only", default="", help="names, separated by commas")
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    parser.add_argument("--module", default="", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    django.setup()
    wanted = chosen_names(options.only)
    if options.module:
        run_module(options.module, wanted, options.out)
        return 0
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for module in modules():
            if not wanted.intersection(module.NAMES):
                continue
            short = module.__name__.rpartition(".")[2]
            part = Path(folder) / f"{short}.json"
            command = [sys.executable, "-m", "tests.benchmarks.run", "--module", short]
            done = subprocess.run(
                [*command, "--only", ",".join(sorted(wanted)), "--out", str(part)], check=False
            )
            if done.returncode:
                return done.returncode
            rows += json.loads(part.read_text())
    options.out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    for row in rows:
        ratio = f"  {row['ratio']} x {row['against']}" if row["against"] else ""
        if "met" in row:
            ratio += f"  (target {row['target']}: {'met' if row['met'] else 'MISSED'})"
        print(f"{row['name']:28} {row['value']:>12} {row['unit']}{ratio}")
    print(f"written to {options.out}")
    return int(any(row.get("met") is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
