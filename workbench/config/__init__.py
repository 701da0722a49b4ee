"""How this installation is put together: settings, URLs, the web's and the worker's entry
points."""

from workbench.config.celery import app as celery_app

__all__ = ["celery_app"]
