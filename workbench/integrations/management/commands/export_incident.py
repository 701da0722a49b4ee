"""`manage.py export_incident 12 FILE`: take an incident along to another installation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workbench.incidents.actions import ActionRefused
from workbench.incidents.models import Incident
from workbench.integrations import actions


class Command(BaseCommand):
    """Writes the bundle of an incident."""

    help = "Write an incident as a bundle (.tar.gz), which another installation reads and plays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which incident, and where to."""
        parser.add_argument("incident", type=int)
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write it; a file that is there is not overwritten."""
        file: Path = options["file"]
        incident = Incident.objects.filter(pk=options["incident"]).first()
        if incident is None:
            raise CommandError(f"there is no incident {options['incident']}")
        try:
            with actions.export_bundle(None, incident) as bundle, file.open("xb") as out:
                shutil.copyfileobj(bundle, out)
        except (ActionRefused, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{file}: {file.stat().st_size} bytes")
