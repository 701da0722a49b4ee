"""./bothways up: serve for real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.serve.command import ServeCommand
from workbench.serve.people import FIRST, first_login
from workbench.serve.plan import ServePlan


class Command(ServeCommand):
    """Serves Bothways: database, private Redis (or REDIS_URL), worker and web."""

    help = "Serve Bothways until Ctrl-C: database, Redis, worker and web."
    name = "up"

    def beginning(self, plan: ServePlan, options: dict[str, Any]) -> Callable[[], None]:
        """Say where it is, and how to log in the first time."""

        def begin() -> None:
            password = first_login(anew=False)
            if password:
                self.say(f"first login, shown only once: {FIRST} / {password}")
            self.say(f"serving on {plan.url} (data in {plan.data}; Ctrl-C ends it)")
            self.show(plan.url, options)

        return begin
