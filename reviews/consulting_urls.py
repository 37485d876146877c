"""Addresses of the consultation of member units."""

from django.urls import path

from reviews.views import cases, consulting, dividing, extending

CASE = "o/<slug:office>/cases/<int:pk>/"
DIVISION = "o/<slug:office>/criterion-units/"

urlpatterns = [
    path(CASE, cases.CaseView.as_view(), name="case"),
    path(CASE + "units/", consulting.AskUnitsView.as_view(), name="case-units"),
    path(CASE + "opinions/<int:opinion>/", consulting.OpinionView.as_view(), name="opinion"),
    path(
        CASE + "opinions/<int:opinion>/extend/",
        extending.OpinionExtendView.as_view(),
        name="opinion-extend",
    ),
    path(
        CASE + "opinions/<int:opinion>/reconfirm/",
        consulting.ReconfirmView.as_view(),
        name="opinion-reconfirm",
    ),
    path(DIVISION, dividing.DivisionsView.as_view(), name="criterion-units-sets"),
    path(DIVISION + "<int:pk>/", dividing.SetUnitsView.as_view(), name="criterion-units"),
    path(
        DIVISION + "<int:pk>/<slug:criterion>/",
        dividing.CriterionUnitsView.as_view(),
        name="criterion-units-edit",
    ),
]
