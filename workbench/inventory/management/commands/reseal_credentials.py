"""`manage.py reseal_credentials`: put every secret under the newest key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workbench.inventory import actions, vault


class Command(BaseCommand):
    """Rotates the keys of the credentials."""

    help = (
        "Put every credential under the first of BOTHWAYS_CREDENTIAL_KEYS; afterwards the others"
        " can go."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it all, or nothing."""
        try:
            self.stdout.write(f"{actions.reseal_all()} credentials")
        except vault.Sealed as error:
            raise CommandError(str(error)) from None
