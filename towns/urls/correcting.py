"""Addresses of rounds of return."""

from django.urls import path

from towns.urls.places import OFFICE
from towns.views import correcting

urlpatterns = [
    path(
        OFFICE + "applications/<int:pk>/corrections/",
        correcting.CorrectionsView.as_view(),
        name="application-corrections",
    ),
]
