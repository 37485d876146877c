"""Addresses of the roster and of its read-only API."""

from django.urls import path

from towns.api import OfficeRoster, PublicRoster
from towns.views.roster import RosterExportView, RosterView

urlpatterns = [
    path("o/<slug:office>/roster/", RosterView.as_view(), name="roster"),
    path("o/<slug:office>/roster/export/", RosterExportView.as_view(), name="roster-export"),
    path("api/o/<slug:office>/roster/", OfficeRoster.as_view(), name="api-roster"),
    path("api/public/roster/", PublicRoster.as_view(), name="api-public-roster"),
]
