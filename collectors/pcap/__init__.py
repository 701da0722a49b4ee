"""What did a capture file hold? Frames, layers, tunnels; pcap and pcapng."""
