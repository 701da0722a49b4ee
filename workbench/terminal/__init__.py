"""What the command line shows of a run: progress, the verdict in words, and its record of
commands."""
