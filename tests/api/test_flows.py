"""Flows and related incidents, as a program asks for them."""

from __future__ import annotations

from tests.api.test_api import Program, learnt, rita, vera
from workbench.incidents.models import Run

__all__ = ["learnt", "rita", "vera"]


def test_flows_are_added_corrected_and_run(rita: Program, vera: Program, learnt: Run) -> None:
    Run.objects.filter(pk=learnt.pk).update(state=Run.State.DONE)
    base = f"incidents/{learnt.incident_id}"
    new = {"flow": "tcp 192.0.2.77:1 > 203.0.113.10:444", "why": "another client"}
    assert vera.post(f"{base}/flows", **new).status_code == 403
    added = rita.post(f"{base}/flows", **new)
    assert added.status_code == 201 and added.json()["number"] == 2
    assert rita.post(f"{base}/flows", **new).status_code == 409
    assert rita.post(f"{base}/flows", flow="nonsense").status_code == 400
    right = {"flow": "tcp 192.0.2.77:1 > 203.0.113.10:445", "why": "typed wrongly"}
    assert rita.post(f"{base}/flows/2", **right).json()["flow"] == right["flow"]
    run = rita.post(f"{base}/runs", flow=2).json()
    assert run["flow"] == right["flow"]
    found = vera.get(f"{base}/flows").json()["flows"]
    assert [(one["number"], one["main"], one["runs"]) for one in found] == [
        (1, True, [learnt.number]),
        (2, False, [run["number"]]),
    ]


def test_related_incidents(rita: Program, vera: Program, learnt: Run) -> None:
    flow = str(learnt.flow)
    other = rita.post("incidents", flow=flow, title="again").json()
    rita.post("incidents", flow=flow, title="closed", restricted=True)
    found = vera.get(f"incidents/{learnt.incident_id}/related").json()["related"]
    assert [(one["id"], one["why"]) for one in found] == [(other["id"], "the same flow")]
