"""The JSON interface on top of actions and queries."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.api"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"
