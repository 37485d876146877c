"""Addresses of on-site visits."""

from django.urls import path

from reviews.views import visit_photos, visits

VISIT = "o/<slug:office>/visits/<int:pk>/"

urlpatterns = [
    path(
        "o/<slug:office>/cases/<int:pk>/visits/new/",
        visits.VisitNewView.as_view(),
        name="visit-new",
    ),
    path(VISIT, visits.VisitView.as_view(), name="visit"),
    path(VISIT + "photos/", visit_photos.VisitPhotosView.as_view(), name="visit-photos"),
    path(
        VISIT + "photos/<int:photo>/remove/",
        visit_photos.VisitPhotoRemoveView.as_view(),
        name="visit-photo-remove",
    ),
    path(VISIT + "cancel/", visits.VisitCancelView.as_view(), name="visit-cancel"),
]
