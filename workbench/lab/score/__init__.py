"""How often is the verdict right? The command, its score and its page."""
