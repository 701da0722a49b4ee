"""Does a device on the way answer handshakes in the server's name? Then that the client's was
answered says little."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.analysis.facts.scene import Scene
from workbench.analysis.proxies import proxy
from workbench.analysis.verdict import Reason
from workbench.analysis.wording import filter_words


def proxied(scene: Scene) -> Iterator[Reason]:
    """The device and its rule: a SYN proxy makes one handshake with the client, then its own with
    the server."""
    found = proxy(scene.case, scene.findings.forward)
    if found is not None:
        hop, rule = found
        text = (
            f"{hop.name} answers the client's handshakes itself ({filter_words(rule.text)}), then"
            " asks the server"
        )
        yield Reason(0.0, text, scene.filter_evidence(hop.name))
