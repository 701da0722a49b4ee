"""The outputs of the field guide, pasted in its order, lead to its conclusion."""

from __future__ import annotations

import re
from ipaddress import ip_interface
from pathlib import Path

import pytest

from collectors.model.evidence import Evidence, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from workbench.analysis.case.case import Case
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.evidence.read import read
from workbench.incidents.pasted import pasting
from workbench.inventory.models import Device as DeviceRow
from workbench.web.presenters.playbook import meaning, step_of

GUIDE = Path(__file__).resolve().parents[3] / "shared" / "article.txt"
FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
WHERE = {
    5: ["fw1"],
    8: ["server"],
    9: ["server"],
    10: ["core"],
    11: ["fw1"],
    12: ["client", "server"],
}


def _devices() -> Inventory:
    client = Device("client", Role.CLIENT, addresses=(ip_interface("192.0.2.20/24"),))
    server = Device("server", Role.SERVER, addresses=(ip_interface("203.0.113.10/24"),))
    return Inventory((client, Device("fw1", Role.FIREWALL), Device("core", Role.ROUTER), server))


def _pasted() -> list[Evidence]:
    found: list[Evidence] = []
    for task in re.finditer(
        r"^Task (\d+):.*?\n(.*?)^What it means", GUIDE.read_text(), re.M | re.S
    ):
        outputs = [part for part in re.split(r"(?m)^(?=\S+@\S+:~\$)", task[2]) if part.strip()]
        for output, device in zip(outputs, WHERE.get(int(task[1]), ["client"]), strict=True):
            found.append(
                pasting.read(output.encode(), FLOW, device, "rita").renamed(f"e{len(found) + 1}")
            )
    return found


READING = {  # what the guide says that each of its outputs means, in our words
    1: "sends the packet via 192.0.2.1 dev eth0, with source 192.0.2.20",
    2: "100: from 192.0.2.0/24 lookup 100. What a rule catches may leave by another way",
    3: (
        "table 100: default via 198.51.100.1 dev eth1. What a rule sends to table 100 leaves by"
        " that way"
    ),
    4: "Strict on eth0",
    5: "184 packets were dropped as INVALID",
    6: "no reply was ever seen: the way out passes here, the way back does not",
    7: "The SYN is sent again and again, and no answer comes past this point",
    8: "The SYN is answered, and the answer is not confirmed",
    9: "sends the packet via 203.0.113.1 dev eth1",
    10: "2 equal ways to 203.0.113.0/24",
    11: (
        "A SYN-ACK of tcp 203.0.113.10:443 > 192.0.2.20:43122 came in on eth2 and was called"
        " INVALID"
    ),
    12: "192.0.2.1 > 198.51.100.9 > 203.0.113.10, and arrived",
    13: "192.0.2.254 is at 00:aa:bb:cc:dd:ee",
    14: "its own MTU, not that of the way",
}


@pytest.mark.django_db
@pytest.mark.skipif(not GUIDE.exists(), reason="the field guide does not lie beside the project")
def test_each_output_has_the_guides_reading_under_the_guides_task() -> None:
    DeviceRow.objects.create(name="client", role="client")
    found: dict[int, str] = {}
    for item in _pasted():
        step = step_of(item)
        assert step is not None and step.task is not None
        found.setdefault(step.task, meaning(step, item))
    assert sorted(found) == sorted(READING)
    assert [task for task, words in READING.items() if words not in found[task]] == []


@pytest.mark.skipif(not GUIDE.exists(), reason="the field guide does not lie beside the project")
def test_its_outputs_together_name_the_firewall_that_never_saw_the_flow_begin() -> None:
    evidence = _pasted()
    assert len(evidence) == 15
    assert all(
        item.status is Status.ANSWERED and item.records and not item.unread for item in evidence
    )
    verdict = judge(read(Case(FLOW, _devices(), tuple(evidence)))).as_dict()
    assert (verdict["root_cause"], verdict["guilty_node"], verdict["direction"]) == (
        "asym_stateful_fw",
        "fw1",
        "reverse",
    )
    assert verdict["confidence"] < 0.8
    # nobody can ask the four hops: their addresses do not tell one device from two
    assert not verdict["divergent"]
