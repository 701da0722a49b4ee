"""How a declared lab becomes real: namespaces, routes, filters, logins, wires."""
