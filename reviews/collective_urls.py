"""Addresses of meetings, public notices and certification, and of the read-only API of cases."""

from django.urls import path

from reviews.api import CaseDetail, CaseList
from reviews.views import drafting, meetings, notices

OFFICE = "o/<slug:office>"

urlpatterns = [
    path(f"{OFFICE}/meetings/", meetings.MeetingsView.as_view(), name="meetings"),
    path(f"{OFFICE}/meetings/new/", meetings.MeetingNewView.as_view(), name="meeting-new"),
    path(f"{OFFICE}/meetings/<int:pk>/", meetings.MeetingView.as_view(), name="meeting"),
    path(f"{OFFICE}/notices/", notices.NoticesView.as_view(), name="notices"),
    path(f"{OFFICE}/notices/new/", notices.NoticeNewView.as_view(), name="notice-new"),
    path(f"{OFFICE}/notices/<int:pk>/", notices.NoticeView.as_view(), name="notice"),
    path(
        f"{OFFICE}/certification/new/",
        drafting.CertificationNewView.as_view(),
        name="certification-new",
    ),
    path(f"api/{OFFICE}/cases/", CaseList.as_view(), name="api-cases"),
    path(f"api/{OFFICE}/cases/<int:pk>/", CaseDetail.as_view(), name="api-case"),
]
