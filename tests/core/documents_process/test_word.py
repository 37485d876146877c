"""A document as docx through its page: asked for, made by a job, marked until it is issued."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document

from portal.core import jobs
from portal.core.actions.documents.word import request_docx
from portal.core.constants import JobState
from portal.core.errors import Refused
from portal.core.models import Job, OfficialDocument, StoredFile
from portal.core.web import office_url
from tests.core.documents_process.papers import BODY, TITLE, issued
from tests.core.documents_process.test_sheet import begin, check, send
from tests.factories import World, client_of, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def fetched(world: World, document: OfficialDocument, who: str = "puxian.clerk") -> StoredFile:
    """The button is pressed and the job is run."""
    actor = world.actor(who)
    client = client_of(actor)
    page = client.get(office_url(actor, "document", document.pk)).content.decode()
    address = office_url(actor, "document-docx", document.pk)
    assert address.partition("?")[0] in page
    answer = client.post(address)
    job = Job.objects.get(kind="core.document_docx", state=JobState.QUEUED)
    assert answer.status_code == 302
    assert answer["Location"].startswith(office_url(actor, "job", job.pk).partition("?")[0])
    assert jobs.run(job.pk) is JobState.DONE
    job.refresh_from_db()
    assert job.file is not None
    sent = client.get(office_url(actor, "job-file", job.pk))
    assert "attachment" in sent["Content-Disposition"]
    sent.close()
    return job.file


def texts(stored: StoredFile) -> list[str]:
    with stored.file.open("rb") as stream:
        return [row.text for row in Document(io.BytesIO(stream.read())).paragraphs]


def marked(stored: StoredFile) -> bool:
    with stored.file.open("rb") as stream, zipfile.ZipFile(io.BytesIO(stream.read())) as package:
        return any("样稿".encode() in package.read(name) for name in package.namelist())


def test_a_draft_is_fetched_with_its_mark(world: World) -> None:
    stored = fetched(world, begin(world))
    assert stored.name == "样稿-关于报送年度数据的通知.docx"
    assert "关于报送年度数据的通知" in "".join(texts(stored)).replace("\n", "")
    assert marked(stored)


def test_an_issued_document_is_fetched_under_its_number(world: World) -> None:
    document = issued(world)
    stored = fetched(world, document, "puxian.signer")
    assert stored.name == f"{document.number}.docx"
    found = texts(stored)
    assert document.number in found and not marked(stored)
    assert BODY.splitlines()[0] in found
    assert TITLE in [row.replace("\n", "") for row in found]


def test_one_that_is_numbered_elsewhere_goes_there_unmarked_once_it_is_checked(
    world: World,
) -> None:
    document = begin(world)
    document.number_source = "register"
    document.save()
    send(world, document)
    document = check(world, document)
    assert document.state == "signing"
    assert not marked(fetched(world, document))


def test_only_the_drafting_office_takes_it(world: World) -> None:
    document = issued(world)
    other = world.actor("linfen.clerk")
    with pytest.raises(Refused, match="取用可编辑文件"):
        request_docx(actor=other, document=document)
    client = client_of(other)
    assert client.post(office_url(other, "document-docx", document.pk)).status_code == 403
    page = client.get(office_url(other, "document", document.pk)).content.decode()
    assert "生成 Word 文件" not in page
    assert not Job.objects.filter(kind="core.document_docx").exists()
