"""An incident as a file for another installation, which reads and plays it (docs/bundle.md)."""
