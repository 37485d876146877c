"""Addresses of an application's task list and of the sections that are typed."""

from django.urls import URLPattern, path

from towns.urls.places import OFFICE
from towns.views import autosaving, criteria_sections, narratives, tasks

APPLICATION = OFFICE + "applications/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(APPLICATION, tasks.ApplicationView.as_view(), name="application"),
    path(APPLICATION + "overview/", narratives.OverviewView.as_view(), name="application-overview"),
    path(APPLICATION + "industry/", narratives.IndustryView.as_view(), name="application-industry"),
    path(
        APPLICATION + "criteria/<slug:criterion>/",
        criteria_sections.CriterionView.as_view(),
        name="application-criterion",
    ),
    path(
        APPLICATION + "criteria/<slug:criterion>/verdict/",
        criteria_sections.VerdictView.as_view(),
        name="application-verdict",
    ),
    path(
        APPLICATION + "sections/<str:key>/autosave/",
        autosaving.AutosaveView.as_view(),
        name="application-autosave",
    ),
    path(
        APPLICATION + "sections/<str:key>/presence/",
        autosaving.PresenceView.as_view(),
        name="application-presence",
    ),
]
