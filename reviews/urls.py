"""Addresses of this app: cases here; meetings, notices and documents, and rounds, in their own."""

from django.urls import include, path

from reviews.views import (
    cases,
    chains,
    correcting,
    deciding,
    explaining,
    filing,
    judging,
    papers,
    receipts,
    reversing,
)

CASE = "o/<slug:office>/cases/<int:pk>/"
APPLICATION = "o/<slug:office>/applications/<int:pk>/"

urlpatterns = [
    path(CASE + "decide/", deciding.DecideView.as_view(), name="case-decide"),
    path(CASE + "return/", correcting.ReturnView.as_view(), name="case-return"),
    path(CASE + "experts/", judging.AssignExpertsView.as_view(), name="case-experts"),
    path(CASE + "sheets/<int:sheet>/", judging.SheetView.as_view(), name="sheet"),
    path(CASE + "reverse/", reversing.ReverseView.as_view(), name="case-reverse"),
    path("o/<slug:office>/chains/", chains.ChainsView.as_view(), name="chains"),
    path(CASE + "withdraw/", filing.WithdrawView.as_view(), name="case-withdraw"),
    path(
        CASE + "evidence/<int:evidence>/",
        cases.EvidenceFileView.as_view(),
        name="case-evidence-file",
    ),
    path(CASE + "explanation/", explaining.CaseExplanationView.as_view(), name="case-explanation"),
    path(APPLICATION + "submit/", filing.SubmitView.as_view(), name="application-submit"),
    path(APPLICATION + "receipt/", receipts.ReceiptView.as_view(), name="application-receipt"),
    path("o/<slug:office>/papers/<slug:kind>/<int:pk>/", papers.PaperView.as_view(), name="paper"),
    path("", include("reviews.collective_urls")),
    path("", include("reviews.consulting_urls")),
    path("", include("reviews.inquiry_urls")),
    path("", include("reviews.paper_copy_urls")),
    path("", include("reviews.queue_urls")),
    path("", include("reviews.round_urls")),
    path("", include("reviews.shortlist_urls")),
    path("", include("reviews.cockpit_urls")),
    path("", include("reviews.visit_urls")),
    path("", include("reviews.working_urls")),
]
