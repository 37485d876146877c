"""The way of a document through its people: checked, cosigned, issued, returned, recalled."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.actions.documents import (
    check_document,
    cosign_document,
    issue_document,
    recall_document,
    return_for_revision,
)
from portal.core.actions.documents.drafting import missing_characters
from portal.core.document_forms.process import DecisionForm, IssueForm, ReturnForm, SeenForm
from portal.core.document_register_queries import next_in_register, sees_inside
from portal.core.document_tables import sheet
from portal.core.documents.stored import attachments_of, people_of
from portal.core.documents.wording import paragraphs_of
from portal.core.errors import require
from portal.core.models import Cosigner
from portal.core.policies.documents import (
    may_check,
    may_cosign,
    may_issue,
    may_recall,
)
from portal.core.views.documents.base import DocumentPage
from portal.core.web import add_errors


class StepPage(DocumentPage):
    """A page on which one step is taken: the text and the sheet to be read, and a form."""

    def step(
        self, template: str, heading: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """The page with the text of the document beside the form."""
        document = self.document
        return self.page(
            template,
            {
                "breadcrumbs": self.crumbs(heading),
                "heading": heading,
                "document": document,
                "paragraphs": paragraphs_of(document.body),
                "people": people_of(document),
                "attachments": attachments_of(document),
                "gaps": missing_characters(document),
                **self.said(),
                **context,
            },
            status=status,
        )

    def said(self) -> dict[str, Any]:
        """The drafting sheet so far, for those who see it."""
        document = self.document
        if not sees_inside(self.actor, document):
            return {}
        cosigners = list(document.cosigners.all())
        lines = list(document.sheet.select_related("office__region").order_by("pk"))
        return {
            "sheet": sheet.sheet_of(self.actor, document, lines, cosigners),
            "record_columns": sheet.RECORD_COLUMNS,
            "record": sheet.record_of(self.actor, lines),
        }


class DocumentCheckView(StepPage):
    """核稿: another person than the drafter agrees, or returns it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The text and the question."""
        require(may_check(self.actor, self.load(pk)))
        return self.show(DecisionForm(initial=self.seen))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Agree or return."""
        document = self.load(pk)
        form = DecisionForm(request.POST)
        if not form.is_valid():
            require(may_check(self.actor, document))
            return self.show(form, 422)
        agrees, opinion = form.cleaned_data["decision"] == "agree", form.cleaned_data["opinion"]
        act = check_document if agrees else return_for_revision
        try:
            act(actor=self.actor, document_id=pk, opinion=opinion, revision=form.seen)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, 422)
        word = "核稿同意" if agrees else "已退回拟稿人修改"
        messages.success(request, f"《{document.title}》{word}。")
        return redirect(self.url("document", pk))

    def show(self, form: DecisionForm, status: int = 200) -> HttpResponse:
        """The page."""
        after = "同意后送会签，没有会签机关的直接送签发；退回修改的，由拟稿人改后重新送核稿。"
        return self.step(
            "core/documents/decide.html", "核稿", {"form": form, "after": after}, status
        )


class DocumentCosignView(StepPage):
    """会签: an organ agrees or returns; the drafting office enters what came on paper."""

    @cached_property
    def cosigner(self) -> Cosigner:
        """The organ that the address names."""
        found = self.document.cosigners.filter(pk=self.kwargs["cosigner"]).first()
        if found is None:
            raise Http404("没有这个会签机关。")
        return found

    def get(self, request: HttpRequest, pk: int, cosigner: int) -> HttpResponse:
        """The text and the question."""
        require(may_cosign(self.actor, self.load(pk), self.cosigner))
        return self.show(DecisionForm(initial=self.seen))

    def post(self, request: HttpRequest, pk: int, cosigner: int) -> HttpResponse:
        """Agree or return."""
        document = self.load(pk)
        form = DecisionForm(request.POST)
        if not form.is_valid():
            require(may_cosign(self.actor, document, self.cosigner))
            return self.show(form, 422)
        agrees = form.cleaned_data["decision"] == "agree"
        try:
            cosign_document(
                actor=self.actor,
                document_id=pk,
                cosigner_id=cosigner,
                agrees=agrees,
                opinion=form.cleaned_data["opinion"],
                revision=form.seen,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, 422)
        word = "会签同意" if agrees else "退回修改"
        messages.success(request, f"{self.cosigner.organ_name}已{word}《{document.title}》。")
        own = self.actor.office is not None and self.actor.office.pk == document.office_id
        # What an organ has returned is no longer among what it sees.
        away = not agrees and not own
        return redirect(self.url("documents-waiting") if away else self.url("document", pk))

    def show(self, form: DecisionForm, status: int = 200) -> HttpResponse:
        """The page."""
        row = self.cosigner
        heading = f"会签：{row.organ_name}" if row.office_id else f"登记会签结果：{row.organ_name}"
        joint = "，并作为联合发文机关署名" if row.joint else ""
        after = (
            f"{row.organ_name}会签{joint}。全部会签机关同意后送签发；"
            "退回修改的，由拟稿人改后重新送核稿。"
        )
        return self.step(
            "core/documents/decide.html", heading, {"form": form, "after": after}, status
        )


class DocumentRecallView(StepPage):
    """The drafting office takes a document back to change it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What it means."""
        require(may_recall(self.actor, self.load(pk)))
        return self.step(
            "core/documents/recall.html", "撤回修改", {"form": SeenForm(initial=self.seen)}
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back."""
        document = self.load(pk)
        form = SeenForm(request.POST)
        if not form.is_valid():
            return redirect(self.url("document-recall", pk))
        recall_document(actor=self.actor, document_id=pk, revision=form.seen)
        messages.success(request, f"《{document.title}》已撤回，可以修改后重新送核稿。")
        return redirect(self.url("document", pk))


class DocumentIssueView(StepPage):
    """The page on which the signer issues, or returns the text to its drafter."""

    fresh_sign_in = True

    @property
    def registered(self) -> bool:
        """Whether the number comes from the office's own register."""
        document = self.document
        return document.spec.numbered and document.number_source == "register"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will happen, and the confirmation."""
        document = self.load(pk)
        require(may_issue(self.actor, document))
        if document.state == "issued":
            return redirect(self.url("document", pk))
        return self.show(self.fresh(), ReturnForm(initial=self.seen))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue once, or return."""
        document = self.load(pk)
        if "return" in request.POST:
            return self.give_back(request, pk)
        form = IssueForm(request.POST, registered=self.registered)
        if form.is_valid():
            try:
                issued = issue_document(
                    actor=self.actor,
                    document=document,
                    issued_on=form.cleaned_data["issued_on"],
                    number=form.cleaned_data.get("number", ""),
                    opinion=form.cleaned_data["opinion"],
                    revision=form.seen,
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                name = issued.number or f"《{issued.title}》"
                messages.success(request, f"已印发 {name}，版式文件生成中。")
                return redirect(self.url("document", pk))
        return self.show(form, ReturnForm(initial=self.seen), 422)

    def give_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return it to the drafter with the reason."""
        form = ReturnForm(request.POST)
        if form.is_valid():
            opinion = form.cleaned_data["opinion"]
            return_for_revision(
                actor=self.actor, document_id=pk, opinion=opinion, revision=form.seen
            )
            messages.success(request, f"《{self.document.title}》已退回拟稿人修改。")
            return redirect(self.url("document", pk))
        return self.show(self.fresh(), form, 422)

    def fresh(self) -> IssueForm:
        """The form as it is opened."""
        initial = {"issued_on": clock.today(), **self.seen}
        return IssueForm(registered=self.registered, initial=initial)

    def show(self, form: IssueForm, back: ReturnForm, status: int = 200) -> HttpResponse:
        """The page."""
        document = self.document
        hint = "不编号"
        if self.registered:
            serial = next_in_register(document.office, document.word)
            number = f"{document.word}〔{clock.today().year}〕{serial}号"
            hint = f"{number}（平台所知的下一号，以登记簿为准）"
        elif document.spec.numbered:
            hint = f"{document.word}〔{clock.today().year}〕按顺序编定，印发时取号"
        items = [
            {"label": "发文机关", "value": "、".join((document.organ, *document.joint_organs))},
            {"label": "标题", "value": document.title},
            {"label": "主送机关", "value": document.addressees},
            {"label": "发文字号", "value": hint},
            {"label": "抄送", "value": document.copy_to},
            {"label": "附注", "value": document.note},
            {"label": "公开属性", "value": document.get_openness_display()},
        ]
        context = {"form": form, "back": back, "items": items}
        return self.step("core/documents/issue.html", "签发、印发", context, status)
