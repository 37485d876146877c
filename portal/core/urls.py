"""Addresses of this app."""

from django.urls import path

from portal.core.views import activation, health, jobs

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
]
