"""Django app."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.incidents"
    default_auto_field = "django.db.models.BigAutoField"
