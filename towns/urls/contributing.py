"""Addresses of contacts, of what they fill, and of entering on behalf of a unit."""

from django.urls import URLPattern, path

from towns.urls.places import OFFICE
from towns.views import contact_sections, contributing, on_behalf

APPLICATION = OFFICE + "applications/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(
        APPLICATION + "contacts/", contributing.ContactsView.as_view(), name="application-contacts"
    ),
    path(
        APPLICATION + "contacts/<int:grant>/revoke/",
        contributing.ContactRevokeView.as_view(),
        name="application-contact-revoke",
    ),
    path(OFFICE + "contributions/", contributing.ContributionsView.as_view(), name="contributions"),
    path(
        OFFICE + "contributions/<int:pk>/<str:key>/",
        contact_sections.ContributionView.as_view(),
        name="contribution",
    ),
    path(APPLICATION + "give-up/", on_behalf.GiveUpView.as_view(), name="application-give-up"),
    path(
        OFFICE + "rounds/<int:call>/on-behalf/",
        on_behalf.OnBehalfView.as_view(),
        name="round-on-behalf",
    ),
]
