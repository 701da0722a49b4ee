"""Facts about loss: what vanishes by chance, and what was sent again."""
