"""A TOML file, declared once as typed structs: read, checked with every fault told at once, and documented."""
