"""Addresses of the register of enterprises."""

from django.urls import URLPattern, path

from towns.urls.places import OFFICE, TOWN
from towns.views import enterprises, lists, members

MEMBER = TOWN + "members/<int:membership>/"

urlpatterns: list[URLPattern] = [
    path(OFFICE + "enterprises/", lists.EnterpriseListView.as_view(), name="enterprises"),
    path(OFFICE + "enterprises/<int:pk>/", enterprises.EnterpriseView.as_view(), name="enterprise"),
    path(
        OFFICE + "enterprises/<int:pk>/rename/",
        enterprises.EnterpriseRenameView.as_view(),
        name="enterprise-rename",
    ),
    path(TOWN + "enterprises/", members.TownEnterprisesView.as_view(), name="town-enterprises"),
    path(TOWN + "members/add/", members.MemberAddView.as_view(), name="member-add"),
    path(MEMBER + "role/", members.MemberRoleView.as_view(), name="member-role"),
    path(MEMBER + "amend/", members.MemberAmendView.as_view(), name="member-amend"),
    path(MEMBER + "end/", members.MemberEndView.as_view(), name="member-end"),
]
