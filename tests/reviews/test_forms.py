"""申报书: the blank form has every label of the pages, a draft every stored text and 草稿."""

from __future__ import annotations

import io
import os
import re
from datetime import date
from pathlib import Path

import pikepdf
from pypdf import PdfReader

from criteria.queries import spec_of
from portal.core import jobs
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.documents.punctuation import tidy
from portal.core.models import Job
from portal.core.web import office_url
from reviews.papers import PAPERS
from reviews.tasks import request_paper
from tests.factories import client_of, make_world
from tests.scenario import file, fresh
from towns.actions import save_answer, save_overview, start_application
from towns.constants import SERVICE_FUNCTIONS
from towns.correcting import declared_fields
from towns.models import Enterprise, EvidenceSlot, Honour, Membership

LONG_NAME = "山西省临汾市蒲县克城镇优质肉牛标准化规模养殖与精深加工全产业链开发专业合作社"


def pdf_of(actor: Actor, kind: str, pk: int) -> bytes:
    """The PDF that a job makes of a paper."""
    row = PAPERS[kind].find(actor, pk)
    assert row is not None, f"{actor} sees no {kind} {pk}"
    job = request_paper(actor, PAPERS[kind], row, pk)
    jobs.run(job.pk)
    job = Job.objects.get(pk=job.pk)
    assert job.state == JobState.DONE, job.reason
    assert job.file is not None
    with job.file.file.open("rb") as stored:
        content = stored.read()
    if folder := os.environ.get("LOOK_AT"):
        Path(folder, f"{kind}-{pk}.pdf").write_bytes(content)
    return content


def text_of(content: bytes) -> str:
    """Its text without white space and numbers of pages."""
    reader = PdfReader(io.BytesIO(content))
    told = "".join("".join(page.extract_text().split()) for page in reader.pages)
    return re.sub("—[0-9]+—", "", told)


def plain(text: str) -> str:
    """A text as a paper prints it, without white space."""
    return "".join("".join(tidy(line) for line in text.splitlines()).split())


def bookmarks(content: bytes) -> list[str]:
    """The titles of the outline, whatever their depth."""
    with pikepdf.open(io.BytesIO(content)) as book, book.open_outline() as outline:
        rows, found = list(outline.root), []
        while rows:
            item = rows.pop(0)
            found.append(str(item.title))
            rows = [*item.children, *rows]
        return found


def test_blank_and_filled_forms(db: None) -> None:
    world = make_world()
    filer, clerk = world.actor("puxian.filer"), world.actor("puxian.clerk")
    call, town = world.rounds["county"], world.towns["puxian"]
    spec = spec_of(call.criteria_set)
    first = spec.criteria[0].key
    EvidenceSlot.objects.create(
        round=call, criterion=first, key="s1", title="营业收入审计报告", asked="会计师事务所盖章",
        period="近三年", pages_max=20, required=True,
    )  # fmt: skip

    # Before anything is started, for filers and offices.
    blank = pdf_of(filer, "blank-form", call.pk)
    told = text_of(blank)
    application = start_application(actor=filer, town=town, call=call)
    for field in declared_fields(application):
        for word in re.split("：|佐证材料|^[0-9]{4}年", field.label):
            assert plain(word) in told, field
    for year in range(call.figures_year, call.figures_year - 3, -1):
        assert f"{year}年" in told
    for _, name in SERVICE_FUNCTIONS:
        assert name in told
    for criterion in spec.criteria:
        assert plain(criterion.text) in told
    assert "□有□在建□无" in told
    assert plain("营业收入审计报告（会计师事务所盖章；近三年；不超过 20 页；必须提供）") in told
    assert "公章" in told
    assert "草稿" not in told
    assert "龙头、骨干、配套" in told
    offered = PAPERS["blank-form"].content(clerk, call).title
    assert offered == "2026年度县级专业镇申报书（空表）".replace("2026", str(call.year))

    # What was submitted: its number and digest, no mark; an office has it too.
    case = file(world, "province")
    submitted = fresh(case).application
    told = text_of(pdf_of(world.actor("puxian.submitter"), "application", submitted.pk))
    assert "草稿" not in told
    assert submitted.number in told
    assert submitted.snapshot_sha256 in told
    assert "历史沿革证明" in told
    assert PAPERS["application"].find(world.actor("xixian.clerk"), submitted.pk) is None

    # The draft: long texts, three hundred enterprises, long names.
    paragraph = "产业基础扎实,链条完整;2025年产值达到28.6亿元。" * 12
    narrative = "\n\n".join(f"第{n}段{paragraph}" for n in range(1, 7))
    save_overview(actor=filer, application=application, contact="张三",
                  contact_phone="0357-1234567", summary=narrative)  # fmt: skip
    for criterion in spec.criteria:
        save_answer(actor=filer, application=application, criterion=criterion.key,
                    text=f"{criterion.title}的情况。\n{paragraph}")  # fmt: skip
    members = Enterprise.objects.bulk_create(
        Enterprise(uscc=f"9114{n:014d}", name=f"{LONG_NAME}第{n}号", entity="cooperative")
        for n in range(288)
    )
    Membership.objects.bulk_create(
        Membership(town=town, enterprise=row, scope_code=town.scope_code, role="supporting",
                   main_products="肉牛、分割牛肉、牛肉干")
        for row in members
    )  # fmt: skip
    Honour.objects.create(town=town, kind="standard_local", level="province", part="lead",
                          title="蒲县肉牛养殖技术规程", number="DB14/T 1234-2024",
                          awarded_on=date(2024, 5, 6))  # fmt: skip
    draft = pdf_of(filer, "application", application.pk)
    told = text_of(draft)
    with pikepdf.open(io.BytesIO(draft)) as book:
        pages = len(book.pages)
    assert told.count("草稿") >= pages
    bare = told.replace("草稿", "")
    for text in (narrative, paragraph, "0357-1234567", "张三", filer.name, "蒲县肉牛养殖技术规程"):
        assert plain(text) in bare, text[:20]
    for row in members:
        assert plain(row.name) in bare
        assert row.uscc in bare
    assert pages > 20
    marks = bookmarks(draft)
    assert "四、认定条件" in marks
    assert "附表3　企业名单" in marks
    assert any(spec.criteria[0].title in mark for mark in marks)
    assert plain("尚未提供：营业收入审计报告") in bare

    assert PAPERS["application"].find(clerk, application.pk) is None
    page = client_of(filer).get(office_url(filer, "round", call.pk)).content.decode()
    assert "申报书空表" in page
