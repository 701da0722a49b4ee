"""The rows of the integrations, one file per subject. Only `integrations.actions` writes them."""

from workbench.integrations.models.alert import Alert, AlertRules
from workbench.integrations.models.change import Change, ManualChange
from workbench.integrations.models.target import Delivery, News, Target

__all__ = ["Alert", "AlertRules", "Change", "Delivery", "ManualChange", "News", "Target"]
