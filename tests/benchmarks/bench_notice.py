"""The notice engine against bare WeasyPrint writing the same final HTML with the same fonts, in a
fresh process: (seconds of the engine, seconds of bare WeasyPrint), medians of runs in turns."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import (
    Attachment,
    DocumentContent,
    Paragraph,
    document_html,
)

COLD_RUNS = 5
ROWS = 22

# Timed inside the fresh process, after the site itself has started: from the first import of the
# layout library to the finished file.
COLD_ENGINE = """
import sys, django
django.setup()
from time import perf_counter
from tests.benchmarks import bench_notice
from portal.core.documents.typesetting import render_pdf
content = bench_notice.sample_notice()
started = perf_counter()
render_pdf(content)
sys.stdout.write(str(perf_counter() - started))
"""
COLD_BARE = """
import sys, django
django.setup()
from time import perf_counter
from pathlib import Path
from portal.core.documents import fonts, renderer
html = Path(sys.argv[1]).read_text(encoding="utf-8")
fonts.activate()
options = renderer.PDF_OPTIONS | {"output_intent": None}
started = perf_counter()
import weasyprint
weasyprint.HTML(string=html).write_pdf(**options)
sys.stdout.write(str(perf_counter() - started))
"""


# Characters that differ from one notice to the next, as the names of towns do.
COMMON = "".join(chr(0x4E00 + step * 5) for step in range(4000))


def sample_notice(count: int = ROWS, variant: int = 0) -> DocumentContent:
    """Four pages: two of text, a table of towns, the imprint. A variant has names of its own."""
    organ = "晋城市专业镇高质量发展工作领导小组办公室"
    text = (
        "各县（市、区）要切实履行主体责任，建立健全工作机制，明确牵头部门和专职人员，制定年度培育计划，"
        "细化任务清单、责任清单，确保各项工作落到实处。主导产业年产值达到20亿元以上的专业镇，"
        "要力争三年内突破50亿元，增速保持在12.5%以上。"
    )
    rows = tuple(
        (str(number), f"第{number}号太行山{_name(variant, number)}专业镇", "陵川县", "先进制造业")
        for number in range(1, count + 1)
    )
    return DocumentContent(
        layout=Layout.NOTICE,
        organs=(organ,),
        number="晋专镇办〔2026〕1号",
        title="关于公布2026年度晋城市市级专业镇名单的通知",
        addressees="各县（市、区）专业镇工作领导小组办公室，领导小组各成员单位",
        paragraphs=(
            Paragraph("body", text),
            Paragraph("heading1", "一、加强组织领导"),
            Paragraph("body", text),
            Paragraph("heading2", "（一）完善培育机制"),
            Paragraph("body", text),
        ),
        attachments=(
            Attachment(
                "2026年度晋城市市级专业镇名单",
                ("序号", "专业镇名称", "所在县（市、区）", "主导产业"),
                (8, 40, 24, 40),
                rows,
            ),
        ),
        signatories=(organ,),
        signed_on=date(2026, 11, 21),
        note="此件公开发布",
        copy_to="省专业镇工作领导小组办公室",
    )


def _name(variant: int, number: int) -> str:
    if not variant:
        return "连翘茶中药材"
    start = variant * 61 + number * 7
    return "".join(COMMON[(start + step * 97) % len(COMMON)] for step in range(6))


def notice_cold() -> tuple[float, float]:
    """A fresh process for every rendering."""
    html = document_html(sample_notice())
    engine: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notice.html"
        file.write_text(html, encoding="utf-8")
        for _ in range(COLD_RUNS):
            engine.append(_seconds(COLD_ENGINE))
            bare.append(_seconds(COLD_BARE, str(file)))
    return statistics.median(engine), statistics.median(bare)


def _seconds(code: str, *arguments: str) -> float:
    """Run the code in a fresh interpreter, in the folder of the project; it prints its seconds."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(done.stdout)
