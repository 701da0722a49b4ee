"""The outputs of the field guide, pasted in its order, lead to its conclusion."""

from __future__ import annotations

import re
from ipaddress import ip_interface
from pathlib import Path

import pytest

from collectors.model.evidence import Evidence, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from workbench.analysis.case import Case
from workbench.analysis.rank import judge
from workbench.analysis.read import read
from workbench.incidents import pasting

GUIDE = Path(__file__).resolve().parents[3] / "shared" / "article.txt"
FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
WHERE = {5: ["fw1"], 8: ["server"], 9: ["server"], 10: ["core"], 11: ["fw1"], 12: ["client", "server"]}


def _devices() -> Inventory:
    client = Device("client", Role.CLIENT, addresses=(ip_interface("192.0.2.20/24"),))
    server = Device("server", Role.SERVER, addresses=(ip_interface("203.0.113.10/24"),))
    return Inventory((client, Device("fw1", Role.FIREWALL), Device("core", Role.ROUTER), server))


def _pasted() -> list[Evidence]:
    found: list[Evidence] = []
    for task in re.finditer(r"^Task (\d+):.*?\n(.*?)^What it means", GUIDE.read_text(), re.M | re.S):
        outputs = [part for part in re.split(r"(?m)^(?=\S+@\S+:~\$)", task[2]) if part.strip()]
        for output, device in zip(outputs, WHERE.get(int(task[1]), ["client"]), strict=True):
            found.append(pasting.read(output.encode(), FLOW, device, "rita").renamed(f"e{len(found) + 1}"))
    return found


@pytest.mark.skipif(not GUIDE.exists(), reason="the field guide does not lie beside the project")
def test_its_outputs_together_name_the_firewall_that_never_saw_the_flow_begin() -> None:
    evidence = _pasted()
    assert len(evidence) == 15
    assert all(item.status is Status.ANSWERED and item.records and not item.unread for item in evidence)
    told = judge(read(Case(FLOW, _devices(), tuple(evidence)))).as_dict()
    assert (told["root_cause"], told["guilty_node"], told["direction"]) == ("asym_stateful_fw", "fw1", "reverse")
    assert told["divergent"] and told["confidence"] < 0.8
