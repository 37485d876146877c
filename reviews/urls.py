"""Addresses of this app: cases here; meetings, notices and documents, and rounds, in their own."""

from django.urls import include, path

from reviews.views import cases, deciding, explaining, filing, judging, papers

CASE = "o/<slug:office>/cases/<int:pk>/"
APPLICATION = "o/<slug:office>/applications/<int:pk>/"

urlpatterns = [
    path("o/<slug:office>/cases/", cases.CaseListView.as_view(), name="cases"),
    path(CASE, cases.CaseView.as_view(), name="case"),
    path(CASE + "decide/", deciding.DecideView.as_view(), name="case-decide"),
    path(CASE + "units/", judging.AskUnitsView.as_view(), name="case-units"),
    path(CASE + "opinions/<int:opinion>/", judging.OpinionView.as_view(), name="opinion"),
    path(CASE + "experts/", judging.AssignExpertsView.as_view(), name="case-experts"),
    path(CASE + "sheets/<int:sheet>/", judging.SheetView.as_view(), name="sheet"),
    path(CASE + "withdraw/", filing.WithdrawView.as_view(), name="case-withdraw"),
    path(
        CASE + "evidence/<int:evidence>/",
        cases.EvidenceFileView.as_view(),
        name="case-evidence-file",
    ),
    path(CASE + "explanation/", explaining.CaseExplanationView.as_view(), name="case-explanation"),
    path(APPLICATION + "submit/", filing.SubmitView.as_view(), name="application-submit"),
    path(APPLICATION + "receipt/", filing.ReceiptView.as_view(), name="application-receipt"),
    path("o/<slug:office>/papers/<slug:kind>/<int:pk>/", papers.PaperView.as_view(), name="paper"),
    path("", include("reviews.collective_urls")),
    path("", include("reviews.round_urls")),
]
