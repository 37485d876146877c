"""Addresses of official documents."""

from django.urls import include, path

from portal.core.views.documents import (
    delivery,
    drafting,
    issuing,
    linking,
    numbers,
    pages,
    register,
    sending,
    sheet,
)

DOCUMENT = "o/<slug:office>/documents/<int:pk>"
NUMBERS = "o/<slug:office>/document-numbers"

urlpatterns = [
    path("", include("portal.core.document_template_urls")),
    path("", include("portal.core.document_rendition_urls")),
    path("", include("portal.core.document_batch_urls")),
    path("", include("portal.core.document_word_urls")),
    path("o/<slug:office>/documents/", register.RegisterView.as_view(), name="documents"),
    path(
        "o/<slug:office>/documents/waiting/",
        register.WaitingView.as_view(),
        name="documents-waiting",
    ),
    path(
        "o/<slug:office>/documents/received/",
        register.ReceivedView.as_view(),
        name="documents-received",
    ),
    path(f"{NUMBERS}/", numbers.DocumentNumbersView.as_view(), name="document-numbers"),
    path(f"{NUMBERS}/void/", numbers.NumberVoidView.as_view(), name="number-void"),
    path(f"{NUMBERS}/rules/", numbers.NumberRulesView.as_view(), name="number-rules"),
    path(f"{DOCUMENT}/", pages.DocumentView.as_view(), name="document"),
    path(f"{DOCUMENT}/edit/", drafting.DocumentEditView.as_view(), name="document-edit"),
    path(f"{DOCUMENT}/preview/", pages.DocumentPreviewView.as_view(), name="document-preview"),
    path(f"{DOCUMENT}/sheet/", sheet.DocumentSheetView.as_view(), name="document-sheet"),
    path(f"{DOCUMENT}/send/", sending.DocumentSendView.as_view(), name="document-send"),
    path(f"{DOCUMENT}/check/", issuing.DocumentCheckView.as_view(), name="document-check"),
    path(
        f"{DOCUMENT}/cosign/<int:cosigner>/",
        issuing.DocumentCosignView.as_view(),
        name="document-cosign",
    ),
    path(f"{DOCUMENT}/recall/", issuing.DocumentRecallView.as_view(), name="document-recall"),
    path(f"{DOCUMENT}/issue/", issuing.DocumentIssueView.as_view(), name="document-issue"),
    path(f"{DOCUMENT}/act-on/", linking.DocumentActOnView.as_view(), name="document-act-on"),
    path(f"{DOCUMENT}/deliver/", delivery.DocumentDeliverView.as_view(), name="document-deliver"),
    path(f"{DOCUMENT}/remind/", delivery.DocumentRemindView.as_view(), name="document-remind"),
    path(f"{DOCUMENT}/file/", pages.DocumentFileView.as_view(), name="document-file"),
]
