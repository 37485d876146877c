"""Signed and scanned forms of an issued document: what is taken, kept, refused, who gets it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.http import Http404
from PIL import Image

from portal.core.actions.documents import add_rendition, store_rendition
from portal.core.actions.uploads import append_chunk, begin_upload, finish_upload
from portal.core.actor import PUBLIC
from portal.core.documents.codes import codes_typed, grouped
from portal.core.errors import Refused
from portal.core.models import LedgerEntry, Rendition
from portal.core.owners import reachable
from portal.core.rendition_queries import label_of, renditions_of
from portal.core.web import office_url
from tests.core.documents_process.papers import appended, issued, joined, resaved, upload
from tests.core.hostile import attached, launching_link
from tests.factories import World, client_of, make_world
from tests.papers import docx, pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def refused(call: Callable[[], object]) -> str:
    """What the form says beside the file."""
    with pytest.raises(ValidationError) as caught:
        call()
    return "".join(caught.value.messages)


def test_signed_and_scanned_forms_are_kept_as_versions_and_never_change(world: World) -> None:
    document = issued(world, openness="open")
    clerk, signer = world.actor("puxian.clerk"), world.actor("puxian.signer")
    unsigned = store_rendition(document.pk)
    with unsigned.file.file.open("rb") as file:
        ours = file.read()

    def add(content: bytes, kind: str = "signed", name: str = "签章.pdf") -> Rendition:
        return add_rendition(
            actor=clerk,
            document_id=document.pk,
            kind=kind,
            upload=upload(content, name),
            note="加盖电子印章",
        )

    signed = add(appended(ours))
    assert (signed.kind, signed.version, signed.pages) == ("signed", 1, unsigned.pages)
    assert signed.added_name == clerk.name
    entry = LedgerEntry.objects.get(verb="add_rendition")
    assert signed.file.sha256 in entry.payload
    assert "加盖电子印章" in entry.payload
    scan = add(pictures(unsigned.pages or 0), "scanned", "扫描.tif")
    assert scan.pages == unsigned.pages
    second = add(pdf("second", pages=3), "scanned", "扫描.pdf")
    assert (second.version, second.pages, label_of(second)) == (2, 3, "扫描版（第2份）")
    assert renditions_of(document) == [signed, unsigned, second, scan]

    # The same bytes once, whatever they are called; what is no official paper stays out.
    assert "已经保存为本公文的签章版" in refused(lambda: add(appended(ours), "scanned"))
    assert "已经保存为本公文的未盖章版" in refused(lambda: add(ours))
    assert "须是 PDF" in refused(lambda: add(picture(), "signed", "签章.png"))
    assert "PDF 或者 JPG" in refused(lambda: add(docx(), "scanned", "扫描.docx"))
    assert "启动其他程序" in refused(lambda: add(launching_link()))
    assert "程序" in refused(lambda: add(attached(b"setup.exe")))
    script = pdf(catalog=b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>")
    assert "含有脚本" in refused(lambda: add(script))
    assert "请选择签章版" in refused(lambda: add(pdf("x"), "unsigned"))
    assert document.renditions.count() == 4
    for change in (
        lambda: Rendition.objects.filter(pk=signed.pk).update(note="改"),
        lambda: Rendition.objects.filter(pk=signed.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="版式件不可更改"), transaction.atomic():
            change()

    # A file of another document is not taken for this one's.
    other = issued(world, title="关于报送年度数据的通知")
    theirs = store_rendition(other.pk)
    with theirs.file.file.open("rb") as file:
        same = file.read()
    wrong = appended(same)
    assert f"核验码属于《{other.title}》{other.number}" in refused(lambda: add(wrong))
    assert other.number in refused(
        lambda: add_rendition(
            actor=signer,
            document_id=document.pk,
            kind="signed",
            upload=upload(same),
        )
    )

    # Whoever reads the document reaches each of its files; nobody else does.
    for row in document.renditions.all():
        for reader in (clerk, world.actor("sx.clerk"), PUBLIC):
            assert reachable(reader, row.file_id).file == row.file
        with pytest.raises(Http404):
            reachable(world.actor("xixian.clerk"), theirs.file_id)


def pictures(pages: int) -> bytes:
    """A scan of so many pages, as a TIFF."""
    buffer = io.BytesIO()
    first, *more = [Image.new("RGB", (40, 30), (120, 90, shade)) for shade in range(pages)]
    first.save(buffer, "TIFF", save_all=True, append_images=more)
    return buffer.getvalue()


def without_page(content: bytes, place: int) -> bytes:
    """Written anew with a page taken out."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as file:
        del file.pages[place]
        file.save(out)
    return out.getvalue()


def with_page_of(content: bytes, place: int, other: bytes) -> bytes:
    """Written anew with a page of another file in the place of one of its own."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as file, pikepdf.open(io.BytesIO(other)) as more:
        file.pages[place] = more.pages[0]
        file.save(out)
    return out.getvalue()


def test_a_signed_form_says_what_the_unsigned_one_says(world: World) -> None:
    document = issued(world, openness="open")
    clerk = world.actor("puxian.clerk")

    def add(content: bytes, kind: str = "signed") -> Rendition:
        return add_rendition(
            actor=clerk, document_id=document.pk, kind=kind, upload=upload(content)
        )

    assert "还在生成" in refused(lambda: add(pdf("early")))
    unsigned = store_rendition(document.pk)
    with unsigned.file.file.open("rb") as file:
        ours = file.read()
    pages = unsigned.pages or 0
    assert pages > 1
    # A page taken out or put in, other words, words put over ours by an appended update, pictures.
    for altered, said in (
        (without_page(ours, 1), f"文件有 {pages - 1} 页，未盖章版有 {pages} 页"),
        (joined(ours, pdf("more")), f"文件有 {pages + 1} 页，未盖章版有 {pages} 页"),
        (with_page_of(ours, 1, pdf("other")), "第 2 页的文字与未盖章版不同"),
        (appended(ours, b"BT 100 700 Td ET"), "第 1 页的文字与未盖章版不同"),
        (pdf("", pages=pages), "只有图像、没有文字"),
    ):
        text = refused(lambda altered=altered: add(altered))  # type: ignore[misc]
        assert said in text
        assert "请选择“扫描版”登记" in text
    assert document.renditions.count() == 1
    # Written anew by the program that put the seal on it: the same pages, the same words.
    assert add(resaved(ours)).kind == "signed"
    # A scan is whole, and comes behind what could be compared.
    short = refused(lambda: add(pdf("scan", pages=pages - 1), "scanned"))
    assert f"扫描版只有 {pages - 1} 页，未盖章版有 {pages} 页" in short
    scan = add(without_page(joined(ours, ours), 1), "scanned")
    assert renditions_of(document)[-1] == scan


def test_only_issued_documents_of_the_own_office_take_one(world: World) -> None:
    document = issued(world)
    for who in ("puxian.checker", "linfen.clerk", "sx.clerk"):
        with pytest.raises(Refused):
            add_rendition(
                actor=world.actor(who), document_id=document.pk, kind="signed", upload=upload(pdf())
            )
    assert not document.renditions.exists()


def test_the_page_takes_a_file_or_one_sent_before_and_gives_it_back(world: World) -> None:
    document = issued(world)
    clerk = world.actor("puxian.clerk")
    unsigned = store_rendition(document.pk)
    with unsigned.file.file.open("rb") as file:
        content = appended(file.read())
    client = client_of(clerk)
    address = office_url(clerk, "document-rendition-add", document.pk)
    text = client.get(address).content.decode()
    assert document.title in text
    assert "登记后不能更改或者删除" in text
    answer = client.post(address, {"kind": "signed"})
    assert answer.status_code == 422
    assert "请选择文件" in answer.content.decode()
    sent = client.post(
        address, {"kind": "scanned", "file": upload(pdf("scan", pages=2)), "note": "存档"}
    )
    assert sent.status_code == 302
    piece = begin_upload(actor=clerk, name="签章.pdf", size=len(content))
    piece = append_chunk(actor=clerk, upload=piece, offset=0, content=content)
    piece = finish_upload(actor=clerk, upload=piece)
    both = client.post(address, {"kind": "signed", "uploads": piece.pk, "file": upload(pdf())})
    assert "一次登记一份" in both.content.decode()
    assert client.post(address, {"kind": "signed", "uploads": piece.pk}).status_code == 302
    signed, _, scan = renditions_of(document)
    assert (signed.pages, scan.note) == (unsigned.pages, "存档")
    # One digest and one code, each by one name.
    panel = client.get(office_url(clerk, "document", document.pk)).content.decode()
    panel = panel[panel.index('id="renditions"') :]
    panel = panel[: panel.index("</section>")]
    assert panel.count(f"<code>{signed.file.sha256}</code>") == 1
    assert panel.count("校验值（SHA-256）") == 3
    assert "校验码" not in panel
    assert panel.count("核验码") == 1
    shown = re.findall(r'href="([^"]*)" aria-label="(预览|下载) 签章版"', panel)
    assert [word for _, word in shown] == ["预览", "下载"]
    assert client.get(unescape(shown[0][0])).status_code == 200
    got = client.get(office_url(clerk, "document-rendition", document.pk, signed.pk))
    assert b"".join(got.streaming_content) == content  # type: ignore[attr-defined]
    other = issue_other(world)
    missing = client.get(office_url(clerk, "document-rendition", other, signed.pk))
    assert missing.status_code == 404


def issue_other(world: World) -> int:
    """Another document, without files."""
    return issued(world, title="关于另一事项的通知").pk


def test_codes_are_found_in_what_people_type_and_paste() -> None:
    code = "7K3M9Q2TX4DB"
    for typed in (
        code,
        grouped(code).lower(),
        "7k3m 9q2t x4db",
        "核验码：7K3M-9Q2T-X4DB",
        "７Ｋ３Ｍ－９Ｑ２Ｔ－Ｘ４ＤＢ",
        f"https://zyz.example.cn/verify/{code}/",
        "7K3M–9Q2T–X4DB",
    ):
        assert codes_typed(typed) == [code], typed
    assert codes_typed("OIL0-1234-5678") == ["011012345678"]
    assert codes_typed("7K3M-9Q2T-X4DB 和 7K3M-9Q2T-X4DC") == [code, "7K3M9Q2TX4DC"]
    for typed in ("", "7K3M", "晋专镇发〔2026〕1号", "7K3M-9Q2T-X4D!", "蒲专镇办发〔2026〕12号"):
        assert codes_typed(typed) == [], typed
