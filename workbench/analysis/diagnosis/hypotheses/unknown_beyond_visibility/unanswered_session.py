"""A translator that sends the flow to a target which nobody saw answer."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.remedy.sessions import ForgetSession
from workbench.analysis.case.verdict import Fix, FixClass, Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import DIRECT, STRONG
from workbench.analysis.diagnosis.facts.state.unreplied import unreplied


def reasons(context: Context) -> Iterator[Reason]:
    """Its session, and whether other targets of the service do answer."""
    sent = unreplied(context)
    if sent is not None:
        yield Reason(DIRECT if sent.others else STRONG, sent.text, sent.evidence)


def summary(context: Context) -> str | None:
    """Where does it send the flow?"""
    sent = unreplied(context)
    return sent.text if sent is not None else None


def settle(context: Context) -> str | None:
    """What would tell more."""
    sent = unreplied(context)
    return sent.settle if sent is not None else None


def fixes(context: Context) -> Iterator[Fix]:
    """Other sessions of the service go to a target that answers: a new one of this flow would,
    too."""
    sent = unreplied(context)
    if sent is not None and sent.others:
        yield Fix.of(
            FixClass.DELETE_SESSION,
            ForgetSession(sent.at, sent.session.original),
            side_effects="ends this session; the next packet makes a new one, as the rules say now",
            proof=f"a new session of this flow on {sent.at} that is answered",
        )
