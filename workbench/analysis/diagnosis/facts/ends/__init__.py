"""Facts about the two ends: who listens, accepts, answers, hangs up."""
