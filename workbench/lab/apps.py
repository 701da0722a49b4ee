"""Django app."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.lab"
    default_auto_field = "django.db.models.BigAutoField"
