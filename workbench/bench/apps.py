"""Django app."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.bench"
    default_auto_field = "django.db.models.BigAutoField"
