"""Verification (公文核验) for everybody: by code, by number, by the file. Nothing is kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from portal.core.constants import DOCUMENT_STANDING
from portal.core.document_forms.renditions import CompareForm, VerifyForm
from portal.core.document_verification import Busy, Comparison, Outcome, compare
from portal.core.documents.codes import codes_typed, grouped
from portal.core.limits import FileComparisons, PublicReads, refuse_too_many
from portal.core.models import DocumentLink, OfficialDocument
from portal.core.rendition_queries import (
    documents_by_code,
    documents_by_number,
    is_void,
    label_of,
    renditions_of,
    what_became_of,
    what_it_acts_on,
)
from portal.core.uploads import clean_name
from portal.core.uploads.checking import megabytes
from portal.core.web import PublicView

STANDING_TONES = {"corrects": "warning", "supersedes": "warning", "revokes": "danger"}
# What a form of the browser adds to the file.
FORM_BYTES = 64 * 1024
HIDDEN = (
    "本公文没有主动公开，按发文字号查询只显示发文机关、成文日期和效力。"
    "输入纸质公文末页的核验码，或者在下面上传手里的文件，可以看到标题和版式文件。"
)


def card(document: OfficialDocument, *, held: bool) -> dict[str, Any]:
    """What anybody is told of a document; ``held``: he holds its code or its file."""
    public = document.openness == "open"
    told = held or public
    later = what_became_of(document)
    rows = renditions_of(document) if told else []
    return {
        "document": document,
        "title": document.title if told else "",
        "hidden": "" if told else HIDDEN,
        "organs": "、".join((document.organ, *document.joint_organs)),
        "code": grouped(document.code or "") if held else "",
        "standing": DOCUMENT_STANDING[later[0].relation] if later else "有效",
        "tone": STANDING_TONES[later[0].relation] if later else "success",
        "later": [_linked(link, link.document) for link in later],
        "earlier": [_linked(link, link.target) for link in what_it_acts_on(document)]
        if told
        else [],
        "renditions": [
            {
                "rendition": row,
                "label": label_of(row),
                "url": reverse("public-document-rendition", args=[document.pk, row.pk])
                if public
                else "",
            }
            for row in rows
        ],
        "waiting": told and not rows,
    }


def _linked(link: DocumentLink, other: OfficialDocument) -> dict[str, str]:
    """Another document as a link: by its number, so that nobody gets a code he does not hold."""
    public = other.openness == "open"
    if public and other.code:
        url = reverse("verify-document", args=[other.code])
    else:
        url = f"{reverse('verify')}?{urlencode({'q': other.number})}"
    return {
        "word": link.get_relation_display(),
        "standing": DOCUMENT_STANDING[link.relation],
        "text": f"《{other.title}》（{other.number}）" if public else other.number,
        "url": url,
    }


class VerifyPage(PublicView):
    """The page: a field for a code or a number, the answer, a field for a file."""

    def show(
        self,
        *,
        form: VerifyForm | None = None,
        comparing: CompareForm | None = None,
        problem: str = "",
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """The page with whatever it has to say."""
        last = [("公文核验", reverse("verify")), *context.pop("crumbs", [])]
        return render(
            self.request,
            "public/verify.html",
            {
                "breadcrumbs": [("首页", "/"), *last],
                "form": form or VerifyForm(),
                "comparing": comparing or CompareForm(),
                "limit": megabytes(settings.PORTAL_UPLOAD_MAX_BYTES),
                "problem": problem,
                **context,
            },
            status=status,
        )


class VerifyView(VerifyPage):
    """Ask with a code or a number."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """A code leads to the page of its document; a number is answered here."""
        if "q" not in request.GET:
            return self.show()
        refusal = refuse_too_many(request, PublicReads())
        if refusal is not None:
            return refusal
        form = VerifyForm(request.GET)
        if not form.is_valid():
            return self.show(form=form, status=422)
        typed = form.cleaned_data["q"]
        codes = codes_typed(typed)
        if len(codes) > 1:
            form.add_error("q", "输入中有两个以上核验码，请一次核验一个。")
            return self.show(form=form, status=422)
        if codes:
            return redirect("verify-document", codes[0])
        documents = documents_by_number([typed])
        if documents:
            return self.show(form=form, cards=[card(documents[0], held=False)])
        if is_void(typed):
            said = "这个发文字号已经作废，没有以它印发的公文。"
        elif "〔" in typed or "号" in typed:
            said = (
                "没有查到这个发文字号。请对照公文首页核对机关代字、年份和序号；仍查不到的，"
                "不是通过本平台印发的公文，请向发文机关核实。"
            )
        else:
            said = (
                "这不是核验码，也不是发文字号。核验码是 12 位字母和数字；"
                "发文字号的写法如“晋专镇发〔2026〕1号”。"
            )
        return self.show(form=form, problem=said, status=404)


class VerifyDocumentView(VerifyPage):
    """The page to which the QR code on paper leads."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        """The document with that code, or what to do when there is none."""
        refusal = refuse_too_many(request, PublicReads())
        if refusal is not None:
            return refusal
        documents = documents_by_code([code])
        if not documents:
            form = VerifyForm(initial={"q": code})
            said = (
                "没有查到这个核验码。请对照纸质公文核对每一位；由二维码打开而查不到的，"
                "这份公文可能不是本平台印发的，请向发文机关核实。"
            )
            return self.show(form=form, problem=said, status=404)
        document = documents[0]
        return self.show(
            cards=[card(document, held=True)],
            crumbs=[(grouped(document.code or ""), None)],
        )


@method_decorator(csrf_exempt, name="dispatch")
class CompareView(VerifyPage):
    """A file against what is kept. Its form is protected like any other, once its size is known."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """An address to be posted to."""
        return redirect("verify")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Refuse what is too much before any of it is read."""
        refusal = refuse_too_many(request, FileComparisons())
        if refusal is not None:
            return refusal
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = settings.PORTAL_UPLOAD_MAX_BYTES
        if not length.isdecimal() or int(length) > most + FORM_BYTES:
            said = f"文件超过 {megabytes(most)}，没有核对。平台保存的公文都不超过这个大小。"
            return self.show(problem=said, status=413)
        return self.protected(request)

    @method_decorator(csrf_protect)
    def protected(self, request: HttpRequest) -> HttpResponse:
        """Compare, and say in plain words what came of it."""
        form = CompareForm(request.POST, request.FILES)
        if not form.is_valid():
            return self.show(comparing=form, status=422)
        file = form.cleaned_data["file"]
        if not file.size:
            form.add_error("file", "这是空文件，请重新选择。")
            return self.show(comparing=form, status=422)
        try:
            found = compare(file, clean_name(file.name or ""))
        except Busy:
            said = "现在核对文件的人较多，没有核对。请过一会儿再试。"
            return self.show(problem=said, status=503)
        held = found.outcome != Outcome.CITES
        return self.show(
            found=found,
            labels=[label_of(row) for row in found.renditions],
            kept=[(label_of(row), row.kind) for row in found.renditions],
            cards=[card(document, held=held) for document in found.documents],
            revoked=_revoked(found),
        )


def _revoked(found: Comparison) -> str:
    """What became of the document of a file that is ours; empty while it stands."""
    if found.document is None:
        return ""
    later = what_became_of(found.document)
    return DOCUMENT_STANDING[later[0].relation] if later else ""
