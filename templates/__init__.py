"""Text that is filled in or copied out; packaged as `baseline.templates`."""
