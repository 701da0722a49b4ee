"""The record: incidents, runs, evidence, commands, and the only code that writes them."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IncidentsConfig(AppConfig):
    """Registers the app with Django, and keeps the two roles as they should be."""

    name = "workbench.incidents"
    verbose_name = "Incidents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the roles once the tables are there."""
        from workbench.incidents.roles import make_roles

        post_migrate.connect(make_roles, sender=self, dispatch_uid="bothways-roles")
