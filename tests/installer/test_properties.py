"""The version in a file's properties."""

import ast

import pytest

from installer.properties import four_numbers, resource
from wallboard import __version__


def test_that_windows_orders_versions_as_they_follow_each_other():
    versions = ["0.9.9", "0.10.0a1", "0.10.0b1", "0.10.0rc1", "0.10.0rc2", "0.10.0", "0.10.1", "1.0.0"]
    numbers = [four_numbers(version) for version in versions]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(versions)


def test_that_a_number_fits_into_sixteen_bits():
    assert max(four_numbers("1.2.3rc99")) < 2**16


@pytest.mark.parametrize("text", ["", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-beta"])
def test_that_what_is_no_version_is_refused(text):
    with pytest.raises(ValueError, match="is not a version"):
        four_numbers(text)


def test_that_the_programs_version_is_one():
    assert len(four_numbers(__version__)) == 4


def test_that_the_properties_name_program_and_version():
    text = resource("1.2.3", "wallboard-cli", "Wallboard at a prompt")
    ast.parse(text, mode="eval")
    for expected in ("(1, 2, 3, 9000)", "'wallboard-cli.exe'", "'Wallboard at a prompt'", "'1.2.3'"):
        assert expected in text
