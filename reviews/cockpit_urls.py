"""Addresses of the cockpit of a round."""

from django.urls import path

from reviews.views import cockpit

ROUND = "o/<slug:office>/rounds/<int:pk>/"

urlpatterns = [
    path("o/<slug:office>/rounds/towns/", cockpit.RoundTownListView.as_view(), name="round-towns"),
    path(ROUND + "cockpit/", cockpit.RoundCockpitView.as_view(), name="round-cockpit"),
    path(
        ROUND + "cockpit/export/",
        cockpit.RoundCockpitExportView.as_view(),
        name="round-cockpit-export",
    ),
    path(ROUND + "remind/", cockpit.RoundRemindView.as_view(), name="round-remind"),
]
