"""The worker's entry point: `celery -A workbench.config worker`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workbench.config.settings")
# they would load every page into the worker's memory
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("bothways")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["workbench.incidents.worker", "workbench.integrations"])


@worker_ready.connect
def sweep_beside_the_work(**kwargs: Any) -> None:
    """A worker looks at once, and then again and again, for what another one left lying."""
    from workbench.incidents.worker.sweep import Sweeper

    Sweeper().start()


@worker_shutting_down.connect
def end_runs_in_order(**kwargs: Any) -> None:
    """A worker that is asked to end lets its runs know."""
    from workbench.incidents.worker import heartbeat

    heartbeat.close()
