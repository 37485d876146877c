"""Many pieces of evidence at once: each with its own result, nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core.actions.uploads import append_chunk, begin_upload, finish_upload
from portal.core.actor import Actor
from portal.core.models import StoredFile, Upload
from tests.papers import PDF, docx, pdf, picture
from towns.models import Answer, Application, Evidence

pytestmark = pytest.mark.django_db


def send(browse: Any, application: Application, criterion: str = "market", **data: Any) -> Any:
    data = {"text": "写了很久的说明", "upload": "1", **data}
    person = browse("puxian.filer") if callable(browse) else browse
    return person.post("application-criterion", application.pk, criterion, data=data)


def titles(application: Application) -> list[str]:
    rows = Evidence.objects.filter(application=application, removed_at__isnull=True)
    return list(rows.order_by("pk").values_list("title", flat=True))


def sent_before(filer: Actor, name: str, content: bytes, *, upto: int | None = None) -> Upload:
    """An upload in pieces, as the script of the page leaves it."""
    upload = begin_upload(actor=filer, name=name, size=len(content))
    upload = append_chunk(actor=filer, upload=upload, offset=0, content=content[:upto])
    return upload if upto is not None else finish_upload(actor=filer, upload=upload)


def test_several_files_come_in_at_once(browse: Any, application: Application) -> None:
    files = [
        SimpleUploadedFile("证明.pdf", PDF),
        SimpleUploadedFile("照片.jpg", picture("JPEG")),
        SimpleUploadedFile("说明.docx", docx()),
    ]
    answer = send(browse, application, file=files, title="不用于几份")
    assert answer.status_code == 302
    assert titles(application) == ["证明.pdf", "照片.jpg", "说明.docx"]


def test_good_ones_stay_and_the_others_say_why(browse: Any, application: Application) -> None:
    files = [
        SimpleUploadedFile("证明.pdf", PDF),
        SimpleUploadedFile("坏.pdf", PDF[:200]),
        SimpleUploadedFile("程序.exe", b"MZ"),
        SimpleUploadedFile("空.docx", b""),
    ]
    answer = send(browse, application, file=files)
    assert answer.status_code == 422
    beside = re.search(r'id="id_file_error">(.*?)</div>', answer.text, re.DOTALL)
    assert beside is not None
    for words in ("“坏.pdf”不完整", "“程序.exe”不是可上传的格式", "“空.docx”是空文件"):
        assert words in beside[1]
    assert "1 份材料已加入" in answer.text
    assert titles(application) == ["证明.pdf"]
    assert "写了很久的说明" in answer.text
    assert Answer.objects.get(application=application, criterion="market").text == "写了很久的说明"


def test_too_many_are_not_taken_and_nothing_is_lost(
    browse: Any, application: Application, settings: Any, filer: Actor
) -> None:
    settings.PORTAL_UPLOAD_MAX_FILES = 2
    before = sent_before(filer, "先传的.pdf", PDF)
    files = [SimpleUploadedFile(f"{number}.pdf", PDF) for number in range(3)]
    answer = send(browse, application, file=files, uploads=[str(before.pk)])
    assert answer.status_code == 422
    assert "一次最多上传 2 份，本次选了 3 份" in answer.text
    assert "写了很久的说明" in answer.text
    assert f'name="uploads" value="{before.pk}"' in answer.text
    assert titles(application) == []


def test_files_sent_before_the_form_are_taken_with_it(
    browse: Any, application: Application, filer: Actor
) -> None:
    first, second = sent_before(filer, "甲.pdf", PDF), sent_before(filer, "乙.pdf", pdf("second"))
    keys = [str(first.pk), str(second.pk), str(first.pk)]
    for _ in range(2):  # a second click sends the same again
        assert send(browse, application, uploads=keys).status_code == 302
    assert titles(application) == ["甲.pdf", "乙.pdf"]
    assert Evidence.objects.filter(file=first.stored).exists()


def test_what_cannot_be_taken_says_why(
    browse: Any, application: Application, filer: Actor, world: Any
) -> None:
    refused = sent_before(filer, "坏.pdf", PDF[:200])
    unfinished = sent_before(filer, "半.pdf", PDF, upto=100)
    foreign = sent_before(world.actor("xixian.filer"), "别人.pdf", PDF)
    good = sent_before(filer, "好.pdf", PDF)
    keys = [str(row.pk) for row in (refused, unfinished, foreign, good)]
    answer = send(browse, application, uploads=[*keys, "x"])
    assert answer.status_code == 422
    for words in ("“坏.pdf”不完整", "“半.pdf”还没有传完", "已经过期或被取消"):
        assert words in answer.text
    assert "别人.pdf" not in answer.text
    assert titles(application) == ["好.pdf"]


def test_the_same_content_is_recognised_and_said(browse: Any, application: Application) -> None:
    person = browse("puxian.filer")
    send(person, application, file=SimpleUploadedFile("甲.pdf", PDF))
    files = StoredFile.objects.count()
    answer = send(person, application, file=SimpleUploadedFile("乙.pdf", PDF))
    page = person.get("application-criterion", application.pk, "market")
    assert answer.status_code == 302
    assert "“乙.pdf”与已上传的“甲.pdf”内容相同" in page.text
    assert titles(application) == ["甲.pdf"]
    assert StoredFile.objects.count() == files
    send(person, application, "scale", file=SimpleUploadedFile("丙.pdf", PDF))
    page = person.get("application-criterion", application.pk, "scale")
    assert "“丙.pdf”与已上传的“甲.pdf”内容相同" in page.text
    assert titles(application) == ["甲.pdf", "丙.pdf"]
    names = Evidence.objects.filter(application=application).values_list("file__file", flat=True)
    assert len(set(names)) == 1


def test_without_a_script_the_input_takes_many(browse: Any, application: Application) -> None:
    page = browse("puxian.filer").get("application-criterion", application.pk, "market").text
    (given,) = re.findall(r"<input[^>]*type=\"file\"[^>]*>", page)
    assert "multiple" in given and "data-uploads=" in given and ".docx" in given
    assert "一次最多 20 份" in page
    assert re.search(r'<script src="[^"]*uploads\.js" type="module"></script>', page)
