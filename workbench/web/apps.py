"""Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the app with Django, and listens to redactions."""

    name = "workbench.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Forget what was drawn when some of it is redacted."""
        from workbench.incidents.redaction.told import words_removed
        from workbench.web import listening

        words_removed.connect(listening.forget, dispatch_uid="web")
