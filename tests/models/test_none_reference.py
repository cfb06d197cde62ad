"""Calls into Qt give back what they borrow."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QLabel

CALLS = 300
NOISE = 50
"""References to None that the interpreter itself takes and gives meanwhile."""


def test_that_calls_that_return_nothing_lose_no_reference_to_none(qtbot):
    """PySide6 6.12.0 loses one with every call under Python 3.10 and 3.11, and the program dies within minutes.

    From Python 3.12 on None is immortal (PEP 683): there its count stands still, and nothing can be lost.
    """
    label = QLabel()
    qtbot.addWidget(label)
    label.setText("warm")
    before = sys.getrefcount(None)
    for number in range(CALLS):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < NOISE
