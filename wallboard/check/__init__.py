"""The wall's figures without the wall: polls, and what they told as a table for people or as JSON for programs."""
