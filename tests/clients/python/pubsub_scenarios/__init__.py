"""Scenarios for Google's Pub/Sub library for Python. Each creates its own project and topics."""
