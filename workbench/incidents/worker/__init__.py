"""One run in a worker, from its begin to its end, and the care for runs that lost theirs."""
