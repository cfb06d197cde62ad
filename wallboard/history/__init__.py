"""What is kept of the alarms, in SQLite. It knows the core only."""
