"""Addresses of filling an application without network: its workbook out and back."""

from django.urls import path

from towns.urls.places import OFFICE
from towns.views import offline

PLACE = OFFICE + "applications/<int:pk>/offline/"
RUN = PLACE + "<int:run>/"

urlpatterns = [
    path(PLACE, offline.OfflineView.as_view(), name="application-offline"),
    path(PLACE + "skeleton/", offline.SkeletonView.as_view(), name="application-skeleton"),
    path(RUN, offline.OfflineImportView.as_view(), name="offline-import"),
    path(RUN + "commit/", offline.OfflineCommitView.as_view(), name="offline-commit"),
    path(RUN + "abandon/", offline.OfflineAbandonView.as_view(), name="offline-abandon"),
    path(RUN + "marked/", offline.OfflineMarkedView.as_view(), name="offline-marked"),
]
