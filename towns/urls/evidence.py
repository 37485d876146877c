"""Addresses of evidence."""

from django.urls import path

from towns.urls.places import OFFICE
from towns.views import evidence, evidence_pieces, evidence_volume

APPLICATION = OFFICE + "applications/<int:pk>/"
PIECE = APPLICATION + "evidence/<int:evidence>/"

urlpatterns = [
    path(
        APPLICATION + "evidence/",
        evidence_volume.EvidenceIndexView.as_view(),
        name="application-evidence",
    ),
    path(
        APPLICATION + "evidence/merge/",
        evidence_volume.EvidenceMergeView.as_view(),
        name="evidence-merge",
    ),
    path(
        APPLICATION + "criteria/<slug:criterion>/reuse/",
        evidence_pieces.EvidenceReuseView.as_view(),
        name="evidence-reuse",
    ),
    path(PIECE, evidence.EvidenceFileView.as_view(), name="evidence-file"),
    path(PIECE + "edit/", evidence_pieces.EvidenceEditView.as_view(), name="evidence-edit"),
    path(PIECE + "remove/", evidence.EvidenceRemoveView.as_view(), name="evidence-remove"),
]
