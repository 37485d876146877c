"""Documents and files for tests of what happens to a document after it is written."""

from __future__ import annotations

import io
import re

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core import clock
from portal.core.actions.documents import Draft, begin_document, issue_document
from portal.core.documents.kinds import Texts
from portal.core.models import OfficialDocument
from tests.factories import World
from tests.scenario import ready_to_issue

TITLE = "关于做好专业镇培育工作的通知"
BODY = "现将有关事项通知如下。\n一、提高认识\n各有关单位要高度重视，确保各项任务落到实处。"


def issued(
    world: World, *, kind: str = "notice", title: str = TITLE, openness: str = "closed"
) -> OfficialDocument:
    """A document of the county, written, checked and issued; its PDF is not made yet."""
    texts = Texts(title, "各有关单位", BODY)
    draft = Draft(texts, {"attachments": []}, openness)
    document = begin_document(actor=world.actor("puxian.clerk"), kind=kind, draft=draft)
    return issue(world, document)


def issue(world: World, document: OfficialDocument) -> OfficialDocument:
    """Check and issue a draft of the county."""
    ready = ready_to_issue(world, document)
    signer = world.actor("puxian.signer")
    return issue_document(actor=signer, document=ready, issued_on=clock.today())


def upload(content: bytes, name: str = "签章.pdf") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, content, "application/octet-stream")


def resaved(content: bytes) -> bytes:
    """The same pages written anew by another program."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, linearize=True)
    return out.getvalue()


def joined(*contents: bytes) -> bytes:
    """The pages of several files in one."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        for content in contents:
            with pikepdf.open(io.BytesIO(content)) as other:
                pdf.pages.extend(other.pages)
        pdf.save(out)
    return out.getvalue()


def appended(content: bytes, stream: bytes | None = None) -> bytes:
    """An incremental update, as a signature is added; ``stream`` takes the first page's place."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        size = int(pdf.trailer.Size)
        root = pdf.trailer.Root.objgen[0]
        contents = pdf.pages[0].obj.Contents
        first = contents[0] if isinstance(contents, pikepdf.Array) else contents
        page = first.objgen[0]
    number, body = size, b"<< /Type /Sig /Filter /Adobe.PPKLite >>"
    if stream is not None:
        number = page
        body = b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream"
    before = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    out = content + (b"" if content.endswith(b"\n") else b"\n")
    place = len(out)
    out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = len(out)
    out += b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (size + 1, root, before)
    return out + b"startxref\n%d\n%%%%EOF\n" % table
