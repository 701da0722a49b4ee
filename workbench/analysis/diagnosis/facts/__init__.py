"""What hypotheses share: the context of one flow, its exchange of packets, and where a packet stops
and why."""
