"""The pages: each reads with queries, writes with actions, and renders a template."""
