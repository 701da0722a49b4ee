"""The inventory: devices, how to log in to them, and whose key is known."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Registers the app with Django."""

    name = "workbench.inventory"
    verbose_name = "Inventory"
    default_auto_field = "django.db.models.BigAutoField"
