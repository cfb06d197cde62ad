"""Reads a dispatch API that is not this project's contract, as a mapping file (docs/mappings.md) says."""
