"""Django app."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.api"
    default_auto_field = "django.db.models.BigAutoField"
