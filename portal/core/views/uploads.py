"""Resumable uploads, spoken by ``portal/js/uploads.js``: JSON in, JSON out, pieces as plain bytes.

A page without the script sends its files with the form and never comes here.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404

from portal.core import clock
from portal.core.actions.uploads import (
    WrongOffset,
    append_chunk,
    begin_upload,
    drop_upload,
    finish_upload,
)
from portal.core.actor import Actor
from portal.core.constants import FILE_FLAGS
from portal.core.models import Upload
from portal.core.web import OfficeView

CHUNK_LIMIT = 4 * 1024 * 1024
STEP = 64 * 1024


class UploadPage(OfficeView):
    """What the addresses of uploads have in common: one's own upload, and what is said of it."""

    def fetch(self, pk: uuid.UUID) -> Upload:
        """An upload of one's own that has not expired, or 404."""
        rows = Upload.objects.visible_to(self.actor).filter(expires_at__gt=clock.now())
        return get_object_or_404(rows.select_related("stored"), pk=pk)

    def said(self, upload: Upload, status: int = 200) -> JsonResponse:
        """How far an upload is, and where the next piece goes."""
        stored = upload.stored
        found: dict[str, Any] = {}
        if stored is not None:
            found["pages"] = stored.pages
            found["flags"] = [FILE_FLAGS.get(flag, flag) for flag in stored.flags]
            found["scan"] = stored.get_scan_display()
        return JsonResponse(
            {
                "id": str(upload.pk),
                "name": upload.name,
                "size": upload.size,
                "received": upload.received,
                "chunk": CHUNK_LIMIT,
                "done": stored is not None,
                "problem": upload.problem,
                **found,
                "append": self.url("upload-append", upload.pk),
                "finish": self.url("upload-finish", upload.pk),
                "remove": self.url("upload-remove", upload.pk),
                "status": self.url("upload", upload.pk),
            },
            status=status,
        )

    def problem(self, text: str, status: int, **more: Any) -> JsonResponse:
        """Why it does not go on."""
        return JsonResponse({"problem": text, **more}, status=status)


def pending_uploads(actor: Actor, request: HttpRequest, name: str = "uploads") -> list[Upload]:
    """What was sent before a form that is shown again: it goes with the form the next time."""
    keys = []
    for text in request.POST.getlist(name):
        try:
            keys.append(uuid.UUID(text))
        except ValueError:
            continue  # the action has said that it is unknown
    found = Upload.objects.visible_to(actor).filter(pk__in=keys, stored__isnull=False)
    return list(found.filter(expires_at__gt=clock.now()))


class UploadsView(UploadPage):
    """Begin an upload."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        """A new upload, or the same person's earlier one of the same file."""
        size = request.POST.get("size", "")
        try:
            upload = begin_upload(
                actor=self.actor,
                name=request.POST.get("name", ""),
                size=int(size) if size.isdecimal() and len(size) < 16 else 0,
                fingerprint=request.POST.get("fingerprint", "")[:64],
            )
        except ValidationError as error:
            return self.problem("".join(error.messages), 422)
        return self.said(upload)


class UploadView(UploadPage):
    """How far an upload is."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Its state; the header serves those who ask without a body."""
        upload = self.fetch(pk)
        response = self.said(upload)
        response["Upload-Offset"] = str(upload.received)
        return response


class UploadAppendView(UploadPage):
    """The next piece of a file."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Keep it if it begins where the last one ended; else say where that is."""
        upload = self.fetch(pk)
        given = request.GET.get("offset", "")
        offset = int(given) if given.isdecimal() and len(given) < 16 else -1
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > CHUNK_LIMIT:
            return self.problem("这一段内容过大，请刷新页面后重试。", 413)
        if offset != upload.received:
            return self.problem(str(WrongOffset(upload.received)), 409, received=upload.received)
        try:
            upload = append_chunk(
                actor=self.actor, upload=upload, offset=offset, content=body_of(request)
            )
        except WrongOffset as wrong:
            return self.problem(str(wrong), 409, received=wrong.received)
        except ValidationError as error:
            return self.problem("".join(error.messages), 422)
        return self.said(upload)


def body_of(request: HttpRequest) -> bytes:
    """What came of the piece; when the line breaks in the middle, that much is kept."""
    pieces: list[bytes] = []
    try:
        while piece := request.read(STEP):
            pieces.append(piece)
    except UnreadablePostError:
        pieces = [piece for piece in pieces if piece]
    return b"".join(pieces)


class UploadFinishView(UploadPage):
    """Everything has arrived: check and keep it."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """The stored file, or why it stays out."""
        try:
            upload = finish_upload(actor=self.actor, upload=self.fetch(pk))
        except WrongOffset as wrong:
            return self.problem(str(wrong), 409, received=wrong.received)
        return self.said(upload, 422 if upload.problem else 200)


class UploadRemoveView(UploadPage):
    """Give an upload up."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
        """Its bytes go."""
        drop_upload(actor=self.actor, upload=self.fetch(pk))
        return JsonResponse({"id": str(pk), "removed": True})
