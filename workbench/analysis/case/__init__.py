"""The case: what is known of one flow, what was found, and the words of the verdict."""
