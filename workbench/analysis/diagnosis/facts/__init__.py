"""What hypotheses share: the scene of one flow, its exchange of packets, and where a packet stops
and why."""
