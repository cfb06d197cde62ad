"""The machine on which an installer is tried."""

import pytest

from installer.machine import Done, Machine


class Silent(Machine):
    """Its cmd says these, one after the other."""

    def __init__(self, *said):
        self.said = list(said)

    def run(self, program, *arguments, **_):
        assert (program, arguments) == ("cmd", ("/c", "echo %TEMP%"))
        return Done(1, self.said.pop(0), "no desktop")


def test_that_a_variable_is_asked_for_again_where_cmd_ends_without_a_word():
    one = Silent("", "C:\\Temp\n", "not asked")
    assert one.variable("TEMP") == "C:\\Temp"
    assert one.said == ["not asked"]


def test_that_a_cmd_that_goes_on_saying_nothing_is_told_with_its_errors():
    with pytest.raises(OSError, match="%TEMP%: exit status 1, 'no desktop'"):
        Silent("", "", "").variable("TEMP")
