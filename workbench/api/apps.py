"""The JSON interface on top of actions and queries."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.api"
    verbose_name = "API"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep no answer that says what is redacted."""
        from workbench.api import idempotency
        from workbench.incidents.redaction.told import words_removed

        words_removed.connect(idempotency.forget_words, dispatch_uid="api")
