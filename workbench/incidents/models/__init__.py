"""The record as rows, one file per subject. Only `incidents.actions` writes them."""

from workbench.incidents.models.boundary import BoundaryRow
from workbench.incidents.models.command import CommandRecord, CommandResult
from workbench.incidents.models.correction import Correction
from workbench.incidents.models.event import Event
from workbench.incidents.models.evidence import EvidenceRow
from workbench.incidents.models.flow import FurtherFlow
from workbench.incidents.models.image import Image
from workbench.incidents.models.incident import Incident
from workbench.incidents.models.pasted import Pasted
from workbench.incidents.models.postmortem import ActionItem, PostmortemReview, SectionVersion
from workbench.incidents.models.redaction import RedactedForm, Redaction
from workbench.incidents.models.run import Run
from workbench.incidents.models.saved_view import SavedView
from workbench.incidents.models.search import (
    AddressMention,
    DeviceMention,
    FoundCause,
    PersonMention,
    SearchText,
)
from workbench.incidents.models.share import ShareLink

__all__ = [
    "ActionItem",
    "AddressMention",
    "BoundaryRow",
    "CommandRecord",
    "CommandResult",
    "Correction",
    "DeviceMention",
    "Event",
    "EvidenceRow",
    "FoundCause",
    "FurtherFlow",
    "Image",
    "Incident",
    "Pasted",
    "PersonMention",
    "PostmortemReview",
    "RedactedForm",
    "Redaction",
    "Run",
    "SavedView",
    "SearchText",
    "SectionVersion",
    "ShareLink",
]
