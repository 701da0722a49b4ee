"""Which system printed this? For outputs of systems that are not read yet: they are named, never
guessed at."""

from __future__ import annotations

import re

LONGEST = 60_000  # characters that are looked at

# what only that system writes, and that no output of Linux or FRR holds
_SIGNS: tuple[tuple[str, str], ...] = (
    ("Juniper SRX", r":CID-\d+:RT:|^Session ID: \d+, Policy name|\bRT_FLOW_SESSION"
        r"|show security (?:flow|policies|nat)"),
    ("Juniper Junos", r"^\S+: \d+ destinations, \d+ routes|^\{(?:primary|master):"
        r"|show configuration \||> show route "),
    (
        "FortiGate (FortiOS)",
        r"func=print_pkt_detail|^Routing table for VRF=|^filters=\["
            r"|diagnose (?:sys|debug|sniffer|netlink|vpn|firewall)"
        r"|get router info|get system |^session info: proto=\d+ proto_state="
            r"|\bdevid=\"?FG|^\d+\.\d{6} \S+ (?:in|out) [\d.]+ -> ",
    ),
    (
        "Palo Alto (PAN-OS)",
        r"^\s*(?:c2s|s2c) flow:|\bflow_(?:tcp|policy|fwd|rcv)_\w+|^VIRTUAL ROUTER:"
            r"|show session (?:all|id|info)|show counter global"
        r"|test (?:security-policy-match|routing fib-lookup)|,TRAFFIC,",
    ),
    (
        "Cisco ASA or FTD",
        r"%(?:ASA|FTD)-\d-\d{6}|^\d+ in use, \d+ most used|\(tcp-not-syn\)"
            r"|\((?:acl-drop|rpf-violated)\)|^Phase: \d+"
        r"|packet-tracer input|show (?:conn|asp|xlate|nameif|failover)\b"
            r"|^TCP \S+ [\d.]+:\d+ \S+ [\d.]+:\d+, idle",
    ),
    ("Cisco NX-OS", r"IP Route Table for VRF|ubest/mbest|show routing hash|^Hash for VRF|%ACLLOG-\d-"),
    ("Cisco IOS XR", r"^RP/\d+/\w+/CPU\d+:|\bHundredGigE0/|\bTenGigE0/"),
    ("Arista EOS", r"^VRF: \S+\s*$|Source Codes:|show mlag|%ACL-\d-IPACCESS"
        r"|directly connected, (?:Ethernet\d+$|Port-Channel)"),
    (
        "Cisco IOS or IOS XE",
        r"Routing Descriptor Blocks:|IP verify source reachable-via|\bIP adj out of "
            r"|Internet address is |^Codes: (?:L - local, )?C - "
        r"|is directly connected, (?:Gi|Te|Fa|Se)"
            r"|%(?:SEC|FW|SYS|LINEPROTO|FMANFP)-\d-\w+:|line protocol is ",
    ),
    (
        "MikroTik RouterOS",
        r"^\[[\w.+-]+@[^\]]{1,60}\] (?:/|>)|^Flags: [A-Z] - |\bDST-ADDRESS\b"
            r"|\bchain=\w+ action=|firewall,info \S+ (?:forward|input):",
    ),
    (
        "pf (BSD, pfSense, OPNsense)",
        r"^(?:all|[a-z]+\d+(?:\.\d+)?) (?:tcp|udp|icmp|ipv6-icmp) \S+.* (?:<-|->) .*:"
        r"|^@\d+ (?:block|pass|scrub|rdr|nat|match)"
        r"|^(?:pass|block) (?:in|out|drop|return|quick|all)\b|pfctl|filterlog",
    ),
    ("Check Point Gaia", r"fw_log_drop|cphaprob|\[Expert@|^PNOTE|\bfw ctl\b|\bfw tab\b|:[iIoO]\[\d+\]: "),
    ("F5 BIG-IP", r"^Sys::|\(tmos\)#|^Ltm::|\b(?:ltm|net) (?:virtual|pool|self) \S+ \{|\(tmm: \d+\)|\blis=/"),
    ("Huawei VRP", r"^<[\w.-]+>\s?display |^HRP_[AMS][<\[]|^Routing Tables?: \w+"
        r"|Destination/Mask\s+Proto\s+Pre"),
    ("Nokia SR OS", r"^\*?[A-D]:[\w.@-]+# |^Route Table \(Router: "),
    ("WatchGuard Fireware", r"msg_id=\"3000-"),
    ("Sophos Firewall", r"device=\"SFW\"|console> "),
    ("Windows", r"^PS [A-Z]:\\|^[A-Z]:\\[^>\n]*>|^Windows IP Configuration"
        r"|^Active Connections|Windows Filtering Platform"),
)  # fmt: skip
_TABLE = tuple((name, re.compile(pattern, re.M)) for name, pattern in _SIGNS)


def system_of(text: str) -> str | None:
    """The system whose own words are in the text; None where there are none."""
    shown = text[:LONGEST]
    return next((name for name, pattern in _TABLE if pattern.search(shown)), None)
