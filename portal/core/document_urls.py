"""Addresses of official documents."""

from django.urls import path

from portal.core.views.documents import drafting, pages

DOCUMENT = "o/<slug:office>/documents/<int:pk>"

urlpatterns = [
    path("o/<slug:office>/documents/", pages.DocumentsView.as_view(), name="documents"),
    path(f"{DOCUMENT}/", pages.DocumentView.as_view(), name="document"),
    path(f"{DOCUMENT}/edit/", drafting.DocumentEditView.as_view(), name="document-edit"),
    path(f"{DOCUMENT}/preview/", pages.DocumentPreviewView.as_view(), name="document-preview"),
    path(f"{DOCUMENT}/issue/", pages.DocumentIssueView.as_view(), name="document-issue"),
    path(f"{DOCUMENT}/file/", pages.DocumentFileView.as_view(), name="document-file"),
]
