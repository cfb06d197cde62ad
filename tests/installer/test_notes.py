"""A release says what changed in it, and nothing of other releases."""

import pytest

from installer.notes import section

CHANGES = """# Changes

## Unreleased

- Later.

## 1.2.0, 2026-12-01

The first part.

- Now.

### In detail

- More.

## 1.2.0rc1, 2026-11-30

- Before.
"""


def test_that_the_notes_are_the_section_of_the_version():
    assert section(CHANGES, "1.2.0") == "The first part.\n\n- Now.\n\n### In detail\n\n- More.\n"


def test_that_the_last_section_ends_with_the_file():
    assert section(CHANGES, "1.2.0rc1") == "- Before.\n"


@pytest.mark.parametrize("version", ["1.2", "1.2.0rc", "1.3.0"])
def test_that_a_version_without_a_section_is_an_error(version):
    with pytest.raises(ValueError, match="no section"):
        section(CHANGES, version)
