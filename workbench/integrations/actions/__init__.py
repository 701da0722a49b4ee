"""The only writer of what integrations keep: one verb, one function, one file per subject."""

from workbench.integrations.actions.alerts import TooMany, alert_rules, take_alert
from workbench.integrations.actions.bundles import export_bundle, import_bundle, may_import
from workbench.integrations.actions.changes import (
    apply_fix,
    claim_fix,
    record_change,
    release_fix,
    roll_back,
)
from workbench.integrations.actions.outgoing import queue_news, send_again
from workbench.integrations.actions.reported import report_change

__all__ = [
    "TooMany",
    "alert_rules",
    "apply_fix",
    "claim_fix",
    "export_bundle",
    "import_bundle",
    "may_import",
    "queue_news",
    "record_change",
    "release_fix",
    "report_change",
    "roll_back",
    "send_again",
    "take_alert",
]
