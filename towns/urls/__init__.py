"""Addresses of the towns app."""

from django.urls import include, path

from towns.urls.places import OFFICE, TOWN
from towns.views import (
    explaining,
    filing,
    handing,
    keeping,
    lists,
    rounds,
    towns,
    trial,
)

APPLICATION = OFFICE + "applications/<int:pk>/"

urlpatterns = [
    path(OFFICE + "towns/", lists.TownListView.as_view(), name="towns"),
    path(TOWN, towns.TownView.as_view(), name="town"),
    path(TOWN + "functions/", keeping.TownFunctionsView.as_view(), name="town-functions"),
    path(OFFICE + "rounds/", rounds.RoundListView.as_view(), name="rounds"),
    path(OFFICE + "applications/", filing.ApplicationListView.as_view(), name="applications"),
    path("", include("towns.urls.filing")),
    path("", include("towns.urls.register_sections")),
    path("", include("towns.urls.evidence")),
    path(APPLICATION + "check/", handing.CheckView.as_view(), name="application-check"),
    path(
        APPLICATION + "explanation/",
        explaining.ApplicationExplanationView.as_view(),
        name="application-explanation",
    ),
    path(APPLICATION + "hand-over/", handing.HandOverView.as_view(), name="application-hand-over"),
    path(APPLICATION + "send-back/", handing.SendBackView.as_view(), name="application-send-back"),
    path(OFFICE + "criteria/<slug:key>/trial/", trial.TrialView.as_view(), name="criteria-trial"),
    path("", include("towns.urls.contributing")),
    path("", include("towns.urls.correcting")),
    path("", include("towns.urls.handing")),
    path("", include("towns.urls.towns")),
    path("", include("towns.urls.enterprises")),
    path("", include("towns.urls.honours")),
    path("", include("towns.urls.figures")),
    path("", include("towns.urls.offline")),
    path("", include("towns.urls.simulations")),
    path("", include("towns.roster_urls")),
]
