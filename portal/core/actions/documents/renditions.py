"""Stored forms of a document (版式件): rendered once by the portal, signed or scanned later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from portal.core import clock
from portal.core.actions.documents.drafting import enter, lock_document
from portal.core.actions.uploads import take_upload
from portal.core.actor import SYSTEM, Actor
from portal.core.document_queries import readable
from portal.core.document_verification import differing_pages
from portal.core.documents.stored import content_of
from portal.core.documents.traces import Traces, is_pdf, traces_of, traces_of_stored
from portal.core.documents.typesetting import render
from portal.core.errors import Stale, require
from portal.core.files import Prepared, keep_upload, prepare_upload, store_bytes
from portal.core.models import OfficialDocument, Rendition, StoredFile
from portal.core.policies.documents import may_add_rendition
from portal.core.rendition_queries import documents_by_code, label_of, renditions_with

if TYPE_CHECKING:
    from django.core.files.base import File
    from django.core.files.uploadedfile import UploadedFile

PDF: Final = "application/pdf"
SCRIPTED: Final = "文件中含有脚本，不能作为公文保存。请重新打印为 PDF 后再上传。"
STAMP_ONLY: Final = (
    "签章版只能在未盖章版上加盖印章，页数和文字不能变。请下载未盖章版盖章后再上传；"
    "纸质公文的扫描件请选择“扫描版”登记。"
)
PAGES_NAMED: Final = 8
# What a handed-in rendition may be, and what to do otherwise.
TAKEN: Final[dict[str, tuple[frozenset[str], str]]] = {
    "signed": (
        frozenset({PDF}),
        "签章版须是 PDF 文件。请从电子印章系统导出 PDF 后再上传，OFD 请转换为 PDF。",
    ),
    "scanned": (
        frozenset({PDF, "image/jpeg", "image/png", "image/tiff"}),
        "扫描版须是 PDF 或者 JPG、PNG、TIFF 图片。多页的请扫描成一个 PDF。",
    ),
}


def file_name(document: OfficialDocument) -> str:
    """What its file is called: number, else title."""
    return document.number or document.title


def store_rendition(document_id: int) -> Rendition:
    """Render an issued document once and store it with its digest; a second call returns the first.

    Rendering runs outside the transaction; the lock of the document decides between two workers.
    """
    document = OfficialDocument.objects.select_related("office__region").get(pk=document_id)
    present = _unsigned(document)
    if present is not None:
        return present
    assert document.issued_on is not None
    rendered = render(content_of(document, draft=False, on=document.issued_on))
    with transaction.atomic():
        OfficialDocument.objects.select_for_update().get(pk=document_id)
        present = _unsigned(document)
        if present is not None:
            return present
        name = file_name(document)
        stored = store_bytes(rendered.pdf, f"{name}.pdf", "application/pdf", SYSTEM)
        rendition = Rendition.objects.create(
            document=document,
            kind="unsigned",
            file=stored,
            pages=rendered.pages,
            created_at=clock.now(),
        )
        enter(
            SYSTEM,
            document,
            "store_rendition",
            f"生成版式文件 {name}",
            sha256=stored.sha256,
            size=stored.size,
        )
    return rendition


def _unsigned(document: OfficialDocument) -> Rendition | None:
    return document.renditions.filter(kind="unsigned").select_related("file").first()


class _HandedIn(NamedTuple):
    """A file that may come in, not kept yet, or kept before the form was sent."""

    content_type: str
    sha256: str
    pages: int | None
    flags: tuple[str, ...]
    prepared: Prepared | None
    stored: StoredFile | None


def add_rendition(
    *,
    actor: Actor,
    document_id: int,
    kind: str,
    upload: UploadedFile | None = None,
    key: str = "",
    note: str = "",
) -> Rendition:
    """Keep the signed or scanned form of an issued document, another one as another version.

    The file comes with the form (``upload``) or came before it in pieces (``key``). It is looked
    into before anything is locked.
    """
    document = OfficialDocument.objects.visible_to(actor).filter(pk=document_id).first()
    if document is None:
        raise Stale("没有这份公文，或者它已经不在您的可见范围内。")
    require(may_add_rendition(actor, document))
    if kind not in TAKEN:
        raise ValidationError({"kind": "请选择签章版或者扫描版。"})
    given = _handed_in(actor, upload, key)
    types, advice = TAKEN[kind]
    if given.content_type not in types:
        raise ValidationError({"file": advice})
    if "script" in given.flags:
        raise ValidationError({"file": SCRIPTED})
    traces = _traces(given)
    if traces is not None:
        _belongs(actor, document, traces.codes)
    _says_the_same(document, kind, given, traces)
    return _keep(actor, document_id, kind, given, note.strip())


def _handed_in(actor: Actor, upload: UploadedFile | None, key: str) -> _HandedIn:
    try:
        if key:
            stored = take_upload(actor=actor, key=key)
            flags = tuple(stored.flags)
            return _HandedIn(stored.content_type, stored.sha256, stored.pages, flags, None, stored)
        if upload is None:
            raise ValidationError("请选择文件。")
        prepared = prepare_upload(upload, actor)
    except ValidationError as error:
        raise ValidationError({"file": error.messages}) from error
    seen = prepared.checked
    return _HandedIn(seen.kind.content_type, seen.sha256, seen.pages, seen.flags, prepared, None)


def _traces(given: _HandedIn) -> Traces | None:
    """What a PDF says of itself, read confined; None for a picture."""
    if given.content_type != PDF:
        return None
    if given.prepared is not None:
        return _read(given.prepared.content)
    assert given.stored is not None
    with given.stored.file.open("rb") as content:
        return _read(content)


def _read(content: File[bytes]) -> Traces:
    return traces_of(content) if is_pdf(content) else Traces(problem="damaged")


def _says_the_same(
    document: OfficialDocument, kind: str, given: _HandedIn, traces: Traces | None
) -> None:
    """Refuse a signed one with other words than the unsigned one, a scan with fewer pages.

    The bytes of the unsigned one at its beginning are no proof: what follows may replace a page.
    """
    unsigned = _unsigned(document)
    if kind == "signed":
        if unsigned is None:
            raise ValidationError(
                {"file": "本公文的未盖章版还在生成，不能比对。请等版式文件生成后再登记签章版。"}
            )
        assert traces is not None
        differs = _difference(traces, traces_of_stored(unsigned.file))
        if differs:
            raise ValidationError({"file": f"{differs}，没有登记。{STAMP_ONLY}"})
        return
    kept = (unsigned.pages or 0) if unsigned is not None else 0
    pages = given.pages or 1
    if pages < kept:
        raise ValidationError(
            {
                "file": f"扫描版只有 {pages} 页，未盖章版有 {kept} 页，没有登记。"
                "请把全部各页扫描成一个 PDF 后再上传。"
            }
        )


def _difference(given: Traces, kept: Traces) -> str:
    """In what the words of a signed file are not those of the unsigned one; empty when they are."""
    if kept.problem or len(kept.texts) < kept.pages:
        return "未盖章版的文字现在读不全，不能与上传的文件比对"
    if given.problem:
        return "文件的文字读不出来，不能与未盖章版比对"
    if given.pages != kept.pages:
        return f"文件有 {given.pages} 页，未盖章版有 {kept.pages} 页"
    if not given.has_text:
        return "文件各页只有图像、没有文字，不能与未盖章版比对"
    pages = differing_pages(given, kept)
    if not pages:
        return ""
    more = f"等 {len(pages)} 页" if len(pages) > PAGES_NAMED else "页"
    return f"第 {'、'.join(map(str, pages[:PAGES_NAMED]))} {more}的文字与未盖章版不同"


def _belongs(actor: Actor, document: OfficialDocument, codes: tuple[str, ...]) -> None:
    """Refuse a PDF that bears the code of another document and not this one's."""
    if not codes or document.code in codes:
        return
    for other in documents_by_code(codes):
        what = _named(actor, other)
        raise ValidationError({"file": f"文件上印的核验码属于{what}，请核对后选择本公文的文件。"})


def _named(actor: Actor, document: OfficialDocument) -> str:
    """Another document, by its number to whoever reads it."""
    if readable(actor).filter(pk=document.pk).exists():
        return f"《{document.title}》{document.number}"
    return "另一份公文"


@transaction.atomic
def _keep(actor: Actor, document_id: int, kind: str, given: _HandedIn, note: str) -> Rendition:
    document = lock_document(actor, document_id)
    require(may_add_rendition(actor, document))
    _not_there_yet(actor, document, given.sha256)
    stored = given.stored
    if stored is None:
        assert given.prepared is not None
        stored = keep_upload(given.prepared, actor)
    last = document.renditions.filter(kind=kind).aggregate(last=Max("version"))["last"]
    rendition = Rendition.objects.create(
        document=document,
        kind=kind,
        version=(last or 0) + 1,
        file=stored,
        pages=given.pages,
        note=note,
        added_by=actor.user,
        added_name=actor.name,
        created_at=clock.now(),
    )
    enter(
        actor,
        document,
        "add_rendition",
        f"登记{label_of(rendition)} {stored.name}",
        kind=kind,
        version=rendition.version,
        sha256=stored.sha256,
        size=stored.size,
        pages=given.pages,
        note=note,
    )
    return rendition


def _not_there_yet(actor: Actor, document: OfficialDocument, sha256: str) -> None:
    """The same bytes are one rendition of one document."""
    for present in renditions_with([sha256]):
        if present.document_id == document.pk:
            what = f"本公文的{label_of(present)}"
        else:
            what = f"{_named(actor, present.document)}的{label_of(present)}"
        raise ValidationError({"file": f"这份文件已经保存为{what}，没有重复登记。"})
