"""The worker's entry point: `celery -A workbench.config worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")

app = Celery("bothways")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workbench.incidents"])
