"""The rows of the integrations, one file per subject. Only `integrations.actions` writes them."""

from workbench.integrations.models.change import Change, ManualChange

__all__ = ["Change", "ManualChange"]
