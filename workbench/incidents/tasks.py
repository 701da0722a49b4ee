"""The worker's side: one investigation from its begin to a truthful end."""

from __future__ import annotations

from celery import shared_task

from workbench.incidents.investigator import Investigator


@shared_task(name="bothways.run_investigation")
def run_investigation(run_id: int) -> None:
    """Investigate one queued run; does nothing when another worker took it or it was cancelled."""
    Investigator(run_id).work()
