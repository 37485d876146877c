"""Verification by everybody: code, number, standing, and the file itself against what is kept."""

from __future__ import annotations

import hashlib
from typing import Any
from unicodedata import normalize

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from portal.core import clock, document_verification
from portal.core.actions.documents import add_rendition, draft_on, store_rendition, void_number
from portal.core.documents.codes import grouped
from portal.core.documents.stored import content_of
from portal.core.documents.typesetting import render
from portal.core.models import OfficialDocument, StoredFile
from tests.core.documents_process.papers import (
    BODY,
    appended,
    issue,
    issued,
    joined,
    resaved,
    upload,
)
from tests.core.hostile import HOSTILE
from tests.factories import World, make_world
from tests.papers import pdf, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def asked(typed: str, status: int = 200) -> str:
    """The page after somebody typed something."""
    answer = Client().get(reverse("verify"), {"q": typed}, follow=True)
    assert answer.status_code == status, typed
    return answer.content.decode()


def compared(content: bytes, name: str = "通知.pdf", status: int = 200) -> str:
    """The page after somebody handed a file in."""
    answer = Client().post(reverse("verify-compare"), {"file": upload(content, name)})
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def stored_bytes(document: OfficialDocument) -> bytes:
    """The PDF that the portal made."""
    with store_rendition(document.pk).file.file.open("rb") as file:
        return file.read()


def test_code_and_number_lead_to_the_document(world: World) -> None:
    document = issued(world)
    assert document.code is not None
    waiting = asked(document.code)
    assert "文件生成中" in waiting
    rendition = store_rendition(document.pk)
    by_code = asked(document.code)
    for words in (
        document.title,
        document.number,
        document.organ,
        rendition.file.sha256,
        "有效",
        "未盖章版",
        f"{rendition.pages} 页",
        grouped(document.code),
    ):
        assert words in by_code, words
    for typed in (
        grouped(document.code).lower(),
        f" {grouped(document.code).replace('-', ' ')} ",
        document.code.replace("0", "o").replace("1", "l"),
        f"http://portal.example.cn/verify/{document.code}/",
    ):
        assert document.title in asked(typed), typed
    assert Client().get(reverse("verify-document", args=[document.code.lower()])).status_code == 200

    # A number can be guessed: of a closed document it says organ, date and standing alone.
    for typed in (document.number, document.number.replace("〔", "[").replace("〕", "]")[:-1]):
        by_number = asked(typed)
        for words in (document.number, document.organ, "有效", "没有主动公开"):
            assert words in by_number, words
        for words in (
            rendition.file.sha256,
            f"{rendition.pages} 页",
            "未盖章版",
            " KB",
            "保存的版式",
        ):
            assert words not in by_number, words
        assert document.title not in by_number
        assert document.code not in by_number
        assert grouped(document.code) not in by_number
    # What is not open cannot be downloaded here.
    for page in (by_code, by_number):
        assert "/public/documents/" not in page
    assert "没有查到这个核验码" in asked("7K3M-9Q2T-X4DB", 404)
    assert "没有查到这个发文字号" in asked("蒲专镇办发〔2001〕99号", 404)
    assert "不是核验码，也不是发文字号" in asked("你好", 404)
    assert "请输入核验码" in asked("", 422)
    assert "请一次核验一个" in asked("7K3M-9Q2T-X4DB 7K3M-9Q2T-X4DC", 422)
    void = void_number(actor=world.actor("puxian.clerk"), word=document.word, reason="纸质占用")
    assert "已经作废" in asked(void.text, 404)
    draft = OfficialDocument.objects.create(
        office=document.office, kind="notice", title="拟稿", body="正文", created_at=clock.now(),
        code="ZZZZZZZZZZZZ",
    )  # fmt: skip
    assert draft.title not in asked("ZZZZ-ZZZZ-ZZZZ", 404)


def test_a_revoked_document_says_so_and_names_what_revoked_it(world: World) -> None:
    document = issued(world, openness="open")
    ours = stored_bytes(document)
    clerk = world.actor("puxian.clerk")
    later = draft_on(
        actor=clerk, target_id=document.pk, relation="revokes", reason="所依据的名单有误"
    )
    assert document.code is not None
    assert "有效" in asked(document.code)
    later = issue(world, later)
    assert later.code is not None
    text = asked(document.code)
    assert "已撤销" in text
    assert later.number in text
    assert reverse("verify-document", args=[later.code]) in text, "open: the link is its page"
    assert document.number in asked(later.code)
    exact = compared(ours)
    assert "完全一致，但该公文已撤销" in exact
    assert later.number in exact
    public = Client().get(reverse("public-document", args=[document.pk])).content.decode()
    assert later.number in public
    assert store_rendition(document.pk).file.sha256 in public


def test_the_public_gets_the_best_form_and_every_digest(world: World) -> None:
    document = issued(world, openness="open")
    ours = stored_bytes(document)
    clerk = world.actor("puxian.clerk")

    def got(name: str = "public-document-file", *more: int) -> bytes:
        answer = Client().get(reverse(name, args=[document.pk, *more]))
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    assert got() == ours
    scanned = pdf("scan", pages=2)
    signed = appended(ours)
    for kind, content, best in (("scanned", scanned, ours), ("signed", signed, signed)):
        add_rendition(actor=clerk, document_id=document.pk, kind=kind, upload=upload(content))
        assert got() == best, "a scan never takes the place of what was compared"
    said = "由发文机关登记的扫描件，文字以未盖章版为准"
    text = Client().get(reverse("public-document", args=[document.pk])).content.decode()
    assert text.count(said) == 1
    assert document.code is not None
    assert asked(document.code).count(said) == 1
    held = compared(scanned)
    assert "与平台保存的“扫描版”是同一个文件" in held
    assert said in held
    assert "完全一致" not in held
    for row in document.renditions.select_related("file"):
        assert row.file.sha256 in text
        content = got("public-document-rendition", row.pk)
        assert hashlib.sha256(content).hexdigest() == row.file.sha256
    closed = issued(world, title="关于内部事项的通知")
    kept = store_rendition(closed.pk)
    for name, args in (
        ("public-document", [closed.pk]),
        ("public-document-file", [closed.pk]),
        ("public-document-rendition", [closed.pk, kept.pk]),
        ("public-document-rendition", [document.pk, kept.pk]),
    ):
        assert Client().get(reverse(name, args=args)).status_code == 404


def test_a_file_is_told_from_what_is_kept(world: World) -> None:
    document = issued(world)
    ours = stored_bytes(document)
    clerk = world.actor("puxian.clerk")
    before = StoredFile.objects.count()

    exact = compared(ours)
    assert "与平台保存的“未盖章版”完全一致" in exact
    assert document.title in exact

    # Signed outside and not handed in: our bytes first, the same text.
    signed = appended(ours)
    text = compared(signed)
    assert "在平台文件之后附加了内容（例如电子签章），原文部分一致" in text
    assert "各页文字也一致" in text
    # What was appended puts other words on the page.
    forged = appended(ours, b"BT 100 700 Td ET")
    text = compared(forged)
    assert "附加的内容改变了文字，可能被改动" in text
    assert "第 1 页" in text
    add_rendition(actor=clerk, document_id=document.pk, kind="signed", upload=upload(signed))
    text = compared(signed)
    assert "与平台保存的“签章版”完全一致" in text
    assert "各页文字与未盖章版一致，印章和图像没有比对" in text
    assert "印章和图像没有比对" not in exact

    # One byte of the header, or another program's writing: not the file, the same words.
    place = ours.index(b"%", 5) + 1
    flipped = ours[:place] + bytes([ours[place] ^ 1]) + ours[place + 1 :]
    for other in (flipped, resaved(ours)):
        text = compared(other)
        assert "文件与平台保存的不一致，但文字相同" in text
        assert document.title in text

    # The same number and code, other words.
    assert document.issued_on is not None
    document.body = BODY.replace("高度重视", "不必理会")
    changed = render(content_of(document, draft=False, on=document.issued_on)).pdf
    text = compared(changed)
    assert "文件与平台保存的不一致，可能被改动" in text
    assert "第 1 页的文字与平台保存的不同" in text
    # Only the number: no title, no code.
    document.code = None
    bare = render(content_of(document, draft=False, on=document.issued_on)).pdf
    document.refresh_from_db()
    assert document.code is not None
    text = compared(bare)
    assert "标有本平台公文的发文字号，但与平台保存的不一致" in text
    assert document.title not in text
    assert document.code not in text

    # Two of ours in one.
    other_document = issued(world, title="关于报送年度数据的通知")
    text = compared(joined(ours, stored_bytes(other_document)))
    assert "几份公文的核验码" in text
    assert document.number in text
    assert other_document.number in text

    # Strangers: any PDF, a picture, a code that nobody gave.
    for content, name in (
        (pdf("nothing of ours"), "证明.pdf"),
        (pdf("7K3M-9Q2T-X4DB"), "证明.pdf"),
        (picture(), "照片.png"),
    ):
        assert "平台没有保存过这个文件" in compared(content, name)
    assert "请重新选择" in compared(b"", status=422)
    assert "请选择要核对的文件" in (Client().post(reverse("verify-compare"), {}).content.decode())
    assert StoredFile.objects.count() == before + 2, "nothing of it is kept"


def test_hostile_files_are_unknown_files(world: World) -> None:
    issued(world)
    tried = [row for row in HOSTILE if row.name.endswith(".pdf") and row.make()]
    assert len(tried) > 12
    locked = next(row for row in tried if row.what == "加密的 PDF")
    assert "设有密码" in compared(locked.make())
    damaged = next(row for row in tried if row.what == "打不开的 PDF")
    assert "不能正常打开" in compared(damaged.make())
    for row in tried:
        assert "平台没有保存过这个文件" in compared(row.make(), row.name), row.what
    name = "<img src=x onerror=alert(1)>\u202e.pdf"
    assert "<img src=x" not in normalize("NFC", compared(pdf("x"), name))


def test_too_large_and_too_often_are_refused_before_anything_is_read(
    world: World, settings: Any
) -> None:
    settings.PORTAL_UPLOAD_MAX_BYTES = 10_000
    text = compared(pdf("x" * 200_000), status=413)
    assert "没有核对" in text
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {"file_comparisons": "2/minute"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    small = pdf("x")
    compared(small)
    compared(small)
    answer = Client().post(reverse("verify-compare"), {"file": upload(small)})
    assert answer.status_code == 429
    cache.clear()


def test_asking_too_often_is_refused(world: World, settings: Any) -> None:
    document = issued(world)
    assert document.code is not None
    rates = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | {"public_api": "2/minute"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    cache.clear()
    asked(document.number)
    asked("蒲专镇办发〔2001〕99号", 404)
    assert "再试" in asked(document.number, 429)
    assert Client().get(reverse("verify-document", args=[document.code])).status_code == 429
    assert Client().get(reverse("verify")).status_code == 200, "the form asks nothing"
    cache.clear()


def test_the_form_is_protected(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    refused = client.post(reverse("verify-compare"), {"file": upload(pdf())})
    assert refused.status_code == 403
    assert settings.PORTAL_NAME in refused.content.decode()


def test_who_comes_when_others_are_served_is_asked_to_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_verification, "WAIT_SECONDS", 0.01)
    with document_verification._turn(), document_verification._turn():
        assert "请过一会儿再试" in compared(pdf("x"), status=503)
    assert "平台没有保存过这个文件" in compared(pdf("x"))
