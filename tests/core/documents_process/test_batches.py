"""Batches: one item after the other, reasons kept, one zip and one merged PDF, nothing twice."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from urllib.parse import urlencode

import pikepdf
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader
from pypdf.generic import Destination

from portal.core import clock, jobs
from portal.core.actions.documents.batches import retry_batch, start_batch
from portal.core.constants import JobState
from portal.core.errors import Refused, Stale
from portal.core.models import DocumentBatch, DocumentBatchItem, LedgerEntry, StoredFile
from portal.core.web import office_url
from tests.factories import World, client_of, make_world, multiply
from tests.scenario import drive, file
from towns.models import Certification

RARE = "\U00030edd"  # a character of a later extension that none of the faces has
KEY = "f" * 32
CERTIFIED = 4


@pytest.fixture
def world(db: None) -> World:
    """A document of the county that certified four towns; two of them bear the same name."""
    world = make_world()
    drive(world, file(world, "county"))
    row = Certification.objects.get()
    towns = multiply(row.town, CERTIFIED - 1, name="'第' || n || '专业镇'")
    multiply(
        row, CERTIFIED - 1, town_id=f"{towns.start - 1} + n", application_id="NULL",
        town_name="'蒲县第' || (n / 3) || '专业镇'",
    )  # fmt: skip
    return world


def begin(world: World, kind: str = "certificate", key: str = KEY, **more: str) -> DocumentBatch:
    document = Certification.objects.earliest("pk").document
    assert document is not None
    arguments = {"what": f"document:{document.pk}", **more}
    return start_batch(actor=world.actor("puxian.clerk"), kind=kind, arguments=arguments, key=key)


def run(batch: DocumentBatch) -> DocumentBatch:
    """Its job, run."""
    batch.refresh_from_db()
    assert batch.job is not None
    jobs.run(batch.job.pk)
    batch.refresh_from_db()
    return batch


def content_of(stored: StoredFile | None) -> bytes:
    assert stored is not None
    with stored.file.open("rb") as handle:
        content: bytes = handle.read()
    return content


def test_a_batch_makes_each_once_and_goes_on_after_what_it_cannot_print(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    broken = Certification.objects.latest("pk")
    Certification.objects.filter(pk=broken.pk).update(town_name=f"蒲县{RARE}镇")
    batch = begin(world)
    assert begin(world).pk == batch.pk, "asked for twice on one form it is one batch"
    assert DocumentBatch.objects.count() == 1
    batch = run(batch)
    assert batch.job is not None
    assert (batch.job.state, batch.job.reason) == (JobState.DONE, "")
    assert batch.job.file_id == batch.bundle_id
    assert "完成 3 份，未完成 1 份" in batch.job.message
    states = list(batch.items.order_by("position").values_list("position", "state"))
    assert sorted(state for _, state in states) == ["done", "done", "done", "failed"]
    failed = batch.items.get(state="failed")
    assert failed.reason.startswith(f"蒲县{RARE}镇：")
    assert "缺字" in failed.reason
    assert failed.file is None

    done = list(batch.items.filter(state="done").order_by("position").select_related("file"))
    with zipfile.ZipFile(io.BytesIO(content_of(batch.bundle))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == [f"{row.position:03d}-{row.label}.pdf" for row in done]
        assert all(entry.flag_bits & 0x800 for entry in archive.infolist()), "UTF-8"
        assert [archive.read(name) for name in names] == [content_of(row.file) for row in done]
    merged = content_of(batch.merged)
    reader = PdfReader(io.BytesIO(merged))
    assert len(reader.pages) == sum(row.pages or 0 for row in done)
    assert [mark.title for mark in reader.outline if isinstance(mark, Destination)] == [
        row.label for row in done
    ]
    for row, page in zip(done, reader.pages, strict=False):
        assert row.label in "".join(page.extract_text().split())
    with pikepdf.open(io.BytesIO(merged)) as opened:
        assert str(opened.Root.Lang) == "zh-CN"
        meta = opened.open_metadata()
        assert meta["dc:title"] == batch.label
        assert meta["dc:creator"] == [world.offices["puxian"].name]
        with pikepdf.open(io.BytesIO(content_of(done[0].file))) as one:
            claim = one.open_metadata().get("pdfaid:part")
            assert meta.get("pdfaid:part") == claim
            assert ("/OutputIntents" in opened.Root) == ("/OutputIntents" in one.Root)
        assert not opened.check_pdf_syntax()

    # Nothing is left to do until the name is put right; then only that one is made.
    kept = {row.pk: row.file_id for row in done}
    Certification.objects.filter(pk=broken.pk).update(town_name="蒲县好镇")
    again = run(retry_batch(actor=clerk, batch_id=batch.pk))
    assert again.items.filter(state="done").count() == CERTIFIED
    assert {pk: again.items.get(pk=pk).file_id for pk in kept} == kept
    with zipfile.ZipFile(io.BytesIO(content_of(again.bundle))) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist())) == CERTIFIED
    with pytest.raises(Stale):
        retry_batch(actor=clerk, batch_id=batch.pk)
    verbs = LedgerEntry.objects.filter(chain=f"core.documentbatch:{batch.pk}")
    assert list(verbs.order_by("seq").values_list("verb", flat=True)) == [
        "start_batch",
        "retry_batch",
    ]


def test_letters_go_to_the_county_of_each_town_with_the_day_that_was_chosen(world: World) -> None:
    batch = run(begin(world, "certification_letter", on="2026-11-20"))
    assert batch.items.filter(state="done").count() == CERTIFIED
    first = batch.items.select_related("file").earliest("position")
    pages = PdfReader(io.BytesIO(content_of(first.file))).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    assert "2026年11月20日" in text
    assert "蒲县人民政府" in text
    assert first.label in text


def test_who_may_not_starts_nothing_and_sees_nothing(world: World) -> None:
    batch = begin(world)
    document = batch.arguments["what"]
    for who in ("puxian.signer", "puxian.filer", "puxian.expert"):
        with pytest.raises(Refused):
            start_batch(
                actor=world.actor(who), kind="certificate", arguments={"what": document}, key=who
            )
    other = world.actor("linfen.clerk")
    with pytest.raises(Stale):
        start_batch(actor=other, kind="certificate", arguments={"what": document}, key="x")
    with pytest.raises(DocumentBatch.DoesNotExist):
        retry_batch(actor=other, batch_id=batch.pk)
    assert not DocumentBatch.objects.visible_to(other).exists()
    client = client_of(other)
    for name, args in (("batch", [batch.pk]), ("batch-file", [batch.pk, "zip"])):
        assert client.get(office_url(other, name, *args)).status_code == 404
    for wrong in ("document:0", "year:1900", "nothing", ""):
        with pytest.raises(Stale):
            start_batch(
                actor=world.actor("puxian.clerk"),
                kind="certificate",
                arguments={"what": wrong},
                key=wrong or "empty",
            )


def test_pages_of_a_batch(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    assert clerk.post is not None
    client = client_of(clerk)
    empty = client.get(office_url(clerk, "batches")).content.decode()
    assert "还没有批量文件" in empty
    form = client.get(office_url(clerk, "batch-new")).content.decode()
    assert "年度认定的专业镇（4 个）" in form
    url = office_url(clerk, "batch-new")
    fields = {"acting_post": clerk.post.pk, "kind": "certificate", "key": KEY}
    missing = client.post(url, fields)
    assert missing.status_code == 422
    assert "请选择一项。" in missing.content.decode()
    year = clock.today().year
    for _ in range(2):
        response = client.post(url, {**fields, "what": f"year:{year}"})
        assert response.status_code == 302
    batch = DocumentBatch.objects.get()
    address = office_url(clerk, "batch", batch.pk)
    assert "排队" in client.get(address).content.decode()
    progress = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" in progress
    assert "<html" not in progress
    DocumentBatchItem.objects.filter(position=2).update(subject="999999")
    batch = run(batch)
    page = client.get(address).content.decode()
    assert "部分未完成" in page
    assert "重新制作未完成的" in page
    assert "已不在本办公室的有效认定之内" in page, "what failed is shown first"
    assert "下载（" not in page
    assert f"{CERTIFIED} 份" in page and f"{CERTIFIED} 张" not in page
    whole = client.get(f"{address}&state=all").content.decode()
    assert whole.count("下载（") == CERTIFIED - 1
    for which, start in (("zip", b"PK"), ("merged", b"%PDF")):
        answer = client.get(office_url(clerk, "batch-file", batch.pk, which))
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content).startswith(start)  # type: ignore[attr-defined]
    item = batch.items.earliest("position")
    answer = client.get(office_url(clerk, "batch-item-file", batch.pk, item.pk))
    assert b"".join(answer.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    assert client.get(office_url(clerk, "batch-file", batch.pk, "other")).status_code == 404
    again = client.post(address, {"acting_post": clerk.post.pk}, follow=True)
    assert "已重新开始制作" in again.content.decode()
    signer = world.actor("puxian.signer")
    assert "重新制作未完成的</button>" not in (
        client_of(signer).get(office_url(signer, "batch", batch.pk)).content.decode()
    )


def test_the_page_of_the_document_leads_to_a_batch_for_it(world: World) -> None:
    document = Certification.objects.earliest("pk").document
    assert document is not None
    clerk = world.actor("puxian.clerk")
    client = client_of(clerk)
    what = f"document:{document.pk}"
    new = f"{office_url(clerk, 'batch-new')}&{urlencode({'what': what})}"
    page = unescape(client.get(office_url(clerk, "document", document.pk)).content.decode())
    assert f'href="{new}"' in page and "批量制作文件" in page
    form = client.get(new).content.decode()
    assert re.search(rf'<option value="{what}" selected', form)
    tabs = re.findall(r'href="([^"]*kind=certification_letter[^"]*)"', unescape(form))
    assert re.search(rf'<option value="{what}" selected', client.get(tabs[0]).content.decode())
    # Whoever makes no batches, and offices that only received it, have no such way.
    for name in ("puxian.signer", "linfen.clerk"):
        actor = world.actor(name)
        address = office_url(actor, "document", document.pk)
        assert "批量制作文件" not in client_of(actor).get(address).content.decode()


def test_a_thousand_items_are_paged_in_a_constant_number_of_queries(world: World) -> None:
    batch = begin(world)
    item = batch.items.latest("position")
    client, clerk = client_of(world.actor("puxian.clerk")), world.actor("puxian.clerk")
    address = office_url(clerk, "batch", batch.pk)
    taken = []
    for more in (1000, 0):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address).content.decode()
        taken.append(len(captured))
        multiply(item, more, position=f"{item.position} + n", subject="'s' || n")
    assert taken[0] == taken[1] <= 12
    assert "下一页" in page
    assert page.count("<tr>") <= 60
    last = client.get(f"{address}&at=last").content.decode()
    assert "上一页" in last
    assert ">1004<" in last
