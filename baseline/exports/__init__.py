"""Exports: one file per format for machines, each with `write(findings, judged) -> str`."""
