"""Wallboard: what an emergency-call centre knows right now, on its wall."""

__version__ = "0.1.0"
