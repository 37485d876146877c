"""The address of documents as docx."""

from django.urls import path

from portal.core.views.documents import word

urlpatterns = [
    path(
        "o/<slug:office>/documents/<int:pk>/docx/",
        word.DocumentDocxView.as_view(),
        name="document-docx",
    ),
]
