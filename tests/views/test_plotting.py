"""pyqtgraph's mirrors of Qt, in an interpreter of its own: it is imported once in a process."""

import subprocess
import sys

CODE = """
import PySide6.QtWidgets as theirs
from wallboard.views.plotting import pg
from pyqtgraph.Qt import QtWidgets
import PySide6

assert pg.PlotWidget
assert PySide6.QtWidgets is theirs, "a stand-in was left behind"
assert "QCalendarWidget" not in vars(QtWidgets), "which no chart needs was copied"
assert QtWidgets.QCalendarWidget is theirs.QCalendarWidget
assert not hasattr(QtWidgets, "QNothing")
"""


def test_that_a_name_of_qt_is_found_when_a_chart_asks_for_it_and_not_before():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
