"""What a centre reports upward: the figures of a day, a month or a year, from what its dispatch system has kept."""
