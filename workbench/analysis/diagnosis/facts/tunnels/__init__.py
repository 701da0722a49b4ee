"""Facts about tunnels: whose key or peer refuses packets."""
