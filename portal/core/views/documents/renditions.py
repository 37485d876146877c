"""Renditions (版式件) of one document: handing in a signed or scanned one, downloading any."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from portal.core.actions.documents import add_rendition
from portal.core.document_forms.renditions import RenditionForm
from portal.core.documents.codes import grouped, verify_url
from portal.core.errors import require
from portal.core.models import OfficialDocument, Rendition
from portal.core.names import knows_people_of
from portal.core.policies.documents import may_add_rendition
from portal.core.previews.kinds import kind_of
from portal.core.rendition_queries import label_of, renditions_of
from portal.core.uploads.checking import megabytes
from portal.core.views.documents.base import DocumentPage
from portal.core.views.uploads import pending_uploads
from portal.core.web import OfficeView, add_errors


def rendition_panel(view: OfficeView, document: OfficialDocument) -> dict[str, Any]:
    """What ``core/documents/_renditions.html`` shows of an issued document."""
    named = knows_people_of(view.actor, document.office)
    renditions = renditions_of(document)
    rows = [
        {
            "rendition": row,
            "label": label_of(row),
            "url": view.url("document-rendition", document.pk, row.pk),
            "preview_url": _preview(view, row),
            "by": row.added_name if named else "",
            "signed": "signed" in row.file.flags,
        }
        for row in renditions
    ]
    adding = may_add_rendition(view.actor, document)
    return {
        "rows": rows,
        "waiting": not any(row.kind == "unsigned" for row in renditions),
        "add_url": view.url("document-rendition-add", document.pk) if adding.ok else "",
        "code": grouped(document.code or ""),
        "verify_url": verify_url(document.code) if document.code else "",
    }


def _preview(view: OfficeView, row: Rendition) -> str:
    """Where its page images are; empty when this kind of file has none."""
    if kind_of(row.file) is None:
        return ""
    here = urlencode({"from": view.request.get_full_path()})
    return f"{view.url('file-preview', row.file_id)}&{here}"


class RenditionAddView(DocumentPage):
    """Hand in the signed or scanned form."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form; the kind may be chosen by the address."""
        require(may_add_rendition(self.actor, self.load(pk)))
        return self.show(RenditionForm(initial={"kind": request.GET.get("kind", "")}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep it, and back to the document."""
        document = self.load(pk)
        require(may_add_rendition(self.actor, document))
        form = RenditionForm(request.POST, request.FILES)
        keys = request.POST.getlist("uploads")
        file = form.files.get("file")
        # One that came before the form takes the place of the one in it.
        form.fields["file"].required = not keys
        if len(keys) + (file is not None) > 1:
            form.add_error("file", "一次登记一份，请移除多余的文件。")
        if not form.is_valid():
            return self.show(form, 422)
        try:
            rendition = add_rendition(
                actor=self.actor,
                document_id=document.pk,
                kind=form.cleaned_data["kind"],
                upload=form.cleaned_data["file"],
                key=keys[0] if keys else "",
                note=form.cleaned_data["note"],
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, 422)
        messages.success(request, f"已登记{label_of(rendition)}。")
        return redirect(self.url("document", document.pk))

    def show(self, form: RenditionForm, status: int = 200) -> HttpResponse:
        """The page of the form."""
        form.fields["file"].widget.attrs["data-uploads"] = self.url("uploads")
        return self.page(
            "core/documents/rendition_add.html",
            {
                "breadcrumbs": self.crumbs("登记签章版、扫描版"),
                "document": self.document,
                "facts": [
                    {"label": "公文", "value": self.document.title},
                    {"label": "发文字号", "value": self.document.number or "不编号"},
                ],
                "form": form,
                "limit": megabytes(settings.PORTAL_UPLOAD_MAX_BYTES),
                "pending": pending_uploads(self.actor, self.request),
            },
            status,
        )


class RenditionView(DocumentPage):
    """One rendition as a download."""

    def get(self, request: HttpRequest, pk: int, rendition: int) -> FileResponse:
        """Of a document that the actor reads."""
        document = self.load(pk)
        found = document.renditions.filter(pk=rendition).select_related("file").first()
        if found is None:
            raise Http404("没有这份版式件。")
        return self.send(found.file, document)
