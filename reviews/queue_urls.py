"""Addresses of the queue: the list, batches, and who has a case in hand."""

from django.urls import path

from reviews.views import batch, claiming, queue

CASE = "o/<slug:office>/cases/<int:pk>/"

urlpatterns = [
    path("o/<slug:office>/cases/", queue.CaseListView.as_view(), name="cases"),
    path("o/<slug:office>/cases/batch/", batch.BatchView.as_view(), name="cases-batch"),
    path(CASE + "claim/", claiming.ClaimView.as_view(), name="case-claim"),
    path(CASE + "release/", claiming.ReleaseView.as_view(), name="case-release"),
    path(CASE + "take-over/", claiming.TakeOverView.as_view(), name="case-take-over"),
    path(CASE + "hand-over/", claiming.HandOverView.as_view(), name="case-hand-over"),
]
