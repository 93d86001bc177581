"""Organization profiles that work as they are; packaged as `baseline.profiles`."""
