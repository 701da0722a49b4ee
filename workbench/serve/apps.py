"""The Django app that holds the commands demo, up and test."""

from django.apps import AppConfig


class ServeConfig(AppConfig):
    """Serving on one machine."""

    name = "workbench.serve"
