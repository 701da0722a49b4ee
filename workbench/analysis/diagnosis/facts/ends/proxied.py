"""Does a device on the way answer handshakes in the server's name? Then that the client's was
answered says little."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.case.verdict import Reason
from workbench.analysis.case.wording import filter_words
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.evidence.proxies import proxy


def proxied(context: Context) -> Iterator[Reason]:
    """The device and its rule: a SYN proxy makes one handshake with the client, then its own with
    the server."""
    found = proxy(context.case, context.findings.forward)
    if found is not None:
        hop, rule = found
        text = (
            f"{hop.name} answers the client's handshakes itself ({filter_words(rule.text)}), then"
            " asks the server"
        )
        yield Reason(0.0, text, context.filter_evidence(hop.name))
