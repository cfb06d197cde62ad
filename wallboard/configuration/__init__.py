"""The wall's configuration: one TOML file, declared once as typed structs, every error told at once."""
