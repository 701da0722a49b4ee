"""Systems that are not read yet: their prompts and their own words are known, so that what people
paste of them is taken apart and named, never guessed at. Who teaches Bothways one of them moves its
entry into the platform's folder."""

from __future__ import annotations

from collectors.model.pasted import PastedForms, UnreadSystem

_NAME = r"[A-Za-z0-9][\w.-]{0,62}"

_SYSTEMS = (
    UnreadSystem("Juniper SRX", r":CID-\d+:RT:|^Session ID: \d+, Policy name|\bRT_FLOW_SESSION"
        r"|show security (?:flow|policies|nat)"),
    UnreadSystem("Juniper Junos", r"^\S+: \d+ destinations, \d+ routes|^\{(?:primary|master):"
        r"|show configuration \||> show route "),
    UnreadSystem(
        "FortiGate (FortiOS)",
        r"func=print_pkt_detail|^Routing table for VRF=|^filters=\["
            r"|diagnose (?:sys|debug|sniffer|netlink|vpn|firewall)"
        r"|get router info|get system |^session info: proto=\d+ proto_state="
            r"|\bdevid=\"?FG|^\d+\.\d{6} \S+ (?:in|out) [\d.]+ -> ",
    ),
    UnreadSystem(
        "Palo Alto (PAN-OS)",
        r"^\s*(?:c2s|s2c) flow:|\bflow_(?:tcp|policy|fwd|rcv)_\w+|^VIRTUAL ROUTER:"
            r"|show session (?:all|id|info)|show counter global"
        r"|test (?:security-policy-match|routing fib-lookup)|,TRAFFIC,",
    ),
    UnreadSystem(
        "Cisco ASA or FTD",
        r"%(?:ASA|FTD)-\d-\d{6}|^\d+ in use, \d+ most used|\(tcp-not-syn\)"
            r"|\((?:acl-drop|rpf-violated)\)|^Phase: \d+"
        r"|packet-tracer input|show (?:conn|asp|xlate|nameif|failover)\b"
            r"|^TCP \S+ [\d.]+:\d+ \S+ [\d.]+:\d+, idle",
    ),
    UnreadSystem("Cisco NX-OS",
        r"IP Route Table for VRF|ubest/mbest|show routing hash|^Hash for VRF|%ACLLOG-\d-"),
    UnreadSystem("Cisco IOS XR", r"^RP/\d+/\w+/CPU\d+:|\bHundredGigE0/|\bTenGigE0/"),
    UnreadSystem("Arista EOS", r"^VRF: \S+\s*$|Source Codes:|show mlag|%ACL-\d-IPACCESS"
        r"|directly connected, (?:Ethernet\d+$|Port-Channel)"),
    UnreadSystem(
        "Cisco IOS or IOS XE",
        r"Routing Descriptor Blocks:|IP verify source reachable-via|\bIP adj out of "
            r"|Internet address is |^Codes: (?:L - local, )?C - "
        r"|is directly connected, (?:Gi|Te|Fa|Se)"
            r"|%(?:SEC|FW|SYS|LINEPROTO|FMANFP)-\d-\w+:|line protocol is ",
    ),
    UnreadSystem(
        "MikroTik RouterOS",
        r"^\[[\w.+-]+@[^\]]{1,60}\] (?:/|>)|^Flags: [A-Z] - |\bDST-ADDRESS\b"
            r"|\bchain=\w+ action=|firewall,info \S+ (?:forward|input):",
    ),
    UnreadSystem("Check Point Gaia",
        r"fw_log_drop|cphaprob|\[Expert@|^PNOTE|\bfw ctl\b|\bfw tab\b|:[iIoO]\[\d+\]: "),
    UnreadSystem("F5 BIG-IP",
        r"^Sys::|\(tmos\)#|^Ltm::|\b(?:ltm|net) (?:virtual|pool|self) \S+ \{|\(tmm: \d+\)|\blis=/"),
    UnreadSystem("Huawei VRP", r"^<[\w.-]+>\s?display |^HRP_[AMS][<\[]|^Routing Tables?: \w+"
        r"|Destination/Mask\s+Proto\s+Pre"),
    UnreadSystem("Nokia SR OS", r"^\*?[A-D]:[\w.@-]+# |^Route Table \(Router: "),
    UnreadSystem("WatchGuard Fireware", r"msg_id=\"3000-"),
    UnreadSystem("Sophos Firewall", r"device=\"SFW\"|console> "),
)  # fmt: skip

_PROMPTS = (
    # ops@(lb)(cfg-sync Standalone)(Active)(/Common)(tmos)#
    r"[\w.-]{1,40}@\((?P<host>[\w.-]{1,63})\)(?:\([^()]{0,60}\)){0,6}[#$>](?=\s|$)",
    # RP/0/RP0/CPU0:r1#  RP/0/RSP0/CPU0:edge#
    rf"RP/\d+/\w+/CPU\d+:(?P<host>{_NAME})(?:\([\w-]{{1,40}}\))?#",
    # *A:sr1#  A:admin@sr1#  [/]
    rf"\*?[A-D]:(?:[\w.-]{{1,40}}@)?(?P<host>{_NAME})(?:>[\w>]{{1,60}})?#",
    # {primary:node0} above a Junos prompt
    r"\{(?:primary|secondary|master|backup|linecard)(?::\w{1,20})?\}$",
)
_WEAK_PROMPTS = (
    # <HUAWEI>display ...  [~HUAWEI]  HRP_A<fw>
    rf"(?:HRP_[AMS])?[<\[][~*]?(?P<host>{_NAME})(?:-[\w/.-]{{1,40}})?[>\]]\s?",
    # FGT-1 (root) # get ...   FGT # diagnose ...   FGT-1 (port1) $ show
    rf"(?P<host>{_NAME}) (?:\([\w.-]{{1,40}}\) )?[#$]\s",
)
_WORDS = (
    r"tmsh|fw|cphaprob|clish|show|display|get|diag(?:nose)?|execute|debug|packet-tracer|print|configure"
    r"|conf|enable|end|quit|no|set|delete"
)
# what people type on network systems
_CLI_WORDS = (
    r"sh(?:ow?)?|disp(?:lay)?|get|diag(?:nose)?|exec(?:ute)?|ping6?|trace(?:route|rt)?|packet-tracer|print|conf\w*|en(?:able)?"
    r"|ter(?:m(?:inal)?)?|dir|more|test|debug|request|set|no|end|exit|quit|undebug|undo|admin|changeto|capture|write|clear|tmsh|fw|cphaprob"
    r"|monitor|bash|config|do|run|file|ssh|telnet|wr|copy|reload|switchto|system|environment|screen-length|int(?:erface)?"
)

UNREAD = PastedForms(
    prompts=_PROMPTS,
    weak_prompts=_WEAK_PROMPTS,
    words=_WORDS,
    cli_words=_CLI_WORDS,
    # <--- More --->   Press any key to continue (Q to quit)
    pagers=(r"<-{1,4}\s?\(?more\b.{0,40}", r"press any key to continue.{0,30}"),
    unread=_SYSTEMS,
)
