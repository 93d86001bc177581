"""Formats: one file per format for people, each with `write(document) -> str`."""
