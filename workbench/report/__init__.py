"""What people look at: figures in plotly's schema, the same pictures as SVG, and the postmortem."""
