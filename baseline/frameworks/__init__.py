"""Frameworks: one YAML table for each, read by `framework`: clause, our own title, controls."""
