"""Addresses of batches (批量文件)."""

from django.urls import path

from portal.core.views.documents import batch, batches

OFFICE = "o/<slug:office>"

urlpatterns = [
    path(f"{OFFICE}/batches/", batches.BatchesView.as_view(), name="batches"),
    path(f"{OFFICE}/batches/new/", batches.BatchNewView.as_view(), name="batch-new"),
    path(f"{OFFICE}/batches/<int:pk>/", batch.BatchView.as_view(), name="batch"),
    path(
        f"{OFFICE}/batches/<int:pk>/<slug:which>/file/",
        batch.BatchFileView.as_view(),
        name="batch-file",
    ),
    path(
        f"{OFFICE}/batches/<int:pk>/items/<int:item>/file/",
        batch.BatchItemFileView.as_view(),
        name="batch-item-file",
    ),
]
