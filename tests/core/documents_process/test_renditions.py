"""Signed and scanned forms of an issued document: what is taken, kept, refused, who gets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.http import Http404

from portal.core.actions.documents import add_rendition, store_rendition
from portal.core.actions.uploads import append_chunk, begin_upload, finish_upload
from portal.core.actor import PUBLIC
from portal.core.documents.codes import codes_typed, grouped
from portal.core.errors import Refused
from portal.core.models import LedgerEntry, Rendition
from portal.core.owners import reachable
from portal.core.rendition_queries import label_of, renditions_of
from portal.core.web import office_url
from tests.core.documents_process.papers import appended, issued, upload
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
    scan = add(picture("TIFF"), "scanned", "扫描.tif")
    assert scan.pages == 1
    second = add(pdf("second", pages=3), "scanned", "扫描.pdf")
    assert (second.version, second.pages, label_of(second)) == (2, 3, "扫描版（第2份）")
    assert renditions_of(document) == [signed, second, scan, unsigned]

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
    store_rendition(document.pk)
    client = client_of(clerk)
    address = office_url(clerk, "document-rendition-add", document.pk)
    text = client.get(address).content.decode()
    assert document.title in text
    assert "登记后不能更改或者删除" in text
    answer = client.post(address, {"kind": "signed"})
    assert answer.status_code == 422
    assert "请选择文件" in answer.content.decode()
    sent = client.post(address, {"kind": "scanned", "file": upload(pdf("scan")), "note": "存档"})
    assert sent.status_code == 302
    content = pdf("in pieces", pages=2)
    piece = begin_upload(actor=clerk, name="签章.pdf", size=len(content))
    piece = append_chunk(actor=clerk, upload=piece, offset=0, content=content)
    piece = finish_upload(actor=clerk, upload=piece)
    both = client.post(address, {"kind": "signed", "uploads": piece.pk, "file": upload(pdf())})
    assert "一次登记一份" in both.content.decode()
    assert client.post(address, {"kind": "signed", "uploads": piece.pk}).status_code == 302
    signed, scan, _ = renditions_of(document)
    assert (signed.pages, scan.note) == (2, "存档")
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
