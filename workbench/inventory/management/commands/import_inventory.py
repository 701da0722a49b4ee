"""`manage.py import_inventory FILE`: take over the devices of an inventory file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collectors.inventory.file import BadInventory
from workbench.inventory import actions


class Command(BaseCommand):
    """Imports an inventory file."""

    help = (
        "Import the devices of an inventory file (JSON or YAML); those of the same name are"
        " replaced."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Import it."""
        file: Path = options["file"]
        try:
            saved = actions.import_file(None, file.read_bytes(), file.absolute().parent)
        except (BadInventory, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(saved)} devices")
