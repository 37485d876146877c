"""Addresses of this app."""

from django.urls import path

from portal.core.listing import views as lists
from portal.core.views import activation, files, health, jobs, uploads

urlpatterns = [
    path("healthz", health.HealthView.as_view(), name="healthz"),
    path("activate/", activation.ActivationView.as_view(), name="activate"),
    path("o/<slug:office>/jobs/", jobs.JobListView.as_view(), name="jobs"),
    path("o/<slug:office>/jobs/<int:pk>/", jobs.JobView.as_view(), name="job"),
    path(
        "o/<slug:office>/jobs/<int:pk>/progress/",
        jobs.JobProgressView.as_view(),
        name="job-progress",
    ),
    path("o/<slug:office>/jobs/<int:pk>/file/", jobs.JobFileView.as_view(), name="job-file"),
    path(
        "o/<slug:office>/lists/<slug:key>/export/",
        lists.ListExportView.as_view(),
        name="list-export",
    ),
    path(
        "o/<slug:office>/lists/<slug:key>/views/save/",
        lists.ViewSaveView.as_view(),
        name="view-save",
    ),
    path(
        "o/<slug:office>/lists/<slug:key>/views/<int:pk>/delete/",
        lists.ViewDeleteView.as_view(),
        name="view-delete",
    ),
    path("o/<slug:office>/files/<int:pk>/", files.FilePreviewView.as_view(), name="file-preview"),
    path(
        "o/<slug:office>/files/<int:pk>/download/",
        files.FileDownloadView.as_view(),
        name="file-download",
    ),
    path(
        "o/<slug:office>/files/<int:pk>/pages/<int:number>/",
        files.FilePageView.as_view(),
        name="file-page",
    ),
    path("o/<slug:office>/uploads/", uploads.UploadsView.as_view(), name="uploads"),
    path("o/<slug:office>/uploads/<uuid:pk>/", uploads.UploadView.as_view(), name="upload"),
    path(
        "o/<slug:office>/uploads/<uuid:pk>/append/",
        uploads.UploadAppendView.as_view(),
        name="upload-append",
    ),
    path(
        "o/<slug:office>/uploads/<uuid:pk>/finish/",
        uploads.UploadFinishView.as_view(),
        name="upload-finish",
    ),
    path(
        "o/<slug:office>/uploads/<uuid:pk>/remove/",
        uploads.UploadRemoveView.as_view(),
        name="upload-remove",
    ),
]
