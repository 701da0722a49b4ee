"""The only writer: one verb, one function, used by web, API, command line and workers alike.

Each checks the right of whoever asks (`by=None` is Bothways itself), guards its transition in SQL,
and writes the timeline event in the same transaction. One file per subject.
"""

from workbench.incidents.actions.checks import check, undo_check
from workbench.incidents.actions.common import ActionRefused
from workbench.incidents.actions.corrections import correct_note
from workbench.incidents.actions.flows import add_flow, change_flow
from workbench.incidents.actions.head import Clash, HeadClash, change_head, take_role
from workbench.incidents.actions.host_keys import accept_host_key
from workbench.incidents.actions.images import add_image
from workbench.incidents.actions.incident import allow_probes, invite, note_export, open_incident
from workbench.incidents.actions.items import (
    ItemFields,
    accept_proposal,
    add_item,
    change_item,
    open_proposals,
)
from workbench.incidents.actions.notes import add_note, pin, unpin
from workbench.incidents.actions.pasted import paste, withdraw
from workbench.incidents.actions.postmortem import (
    Draft,
    reopen_postmortem,
    review_postmortem,
    write_section,
)
from workbench.incidents.actions.redaction import redact
from workbench.incidents.actions.runs import cancel_run, enqueue, start_run
from workbench.incidents.actions.saved_views import (
    ViewFields,
    change_view,
    pin_view,
    remove_view,
    save_view,
)
from workbench.incidents.actions.sharing import (
    DAYS,
    MOST_DAYS,
    Shown,
    may_share,
    open_link,
    revoke,
    share,
)
from workbench.incidents.actions.state import change_state, choose_fault, choose_proof, undo_state

__all__ = [
    "DAYS",
    "MOST_DAYS",
    "ActionRefused",
    "Clash",
    "Draft",
    "HeadClash",
    "ItemFields",
    "Shown",
    "ViewFields",
    "accept_host_key",
    "accept_proposal",
    "add_flow",
    "add_image",
    "add_item",
    "add_note",
    "allow_probes",
    "cancel_run",
    "change_flow",
    "change_head",
    "change_item",
    "change_state",
    "change_view",
    "check",
    "choose_fault",
    "choose_proof",
    "correct_note",
    "enqueue",
    "invite",
    "may_share",
    "note_export",
    "open_incident",
    "open_link",
    "open_proposals",
    "paste",
    "pin",
    "pin_view",
    "redact",
    "remove_view",
    "reopen_postmortem",
    "review_postmortem",
    "revoke",
    "save_view",
    "share",
    "start_run",
    "take_role",
    "undo_check",
    "undo_state",
    "unpin",
    "withdraw",
    "write_section",
]
