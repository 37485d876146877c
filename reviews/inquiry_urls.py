"""Addresses of requests for information (补充说明) and of extending a term."""

from django.urls import path

from reviews.views import inquiries

CASE = "o/<slug:office>/cases/<int:pk>/"
ONE = CASE + "inquiries/<int:inquiry>/"

urlpatterns = [
    path(CASE + "inquiries/new/", inquiries.AskView.as_view(), name="case-ask"),
    path(ONE, inquiries.InquiryView.as_view(), name="inquiry"),
    path(ONE + "close/", inquiries.InquiryCloseView.as_view(), name="inquiry-close"),
    path(CASE + "extend/", inquiries.ExtendView.as_view(), name="case-extend"),
]
