"""By what the tables look like that several systems print under one command: `netstat`, `route`,
`ifconfig`, `arp`."""

from __future__ import annotations

from collectors.model.evidence import Question

_NUMBERS = r"[ \t]+\d+[ \t]+\d+[ \t]+"

# commands whose name alone tells what they print
TYPED: tuple[tuple[str, Question, str], ...] = (
    (r"bridge\b.*\bfdb\b", Question.TUNNELS, "linux"),
    (r"ethtool\b.*\s-\w*S", Question.COUNTERS, "linux"),
    (r"nft\b.*\bmonitor\b|cilium\b.*\bmonitor\b|hubble\b.*\bobserve\b", Question.LOGS, "linux"),
    (
        r"(?i:get-content|gc|type|more|findstr|select-string)\b.*(?i:pfirewall)",
        Question.LOGS,
        "linux",
    ),
    (r"(?i:test-netconnection|tnc)\b", Question.CONNECT, "windows"),
    (r"(?i:get-netroute)\b|(?i:netsh)\b.*\bshow route", Question.ROUTES, "windows"),
    (r"(?i:get-netneighbor)\b", Question.NEIGHBOURS, "windows"),
    (r"(?i:get-nettcpconnection)\b", Question.LISTENERS, "windows"),
    (r"(?i:ipconfig(?:\.exe)?|get-netip\w+)\b", Question.INTERFACES, "windows"),
    (r"(?i:pathping)\b", Question.TRACE, "windows"),
    (
        r"ufw\b.*\bstatus|firewall-cmd\b.*--list|ipvsadm\b(?!.*\s-\w*c)",
        Question.FILTER_LEGACY,
        "linux",
    ),
    (
        r"ipvsadm\b|(?:cat|grep|head|tail|less|more)\b.*/proc/net/(?:nf|ip)_conntrack",
        Question.SESSIONS,
        "linux",
    ),
    (r"(?:cat|grep|head|tail|less|more)\b.*/proc/sys/", Question.SETTINGS, "linux"),
    (r"wg(?: show)?\b|ip\b.*\btun(?:n|nel)?\b", Question.TUNNELS, "linux"),
)

_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]*:[\da-fA-F:.]+)"

# Windows writes in the language of its owner: numbers, brackets and what nobody translates tell its
# tools
_WINDOWS: tuple[tuple[str, Question, str], ...] = (
    (r"^[ \t]+TCP[ \t]+\S+:\d+[ \t]+(?:0\.0\.0\.0|\[::\]):0[ \t]", Question.LISTENERS, "windows"),
    (r"^[ \t]+UDP[ \t]+\S+:\d+[ \t]+\*:\*", Question.LISTENERS, "windows"),
    (r"^[ \t]+TCP[ \t]+\S+:[\w-]+[ \t]+\S+:[\w-]+", Question.SOCKETS, "windows"),
    (
        rf"^[ \t]*(?:{_IP}[ \t]+){{2}}(?:{_IP}|[^\W\d][^\d\n]{{2,30}}?)[ \t]+{_IP}[ \t]+\d+[ \t]*$",
        Question.ROUTES,
        "windows",
    ),
    (
        r"^[ \t]*\d+[ \t]+\d+[ \t]+[\da-fA-F]*:[\da-fA-F:.]+/\d+(?:[ \t]|$)",
        Question.ROUTES,
        "windows",
    ),
    (
        r"^[ \t]*ifIndex[ \t]+DestinationPrefix|^Publish[ \t]+Type[ \t]+Met",
        Question.ROUTES,
        "windows",
    ),
    (r"^\S[^:\n\d]{0,40}: \d+(?:\.\d+){3} --- 0x[\da-f]+", Question.NEIGHBOURS, "windows"),
    (
        r"^[ \t]*ifIndex[ \t]+IPAddress[ \t]+LinkLayer|^LinkLayerAddress[ \t]*:",
        Question.NEIGHBOURS,
        "windows",
    ),
    (r"^LocalAddress[ \t]+LocalPort|^LocalPort[ \t]*:", Question.LISTENERS, "windows"),
    (r"^TcpTestSucceeded[ \t]*:|^PingSucceeded[ \t]*:", Question.CONNECT, "windows"),
    (
        r"^PrefixLength[ \t]*:|^[ \t]*ifIndex[ \t]+IPAddress[ \t]+PrefixLength",
        Question.INTERFACES,
        "windows",
    ),
    (
        rf"^\S.{{1,20}}? {_IP}(?:%\d+)?[ ]?: (?:\S+=\d+ )?\S+?[=<]\d+[ ]?ms",
        Question.PING,
        "windows",
    ),
    (rf"^\S.{{2,80}}?\[?{_IP}(?:%\d+)?\]? .{{1,40}}\b32 .{{1,40}}:[ ]*$", Question.PING, "windows"),
    (r"^[ \t]+\d+/[ \t]*\d+ =[ \t]*\d+%[ \t]+\|", Question.TRACE, "windows"),
    (r"^[ \t]*1(?:[ \t]+(?:<?\d+ ms|\*)){3}[ \t]+\S", Question.TRACE, "windows"),
    (r"^[ \t]+\S[^:\n]{2,50}?(?: \.){2,} ?: ?\S", Question.INTERFACES, "windows"),
)

SHAPES: tuple[tuple[str, Question, str], ...] = (
    *_WINDOWS,
    # front ends of the filter, and what the kernel tells beside it
    (
        r"^Status: (?:active|inactive)$|^IP Virtual Server version|^Prot LocalAddress:Port",
        Question.FILTER_LEGACY,
        "linux",
    ),
    (r"^[\w.-]+(?: \([\w, ]+\))?\n  target: ", Question.FILTER_LEGACY, "linux"),
    (r"^IPVS connection entries|^pro expire state", Question.SESSIONS, "linux"),
    (
        r"^interface: \S+\n[ \t]+(?:public key|listening port|private key): ",
        Question.TUNNELS,
        "linux",
    ),
    (r"^[\w.@-]+: \w+/ipv?6?[ \t]+remote \S+[ \t]+local ", Question.TUNNELS, "linux"),
    (
        (
            r"\"hubs\"[ ]?:|^[ \t]*\d+\.[ ]?\|--|^MTR\.[\d.]+[,;]|^Mtr_Version|My traceroute|^HOST:"
            r" .*(?:Loss%|Snt)"
        ),
        Question.TRACE,
        "linux",
    ),
    (r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2} dev \S+ dst \S+", Question.TUNNELS, "linux"),
    (r"^(?:[0-9a-f]{2}:){5}[0-9a-f]{2} dev \S+", Question.SETTINGS, "linux"),
    (r"^NIC statistics:|^[ \t]+RX:[ \t]+bytes[ \t]+packets", Question.COUNTERS, "linux"),
    (
        (
            r"^(?:TCP|UDP): IPv[46]\n[ \t]+Local Address|^USER[ \t]+COMMAND[ \t]+PID[ \t]+FD["
            r" \t]+PROTO"
        ),
        Question.LISTENERS,
        "bsd",
    ),
    (r"^no answer from \S+$", Question.PING, "linux"),
    (r"^trace id [0-9a-f]+ \w+ \S+ \S+ (?:packet|rule|verdict|policy)\b", Question.LOGS, "linux"),
    (
        r"^(?:==> )?/proc/sys/\S+|^(?:net\.inet6?|kern|hw|user|vm)\.[\w.%-]+: ",
        Question.SETTINGS,
        "linux",
    ),
    (r"^[a-z][\w-]*(?:\.[\w*/-]+)+ = ", Question.SETTINGS, "linux"),
    # netstat, with its titles
    (
        r"^Active Internet connections \((?:only servers|servers and established)",
        Question.LISTENERS,
        "linux",
    ),
    (r"^Active Internet connections \(w/o servers", Question.SOCKETS, "linux"),
    (
        r"^Active (?:Multipath )?Internet connections \((?:including servers|only servers)",
        Question.LISTENERS,
        "bsd",
    ),
    (r"^Current listen queue sizes", Question.LISTENERS, "bsd"),
    (
        r"^Active (?:Multipath )?Internet connections|^Active UNIX domain sockets[ \t]*$",
        Question.SOCKETS,
        "bsd",
    ),
    (r"^Active UNIX domain sockets \(", Question.SOCKETS, "linux"),
    # netstat without its titles: *.22 and 10.0.0.1.22 on BSD, :::22 and 10.0.0.1:22 elsewhere
    (
        r"^(?:tcp|udp)(?:4|6|46)" + _NUMBERS + r"(?:\*|[\w:%.-]+)\.[\w*-]+[ \t].*\bLISTEN\b",
        Question.LISTENERS,
        "bsd",
    ),
    (
        r"^(?:tcp|udp)(?:4|6|46)" + _NUMBERS + r"(?:\*|[\w:%.-]+)\.[\w*-]+[ \t]+\S+\.[\w*-]+",
        Question.SOCKETS,
        "bsd",
    ),
    (
        r"^(?:tcp|udp)6?" + _NUMBERS + r"\S+:[\w*-]+[ \t]+\S+:[\w*-]+[ \t]+LISTEN\b",
        Question.LISTENERS,
        "linux",
    ),
    (
        r"^(?:tcp|udp)6?" + _NUMBERS + r"\S+:[\w*-]+[ \t]+\S+:[\w*-]+(?:[ \t]|$)",
        Question.SOCKETS,
        "linux",
    ),
    # routes
    (r"^Kernel IP(?:v6)? routing (?:table|cache)", Question.ROUTES, "linux"),
    (r"^[ \t]*Destination[ \t]+(?:Gateway[ \t]+Genmask|Next Hop)\b", Question.ROUTES, "linux"),
    (r"^[ \t]*route to: ", Question.ROUTE_CHOICE, "bsd"),
    (
        r"^Routing tables(?:$|[ \t]*$| \()|^Routing Table: IPv|^Internet6?:[ \t]*$",
        Question.ROUTES,
        "bsd",
    ),
    (r"^[ \t]*Destination(?:/Mask)?[ \t]+Gateway[ \t]+Flags\b", Question.ROUTES, "bsd"),
    # interfaces and what they count
    (
        r"^[\w.:@-]+: flags=\d+<[^>\n]*>  mtu |^[\w.:@-]+[ \t]+Link encap:",
        Question.INTERFACES,
        "linux",
    ),
    (r"^[\w.:@-]+: flags=[\da-f]+", Question.INTERFACES, "bsd"),
    (r"^Kernel Interface table|^Iface[ \t]+MTU[ \t]", Question.COUNTERS, "linux"),
    (r"^Name[ \t]+Mtu[ \t]+Net\S*[ \t]+Address[ \t]+Ipkts", Question.COUNTERS, "bsd"),
    (r"^(?:Ip|Icmp|Tcp|Udp|TcpExt|IpExt):\n[ \t]+\S", Question.COUNTERS, "linux"),
    (r"^(?:ip6?|icmp6?|tcp|udp|arp):\n[ \t]+\d", Question.COUNTERS, "bsd"),
    (
        (
            r"^[^@\s:]+(?:@\S+)?[ \t]+(?:UP|DOWN|UNKNOWN|LOWERLAYERDOWN)[ \t]*(?:["
            r" \t][\da-f]+[:.]\S|[ \t]<|$)"
        ),
        Question.INTERFACES,
        "linux",
    ),
    (r"^\d+: \S+[ \t]+inet6? \S+", Question.INTERFACES, "linux"),
    # neighbours
    (r"^\S+ \([\d.]+\) at \S+ (?:\[\w+\] )?(?:PERM |PUB )*on \S+$", Question.NEIGHBOURS, "linux"),
    (r"^[ \t]*\S+ \([\d.]+\) (?:at|auf) \S+ ", Question.NEIGHBOURS, "bsd"),
    (
        r"^Address[ \t]+HWtype[ \t]|^IP address[ \t]+HW type|\) -- no entry$",
        Question.NEIGHBOURS,
        "linux",
    ),
    (
        r"^Net to Media Table|^Host[ \t]+Ethernet Address|^Neighbor[ \t]+Linklayer",
        Question.NEIGHBOURS,
        "bsd",
    ),
)

# for outputs that look like nothing of the above: what was typed still says which question they
# answer
COMMANDS: tuple[tuple[str, Question, str], ...] = (
    (r"netstat\b.*\s-\w*r|route\b", Question.ROUTES, "linux"),
    (r"netstat\b.*\s-\w*[is]", Question.COUNTERS, "linux"),
    (r"netstat\b.*\s-\w*[al]", Question.LISTENERS, "linux"),
    (r"netstat\b", Question.SOCKETS, "linux"),
    (r"ifconfig\b", Question.INTERFACES, "linux"),
    (r"arp\b|ndp\b", Question.NEIGHBOURS, "linux"),
)
