"""Addresses of batches (批量文件)."""

from django.urls import path

from portal.core.views.documents import batches

OFFICE = "o/<slug:office>"

urlpatterns = [
    path(f"{OFFICE}/batches/", batches.BatchesView.as_view(), name="batches"),
    path(f"{OFFICE}/batches/new/", batches.BatchNewView.as_view(), name="batch-new"),
    path(f"{OFFICE}/batches/<int:pk>/", batches.BatchView.as_view(), name="batch"),
    path(
        f"{OFFICE}/batches/<int:pk>/<slug:which>/file/",
        batches.BatchFileView.as_view(),
        name="batch-file",
    ),
    path(
        f"{OFFICE}/batches/<int:pk>/items/<int:item>/file/",
        batches.BatchItemFileView.as_view(),
        name="batch-item-file",
    ),
]
