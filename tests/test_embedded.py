"""The whole main job on the embedded default: SQLite, a file-system broker, a real worker."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from tests.services import ROOT, font_folder
from towns.exports import ROSTER_COLUMNS


def run_demo(data: Path, out: Path) -> dict[str, Any]:
    """Run the demonstration as a machine without servers does; its summary."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environment |= {
        "PORTAL_DEMO": "1",
        "PORTAL_DATA_DIR": str(data),
        "PORTAL_FONT_DIR": str(font_folder()),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--no-serve", "--out", str(out)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    assert summary["document_number"] in done.stdout
    return summary


def check_files(out: Path, summary: dict[str, Any]) -> set[str]:
    """The files are those of the summary and open cleanly; the towns of the roster."""
    notice, roster = (out / "notice.pdf").read_bytes(), (out / "roster.xlsx").read_bytes()
    assert summary["sha256"] == {
        "notice.pdf": hashlib.sha256(notice).hexdigest(),
        "roster.xlsx": hashlib.sha256(roster).hexdigest(),
    }
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(notice)).pages)
    assert summary["document_number"] in text
    for words in ("山西省专业镇发展领导小组办公室", "通知", "附件", "样稿"):
        assert (words in text) is (words != "样稿"), words
    sheet = openpyxl.load_workbook(io.BytesIO(roster)).active
    assert sheet is not None
    assert sheet.freeze_panes is not None
    rows = [tuple(cell for cell in row) for row in sheet.iter_rows(values_only=True)]
    header = next(n for n, row in enumerate(rows) if row[0] == ROSTER_COLUMNS[0].label)
    assert [str(cell) for cell in rows[header]] == [column.label for column in ROSTER_COLUMNS]
    assert any("省级" in str(cell) for row in rows[:header] for cell in row), "filter not printed"
    body = [
        dict(zip((c.key for c in ROSTER_COLUMNS), row, strict=True)) for row in rows[header + 1 :]
    ]
    issued = [row for row in body if row["number"] == summary["document_number"]]
    assert len(issued) == 1
    assert str(issued[0]["town"]) in text
    assert {row["level"] for row in body} == {"省级"}
    assert all(isinstance(row["county_code"], str) for row in body)
    towns = {str(row["town"]) for row in body}
    assert len(towns) == len(body)
    return towns


@pytest.mark.slow
def test_the_main_job_runs_on_the_embedded_default(tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = run_demo(data, tmp_path / "first")
    roster = check_files(tmp_path / "first", first)
    assert first["cases"] > 10
    assert first["towns"] > 10
    assert all(seconds >= 0 for seconds in first["seconds"].values())
    assert len(first["seconds"]) >= 4

    second = run_demo(data, tmp_path / "second")
    longer = check_files(tmp_path / "second", second)
    assert second["cases"] == first["cases"] + 1
    assert second["document_number"] != first["document_number"]
    assert roster < longer
    assert len(longer) == len(roster) + 1

    with sqlite3.connect(data / "portal.sqlite3") as database:
        unfinished = database.execute("SELECT COUNT(*) FROM core_job WHERE state <> 'done'")
        assert unfinished.fetchone() == (0,)
        numbers = database.execute(
            "SELECT number FROM core_officialdocument WHERE state = 'issued'"
        ).fetchall()
        renditions = database.execute(
            "SELECT COUNT(DISTINCT document_id), COUNT(*) FROM core_rendition"
        ).fetchone()
    assert len(set(numbers)) == len(numbers)
    assert renditions == (len(numbers), len(numbers))
