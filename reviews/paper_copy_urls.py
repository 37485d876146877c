"""Addresses of paper copies."""

from django.urls import path

from reviews.views import paper_copies

urlpatterns = [
    path(
        "o/<slug:office>/cases/<int:pk>/paper-copies/",
        paper_copies.PaperCopiesView.as_view(),
        name="case-paper-copies",
    ),
]
