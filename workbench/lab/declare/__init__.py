"""What a lab is: nodes, links, rules, the truth; as words, nothing runs here."""
