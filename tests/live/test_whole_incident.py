"""A whole incident, from the alert to the postmortem, played by three people on a network that really
fails: the fix that the page proposes is applied there, and another run proves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from collectors.model.flow import Flow
from tests.live.conftest import log_in
from tests.live.installation import Installation, installed
from workbench.lab.build.namespaces import run_inside
from workbench.lab.build.running import Up, running

pytestmark = [pytest.mark.browser, pytest.mark.lab]
RUN = 90_000  # ms: login, questions and two windows, on a machine that does other things too


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOTHWAYS_LAB_DIR", str(tmp_path_factory.mktemp("labs")))
        with running("fw-pair-nosync", 0) as up:
            yield up


@pytest.fixture(scope="module")
def site(lab: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("here") / "data") as here:
        here.manage("import_inventory", str(lab.inventory))
        yield here


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Another installation, which knows none of these devices."""
    with installed(tmp_path_factory.mktemp("there") / "data") as there:
        yield there


def sit_down(chromium: Browser, site: Installation, who: str, width: int = 1440) -> Page:
    """A browser of their own, logged in."""
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.set_default_timeout(RUN)
    log_in(page, site, who)
    return page


def told(site: Installation, address: str, token: str, body: dict[str, Any]) -> None:
    """Another program tells something, with a token that opens nothing else."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(f"{site.url}/api/{address}", json.dumps(body).encode(), headers)
    with urlopen(request, timeout=60) as answer:
        assert answer.status in (200, 201)


def tell_of_a_change(site: Installation) -> None:
    """The deployment tells what it did to a router some minutes ago."""
    token = site.manage("make_token", "admin", "deployment", "--only", "changes")
    at = datetime.now(UTC) - timedelta(minutes=6)
    change = {"source": "ansible", "device": "r2", "summary": "CHG-119: new default route"}
    told(site, "changes", token, {**change, "at": at.isoformat()})


def raise_alert(site: Installation, flow: Flow, status: str = "firing") -> None:
    """Alertmanager tells that the flow fails, or works again."""
    token = site.manage("make_token", "admin", "alertmanager", "--only", "hooks")
    labels = {
        "alertname": "CheckoutUnreachable",
        "severity": "critical",
        "src": str(flow.src),
        "sport": str(flow.sport),
        "dst": str(flow.dst),
        "dport": str(flow.dport),
    }
    alert = {
        "status": status,
        "startsAt": datetime.now(UTC).isoformat(),
        "labels": labels,
        "annotations": {"summary": "checkout cannot be reached"},
    }
    told(site, "hooks/alertmanager", token, {"version": "4", "groupKey": "g", "alerts": [alert]})


def come_in(page: Page) -> str:
    """From the list into the incident; gives its address."""
    page.goto(page.url)
    page.click("text=checkout cannot be reached")
    expect(page.locator("#live")).to_have_text("live")
    return page.url


def say(page: Page, text: str) -> None:
    page.fill("#note", text)
    page.click("text=Add note")
    expect(page.locator("#timeline .pending")).to_have_count(0)


def apply_the_fix(page: Page, lab: Up) -> None:
    """What somebody does who takes the first fix: claim it, run its commands on its device, say so."""
    fix = page.locator("#part-fixes .fix").first
    fix.locator("text=I am applying this").click()
    expect(fix).to_contain_text("is applying this since")
    device = fix.locator("h3 .muted").inner_text().removeprefix("on ")
    done = run_inside(lab.pid(device), fix.locator(".cmd pre").first.inner_text())
    assert done.returncode == 0, done.stderr
    fix.locator("button:has-text('Applied at')").click()
    expect(fix).to_contain_text("Applied by")


def run_again(page: Page) -> None:
    page.click("#part-changed button:has-text('Run again')")
    expect(page.locator("#part-standing")).to_contain_text("run 2 is looking", timeout=RUN)


def resolve(page: Page) -> None:
    page.click("#part-state button:has-text('Change state')")
    page.click("#state-dialog input[value=resolved]")
    page.fill("#state-why", "the answers come back through the firewall that has seen the SYN")
    page.click("#state-dialog button.primary")
    expect(page.locator("#part-state .chip")).to_have_text("resolved")


def write_the_impact(page: Page, incident: str) -> None:
    page.goto(f"{incident}/postmortem")
    page.click("[data-edit=impact]")
    page.fill("#text-impact", "Nobody could pay for twelve minutes.")
    page.click("[data-editor=impact] button.primary")
    expect(page.locator("[data-section=impact] > .md")).to_contain_text("Nobody could pay")


def exported(page: Page, address: str, place: Path) -> Path:
    """A file as the browser saves it."""
    with page.expect_download() as saved:
        page.evaluate(
            "address => Object.assign(document.createElement('a'), {href: address}).click()",
            address,
        )
    path = place / saved.value.suggested_filename
    saved.value.save_as(path)
    return path


def read_elsewhere(chromium: Browser, there: Installation, bundle: Path) -> None:
    """What somebody of another installation does with a bundle: take it in, read it, play it."""
    page = sit_down(chromium, there, "admin")
    page.goto(f"{there.url}/incidents/import")
    page.set_input_files("#bundle", bundle)
    page.click("main button.primary")
    expect(page.locator("#part-banner")).to_contain_text("Imported from")
    expect(page.locator("#part-standing")).to_contain_text("another firewall")
    expect(page.locator("#timeline")).to_contain_text("it was the route on r2")
    assert page.locator("#note:visible").count() == 0
    page.click("#part-controls >> text=Play")
    expect(page.locator("#played")).to_contain_text("Nothing known yet")
    page.locator("#moment").fill("9999")
    expect(page.locator("#played")).to_contain_text("The flow works")
    page.context.close()


def test_from_the_alert_to_the_postmortem(
    chromium: Browser, site: Installation, elsewhere: Installation, lab: Up, tmp_path: Path
) -> None:
    tell_of_a_change(site)
    raise_alert(site, lab.flow)
    dana, riley = (sit_down(chromium, site, who) for who in ("dana", "riley"))
    sam = sit_down(chromium, site, "sam", width=390)
    incident = come_in(dana)
    for page in (riley, sam):
        come_in(page)
    everybody = (dana, riley, sam)

    dana.click("text=I command")
    for page in everybody:
        expect(page.locator("#part-head")).to_contain_text("commander dana")
        expect(page.locator("#verdict-title")).to_contain_text("another firewall", timeout=RUN)
        expect(page.locator("#part-changed")).to_contain_text("r2 changed")

    say(dana, "@sam who changed fw-b tonight?")
    say(sam, "nobody, it was the **route** on r2")
    for page in everybody:
        expect(page.locator("#timeline")).to_contain_text("it was the route on r2")
    line = riley.locator("#timeline li.note", has_text="the route on r2")
    line.hover()
    line.locator("[data-pin]").click()
    expect(sam.locator("#part-pinned strong")).to_have_text("route")

    riley.click("text=Take command")
    expect(dana.locator("#part-head")).to_contain_text("commander riley")
    apply_the_fix(riley, lab)
    expect(sam.locator("#part-fixes")).to_contain_text("Applied by riley")

    run_again(dana)
    for page in everybody:
        expect(page.locator("#part-standing")).to_contain_text("repaired", timeout=RUN)
        expect(page.locator("#part-standing")).to_contain_text("another firewall")
        expect(page.locator("#verdict-title")).to_contain_text("The flow works")
    raise_alert(site, lab.flow, "resolved")
    expect(sam.locator("#timeline li.alert")).to_have_count(2)
    resolve(dana)
    expect(sam.locator("#part-state .chip")).to_have_text("resolved")

    write_the_impact(sam, incident)
    for form in ("md", "html"):
        text = exported(dana, f"{incident}/postmortem.{form}", tmp_path).read_text()
        for words in ("Nobody could pay", "another firewall", "fw-b", "ip route replace"):
            assert words in text, f"{form} does not say {words}"
    bundle = exported(dana, f"{incident}/bundle.tar.gz", tmp_path)
    read_elsewhere(chromium, elsewhere, bundle)
    for page in everybody:
        page.context.close()
