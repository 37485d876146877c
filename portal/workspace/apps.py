"""Application configuration."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """Home pages and public pages."""

    name = "portal.workspace"
    label = "workspace"
    verbose_name = "工作台"
