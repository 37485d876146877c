"""Addresses of the stamped request and the commitments of an application."""

from django.urls import path

from towns.urls.places import OFFICE
from towns.views import requests

APPLICATION = OFFICE + "applications/<int:pk>/"

urlpatterns = [
    path(APPLICATION + "request/", requests.RequestView.as_view(), name="application-request"),
    path(
        APPLICATION + "request/remove/",
        requests.RequestRemoveView.as_view(),
        name="application-request-remove",
    ),
    path(
        APPLICATION + "commitments/",
        requests.CommitmentsView.as_view(),
        name="application-commitments",
    ),
]
