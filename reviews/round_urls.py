"""Addresses of rounds: a round's page shows the chain, so it stands above the towns app."""

from django.urls import path

from reviews.views import rounds

urlpatterns = [
    path("o/<slug:office>/rounds/new/", rounds.RoundNewView.as_view(), name="round-new"),
    path("o/<slug:office>/rounds/<int:pk>/", rounds.RoundView.as_view(), name="round"),
    path(
        "o/<slug:office>/rounds/<int:pk>/assess/",
        rounds.RoundAssessView.as_view(),
        name="round-assess",
    ),
]
