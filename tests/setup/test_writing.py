"""A configuration file that is whole or not there."""

import pytest

from wallboard.setup.writing import replaced, write


def test_that_the_folder_is_made(tmp_path):
    path = tmp_path / "wallboard" / "wallboard.toml"
    write("language = 'id'\n", path)
    assert path.read_text() == "language = 'id'\n"
    assert [one.name for one in path.parent.iterdir()] == ["wallboard.toml"]


def test_that_what_was_there_is_kept_beside_it(tmp_path):
    path = tmp_path / "wallboard.toml"
    path.write_text("old")
    assert replaced(path).name == "wallboard.toml.old"
    write("new", path)
    write("newer", path)
    told = {one.name: one.read_text() for one in tmp_path.iterdir()}
    assert told == {"wallboard.toml": "newer", "wallboard.toml.old": "old", "wallboard.toml.old.1": "new"}


def test_that_a_disk_that_is_full_costs_nothing(tmp_path, monkeypatch):
    path = tmp_path / "wallboard.toml"
    path.write_text("old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("wallboard.setup.writing.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write("new", path)
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["wallboard.toml"]
