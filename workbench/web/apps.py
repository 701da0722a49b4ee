"""Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.web"
    default_auto_field = "django.db.models.BigAutoField"
