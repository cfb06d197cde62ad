"""The first start: asks for what the wall must know, tries it, and writes the configuration."""
