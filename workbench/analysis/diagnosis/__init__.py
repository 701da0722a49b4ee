"""From what was found to a verdict: context, facts by subject, hypotheses, remedies, ranking."""
