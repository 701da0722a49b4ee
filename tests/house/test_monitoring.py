"""The examples for Prometheus and Grafana ask for numbers that exist."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest
import yaml

from workbench.analysis.case.verdict import Cause
from workbench.api import metrics
from workbench.report.postmortem import alerts

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "docker" / "monitoring"
ALWAYS = re.compile(
    r"node_(nf_conntrack_(entries|entries_limit|stat_(invalid|drop|early_drop))|network_routes"
    r"|network_(receive|transmit)_(errs|drop)_total|qdisc_drops_total)"
)


def asked() -> list[str]:
    """Every expression of the alerts, the dashboard and the postmortem."""
    rules = yaml.safe_load((MONITORING / "alerts.yaml").read_text())
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    broken = [
        {
            "root_cause": cause,
            "verdict": "broken",
            "guilty_node": "fw",
            "forward_path": ["c"],
            "reverse_path": ["s"],
        }
        for cause in Cause
    ]
    return [
        *(rule["expr"] for group in rules["groups"] for rule in group["rules"]),
        *(target["expr"] for panel in panels for target in panel["targets"]),
        *(one.expression for verdict in broken for one in alerts.watches(verdict)),
    ]


def names(kind: str) -> set[str]:
    return {name for expression in asked() for name in re.findall(rf"\b{kind}_\w+", expression)}


def test_bothways_tells_every_number_of_its_own_that_is_asked_for() -> None:
    exported = set(re.findall(r"bothways_\w+", inspect.getsource(metrics)))
    assert names("bothways") and names("bothways") <= exported


def test_the_exporter_as_documented_tells_every_number_of_devices() -> None:
    fields = re.search(r"netstat\.fields='(.*)'", (ROOT / "docs" / "instrument.md").read_text())
    assert fields
    of_netstat = {
        name.removeprefix("node_netstat_")
        for name in names("node")
        if name.startswith("node_netstat_")
    }
    assert of_netstat and [name for name in of_netstat if not re.fullmatch(fields[1], name)] == []
    others = {name for name in names("node") if not name.startswith("node_netstat_")}
    assert others and [name for name in others if not ALWAYS.fullmatch(name)] == []


@pytest.mark.parametrize("file", sorted(MONITORING.glob("*.yaml")), ids=lambda file: file.name)
def test_every_file_that_is_mounted_or_named_exists(file: Path) -> None:
    config = yaml.safe_load(file.read_text())
    services = (config.get("services") or {}).values()
    mounted = [volume.split(":")[0] for service in services for volume in service["volumes"]]
    paths = [ROOT / "docker" / path for path in mounted if path.startswith("./")]
    paths += [MONITORING / name for name in config.get("rule_files", [])]
    assert [path for path in paths if not path.exists()] == []
