"""`manage.py import_incident FILE`: take in an incident that another installation exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workbench.incidents.actions import ActionRefused
from workbench.integrations import actions


class Command(BaseCommand):
    """Reads a bundle."""

    help = "Import the bundle of an incident; it is read and played here, and not changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import it, or nothing."""
        try:
            with options["file"].open("rb") as raw:
                incident = actions.import_bundle(None, raw)
        except (ActionRefused, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"incident {incident.pk}, from {incident.origin}")
