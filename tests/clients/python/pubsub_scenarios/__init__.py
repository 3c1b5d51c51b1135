"""Scenarios for Google's Python library of Pub/Sub. Each makes its own topics, in a project of its own."""
