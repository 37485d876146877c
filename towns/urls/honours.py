"""Addresses of honours, standards, brands, functions and platforms."""

from django.urls import path

from towns.urls.places import OFFICE, TOWN
from towns.views import honours, services

HONOUR = OFFICE + "honours/<int:pk>/"
PLATFORM = TOWN + "platforms/<int:platform>/"

urlpatterns = [
    path(OFFICE + "honours/", honours.HonourListView.as_view(), name="honours"),
    path(TOWN + "honours/", honours.TownHonoursView.as_view(), name="town-honours"),
    path(TOWN + "honours/add/", honours.HonourAddView.as_view(), name="honour-add"),
    path(HONOUR, honours.HonourView.as_view(), name="honour"),
    path(HONOUR + "amend/", honours.HonourAmendView.as_view(), name="honour-amend"),
    path(HONOUR + "revoke/", honours.HonourRevokeView.as_view(), name="honour-revoke"),
    path(TOWN + "services/", services.TownServicesView.as_view(), name="town-services"),
    path(TOWN + "platforms/add/", services.PlatformAddView.as_view(), name="platform-add"),
    path(PLATFORM + "amend/", services.PlatformAmendView.as_view(), name="platform-amend"),
    path(PLATFORM + "end/", services.PlatformEndView.as_view(), name="platform-end"),
]
