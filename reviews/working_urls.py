"""Addresses of what offices work with beside a decision: phrases, notes, an opinion maintained."""

from django.urls import path

from reviews.views import deciding, notes, phrases

CASE = "o/<slug:office>/cases/<int:pk>/"

urlpatterns = [
    path("o/<slug:office>/phrases/", phrases.PhrasesView.as_view(), name="phrases"),
    path(CASE + "notes/", notes.NotesView.as_view(), name="case-notes"),
    path(CASE + "reaffirm/", deciding.ReaffirmView.as_view(), name="case-reaffirm"),
]
