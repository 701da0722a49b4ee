"""Rows turned into what the templates of an incident show."""
