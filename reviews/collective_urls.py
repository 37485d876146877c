"""Addresses of meetings, public notices and documents, and of the read-only API of cases."""

from django.urls import path

from reviews.api import CaseDetail, CaseList
from reviews.views import documents, drafting, meetings, notices

OFFICE = "o/<slug:office>"

urlpatterns = [
    path(f"{OFFICE}/meetings/", meetings.MeetingsView.as_view(), name="meetings"),
    path(f"{OFFICE}/meetings/new/", meetings.MeetingNewView.as_view(), name="meeting-new"),
    path(f"{OFFICE}/meetings/<int:pk>/", meetings.MeetingView.as_view(), name="meeting"),
    path(f"{OFFICE}/notices/", notices.NoticesView.as_view(), name="notices"),
    path(f"{OFFICE}/notices/new/", notices.NoticeNewView.as_view(), name="notice-new"),
    path(f"{OFFICE}/notices/<int:pk>/", notices.NoticeView.as_view(), name="notice"),
    path(f"{OFFICE}/documents/", documents.DocumentsView.as_view(), name="documents"),
    path(f"{OFFICE}/documents/new/", drafting.DocumentNewView.as_view(), name="document-new"),
    path(f"{OFFICE}/documents/<int:pk>/", documents.DocumentView.as_view(), name="document"),
    path(
        f"{OFFICE}/documents/<int:pk>/edit/",
        drafting.DocumentEditView.as_view(),
        name="document-edit",
    ),
    path(
        f"{OFFICE}/documents/<int:pk>/preview/",
        documents.DocumentPreviewView.as_view(),
        name="document-preview",
    ),
    path(
        f"{OFFICE}/documents/<int:pk>/issue/",
        documents.DocumentIssueView.as_view(),
        name="document-issue",
    ),
    path(
        f"{OFFICE}/documents/<int:pk>/file/",
        documents.DocumentFileView.as_view(),
        name="document-file",
    ),
    path(f"api/{OFFICE}/cases/", CaseList.as_view(), name="api-cases"),
    path(f"api/{OFFICE}/cases/<int:pk>/", CaseDetail.as_view(), name="api-case"),
]
