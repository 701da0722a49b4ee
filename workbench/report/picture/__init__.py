"""What a picture shows, as plain JSON: paths, packets, counters, ports."""
