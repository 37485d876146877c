"""Addresses of shortlists (推荐名单), the letter of recommendation and the summary's workbook."""

from django.urls import path

from reviews.views import recommending, shortlisting, shortlists

ROUND = "o/<slug:office>/rounds/<int:pk>/"
LIST = "o/<slug:office>/shortlists/round/<int:pk>/"

urlpatterns = [
    path("o/<slug:office>/shortlists/", shortlists.ShortlistsView.as_view(), name="shortlists"),
    path(
        "o/<slug:office>/shortlists/<int:pk>/",
        shortlisting.ShortlistReadView.as_view(),
        name="shortlist-read",
    ),
    path(LIST, shortlists.ShortlistView.as_view(), name="shortlist"),
    path(LIST + "confirm/", shortlisting.ConfirmView.as_view(), name="shortlist-confirm"),
    path(LIST + "promote/", shortlisting.PromoteView.as_view(), name="shortlist-promote"),
    path(LIST + "letter/", recommending.LetterView.as_view(), name="shortlist-letter"),
    path(ROUND + "summary/", recommending.SummaryView.as_view(), name="summary-export"),
]
