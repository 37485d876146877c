"""Addresses of offices, posts, appointments and grants inside a workspace."""

from django.urls import path

from portal.workspace.views import absence, appointing, granting, offices, restructuring

urlpatterns = [
    path("offices/", offices.OfficesView.as_view(), name="offices"),
    path("offices/<int:pk>/", offices.OfficePageView.as_view(), name="office"),
    path(
        "offices/<int:pk>/leading-group/",
        offices.LeadingGroupView.as_view(),
        name="office-leading-group",
    ),
    path(
        "offices/<int:pk>/leading-group/export/",
        offices.LeadingGroupExportView.as_view(),
        name="office-leading-group-export",
    ),
    path("offices/<int:pk>/unit/", restructuring.UnitNewView.as_view(), name="unit-new"),
    path("offices/<int:pk>/post/", restructuring.PostNewView.as_view(), name="post-new"),
    path("offices/<int:pk>/rename/", restructuring.RenameView.as_view(), name="office-rename"),
    path("offices/<int:pk>/merge/", restructuring.MergeView.as_view(), name="office-merge"),
    path("offices/<int:pk>/split/", restructuring.SplitView.as_view(), name="office-split"),
    path("offices/<int:pk>/close/", restructuring.OfficeCloseView.as_view(), name="office-close"),
    path("offices/posts/<int:pk>/", offices.PostPageView.as_view(), name="post"),
    path("offices/posts/<int:pk>/appoint/", appointing.AppointView.as_view(), name="post-appoint"),
    path("offices/posts/<int:pk>/succeed/", appointing.SucceedView.as_view(), name="post-succeed"),
    path("offices/posts/<int:pk>/deputy/", absence.DeputiseView.as_view(), name="post-deputy"),
    path("offices/posts/<int:pk>/close/", restructuring.PostCloseView.as_view(), name="post-close"),
    path("offices/posts/<int:pk>/town/", granting.TownGrantView.as_view(), name="town-grant"),
    path(
        "offices/appointments/<int:pk>/end/", appointing.EndView.as_view(), name="appointment-end"
    ),
    path(
        "offices/appointments/<int:pk>/revoke/",
        appointing.RevokeView.as_view(),
        name="appointment-revoke",
    ),
    path(
        "offices/appointments/<int:pk>/leave/",
        absence.LeaveView.as_view(),
        name="appointment-leave",
    ),
    path("offices/leaves/<int:pk>/end/", absence.LeaveEndView.as_view(), name="leave-end"),
    path("offices/deputies/<int:pk>/end/", absence.DeputyEndView.as_view(), name="deputy-end"),
    path(
        "offices/town-grants/<int:pk>/revoke/",
        granting.TownGrantRevokeView.as_view(),
        name="town-grant-revoke",
    ),
]
