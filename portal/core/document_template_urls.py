"""Addresses of templates, of drafting free documents, and of the live preview."""

from django.urls import path

from portal.core.views.documents import composing, preview, template_editor, templates

HERE = "o/<slug:office>/documents"

urlpatterns = [
    path(f"{HERE}/new/", composing.DocumentNewView.as_view(), name="document-new"),
    path(f"{HERE}/samples/<int:pk>/", preview.SampleView.as_view(), name="document-sample"),
    path(f"{HERE}/templates/", templates.TemplatesView.as_view(), name="document-templates"),
    path(
        f"{HERE}/templates/<int:pk>/",
        templates.TemplateVersionView.as_view(),
        name="template-version",
    ),
    path(
        f"{HERE}/templates/<int:pk>/edit/",
        template_editor.TemplateEditView.as_view(),
        name="template-edit",
    ),
    path(
        f"{HERE}/templates/<slug:kind>/",
        templates.TemplateKindView.as_view(),
        name="template-kind",
    ),
]
