"""`manage.py make_token USER NAME [--only hooks|changes]`: a token with which a program acts as that
person."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workbench.api.models import ApiToken


class Command(BaseCommand):
    """Makes an API token."""

    help = "Make a token for the API; it is shown once and kept as a digest."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and what for."""
        parser.add_argument("user")
        parser.add_argument("name", help="what it is for")
        parser.add_argument(
            "--only",
            choices=[one for one in ApiToken.Scope.values if one != ApiToken.Scope.PERSON],
            default=ApiToken.Scope.PERSON,
            help="the one thing that it opens; without this, all that the person may do",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the token."""
        person = User.objects.filter(username=options["user"]).first()
        if person is None:
            raise CommandError(f"there is no user called {options['user']!r}")
        self.stdout.write(ApiToken.issue(person, options["name"], options["only"]))
