"""Official documents as PDF: speed against bare WeasyPrint, length, two workers, memory.

Every row states its target. Bare WeasyPrint writes the same final HTML as the same kind of file
(PDF/A, tagged), without anything of the engine's.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from portal.core.documents import layout, renderer
from portal.core.documents.content import DocumentContent, tidied
from portal.core.documents.typesetting import document_html, render, settle
from tests.benchmarks.bench_notice import sample_notice
from tests.benchmarks.measuring import Result, in_turns
from tests.benchmarks.uncut import config

ROUNDS = 12
SLOW_ROUNDS = 3
ROWS = 300
# Each process renders so many notices, or counts so long, in one measurement.
DOCUMENTS = 12
TURNS = 3
MEMORY_AFTER, MEMORY_OVER = 50, 500

BARE = "bare WeasyPrint, same HTML, fonts and kind of PDF"


def bare_options() -> dict[str, object]:
    """Options of the engine's files that anybody may ask WeasyPrint for."""
    return {**renderer.PDF_OPTIONS, "output_intent": None}


def bare(html: str) -> bytes:
    """What WeasyPrint takes by itself."""
    import weasyprint  # noqa: PLC0415 (the document fonts have to be in force before)

    pdf: bytes = weasyprint.HTML(string=html).write_pdf(**bare_options())
    return pdf


def two_passes(content: DocumentContent) -> bytes:
    """A document whose plan was wrong by a page, so that it is set again."""
    tidy = tidied(content)
    plan = layout.lay_out(tidy)
    html, document, passes = settle(tidy, replace(plan, pages=plan.pages + 1))
    if passes != 2:
        raise RuntimeError(f"The notice took {passes} passes.")
    return renderer.write(document, html)


def notice_warm() -> list[Result]:
    """One process that has rendered before."""
    content = sample_notice()
    html = document_html(content)
    if render(content).passes != 1:
        raise RuntimeError("The sample notice does not come out as planned.")
    taken = in_turns(
        {
            "one": lambda: render(content),
            "two": lambda: two_passes(content),
            "bare": lambda: bare(html),
        },
        rounds=ROUNDS,
    )
    one, two = taken["one"], taken["two"]
    return [
        Result("notice_warm", one, "s", BARE, one / taken["bare"], 1.15),
        Result("notice_warm_two_passes", two, "s", BARE, two / taken["bare"], 1.7),
    ]


def notice_300_towns() -> list[Result]:
    """Seconds of a page with an attachment of 300 rows, against a page of the short notice."""
    short, long = sample_notice(), sample_notice(ROWS)
    pages = {"short": render(short).pages, "long": render(long).pages}
    taken = in_turns(
        {"short": lambda: render(short), "long": lambda: render(long)}, rounds=6, warm_up=1
    )
    per_page = {name: taken[name] / pages[name] for name in pages}
    against = f"seconds of a page of the notice of {pages['short']} pages"
    ratio = per_page["long"] / per_page["short"]
    return [Result("notice_300_towns", per_page["long"], "s/page", against, ratio, 1.6)]


DEFAULT = """
import sys, django
django.setup()
from time import perf_counter
from pathlib import Path
html = Path(sys.argv[1]).read_text(encoding="utf-8")
import weasyprint, weasyprint.pdf.fonts
# As on a machine without libharfbuzz-subset.
weasyprint.pdf.fonts.harfbuzz_subset = None
weasyprint.HTML(string="<p>a</p>").write_pdf()
for _ in range(int(sys.argv[2])):
    started = perf_counter()
    weasyprint.HTML(string=html).write_pdf()
    print(perf_counter() - started)
"""


def notice_against_default() -> list[Result]:
    """A warm process of WeasyPrint as it comes: uncut fonts, cut by fontTools; no PDF/A."""
    content = sample_notice()
    fonts_config = config()
    render(content)
    engine: list[float] = []
    default: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notice.html"
        file.write_text(document_html(content), encoding="utf-8")
        for _ in range(SLOW_ROUNDS):
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", DEFAULT, str(file), "1"],
                cwd=Path(__file__).resolve().parents[2],
                env={**os.environ, "FONTCONFIG_FILE": str(fonts_config)},
                check=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            default += [float(line) for line in done.stdout.split()]
            for _ in range(3):
                started = perf_counter()
                render(content)
                engine.append(perf_counter() - started)
    one = statistics.median(engine)
    ratio = one / statistics.median(default)
    against = "WeasyPrint as it comes: uncut fonts, fontTools cuts them"
    return [Result("notice_against_default", one, "s", against, ratio, 1 / 14)]


def _render_some(number: int) -> float:
    content = sample_notice()
    started = perf_counter()
    for _ in range(DOCUMENTS):
        render(content)
    return perf_counter() - started


def _count(number: int) -> float:
    started = perf_counter()
    total = 0
    for value in range(25_000_000):
        total ^= value
    return perf_counter() - started


def notice_two_workers() -> list[Result]:
    """What a second process adds, against what it adds to a loop that only counts."""
    context = multiprocessing.get_context("spawn")
    gains: dict[str, list[float]] = {"notice": [], "loop": []}
    throughput: list[float] = []
    works: dict[str, Callable[[int], float]] = {"notice": _render_some, "loop": _count}
    with context.Pool(1, _start) as one, context.Pool(2, _start) as two:
        for pool, count in ((one, 1), (two, 2)):
            pool.map(_render_some, range(count), chunksize=1)
        for _ in range(TURNS):
            for name, work in works.items():
                started = perf_counter()
                one.map(work, range(2), chunksize=1)
                alone = perf_counter() - started
                started = perf_counter()
                two.map(work, range(2), chunksize=1)
                together = perf_counter() - started
                gains[name].append(alone / together)
                if name == "notice":
                    throughput.append(2 * DOCUMENTS / together)
    notice, loop = (statistics.median(gains[name]) for name in ("notice", "loop"))
    against = f"x {loop:.2f} of a bare loop on as many processes"
    rate = statistics.median(throughput)
    return [Result("notice_two_workers", rate, "notices/s", against, notice / loop, 0.85, True)]


def _start() -> None:
    """In a new process: what a worker has done before its first job."""
    import django  # noqa: PLC0415

    django.setup()


MEMORY = """
import sys, django
django.setup()
from tests.benchmarks import bench_typesetting
bench_typesetting.render_many()
"""


def render_many() -> None:
    """Render different notices one after the other and tell the peak of this process."""
    import resource  # noqa: PLC0415

    peaks: dict[int, int] = {}
    for number in range(1, MEMORY_OVER + 1):
        # Between 1 and 60 rows, every document with names of its own.
        render(sample_notice(1 + number * 37 % 60, number))
        if number in (MEMORY_AFTER, MEMORY_OVER):
            peaks[number] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps([peaks[MEMORY_AFTER], peaks[MEMORY_OVER]]))


def worker_memory_500() -> list[Result]:
    """The peak of a worker's process over 500 different notices, never replaced by a new one."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY],
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    early, late = json.loads(done.stdout)
    against = f"its peak of {early / 1024:.0f} MB after {MEMORY_AFTER} documents"
    return [Result("worker_memory_500", late / 1024, "MB", against, late / early, 1.3)]


MEASURES: dict[tuple[str, ...], Callable[[], list[Result]]] = {
    ("notice_warm", "notice_warm_two_passes"): notice_warm,
    ("notice_300_towns",): notice_300_towns,
    ("notice_against_default",): notice_against_default,
    ("notice_two_workers",): notice_two_workers,
    ("worker_memory_500",): worker_memory_500,
}
NAMES = tuple(name for names in MEASURES for name in names)


def run(names: frozenset[str]) -> list[Result]:
    """Those asked for, one after the other."""
    found: list[Result] = []
    for own, measure in MEASURES.items():
        if names.intersection(own):
            gc.collect()
            found += measure()
    return found
