"""What comes in from other systems, what goes out to them, and the changes that people make."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Registers the app with Django, and listens to what is written into incidents."""

    name = "workbench.integrations"
    verbose_name = "Integrations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of every event from now on."""
        from workbench.incidents.redaction.told import words_removed
        from workbench.incidents.timeline import written
        from workbench.incidents.worker import sweep
        from workbench.integrations import listening, tasks

        written.connect(listening.heard, dispatch_uid="integrations")
        words_removed.connect(listening.forget_words, dispatch_uid="integrations")
        sweep.chores.append(tasks.sweep_deliveries)
