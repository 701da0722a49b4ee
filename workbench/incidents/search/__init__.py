"""Finding incidents: by words, devices, addresses, causes, people, states and times."""
