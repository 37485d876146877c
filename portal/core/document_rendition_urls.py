"""Addresses of renditions, and of verification by everybody."""

from django.urls import path

from portal.core.views.documents import renditions, verify

DOCUMENT = "o/<slug:office>/documents/<int:pk>"

urlpatterns = [
    path(
        f"{DOCUMENT}/renditions/add/",
        renditions.RenditionAddView.as_view(),
        name="document-rendition-add",
    ),
    path(
        f"{DOCUMENT}/renditions/<int:rendition>/",
        renditions.RenditionView.as_view(),
        name="document-rendition",
    ),
    path("verify/", verify.VerifyView.as_view(), name="verify"),
    path("verify/compare/", verify.CompareView.as_view(), name="verify-compare"),
    path("verify/<str:code>/", verify.VerifyDocumentView.as_view(), name="verify-document"),
]
