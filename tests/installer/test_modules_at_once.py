"""How the frozen program reads its modules on Windows, in the place of PyInstaller's way of opening the archive."""

import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

HOOK = Path(__file__).resolve().parents[2] / "installer" / "modules_at_once.py"


@pytest.fixture
def archive(monkeypatch):
    module = ModuleType("pyimod01_archive")
    monkeypatch.setitem(sys.modules, "pyimod01_archive", module)
    runpy.run_path(str(HOOK))
    return module


def test_that_parts_of_a_file_are_read_as_from_the_file_itself(archive, tmp_path):
    program = tmp_path / "wallboard.exe"
    program.write_bytes(bytes(range(100)))
    for place, size in ((0, 4), (90, 5), (7, 0), (98, 10)):
        with program.open("rb") as file, archive.open(str(program), "rb") as part:
            file.seek(place)
            part.seek(place)
            assert part.read(size) == file.read(size)


def test_that_two_threads_do_not_move_each_others_place(archive, tmp_path):
    program = tmp_path / "wallboard.exe"
    program.write_bytes(b"abcdef")
    with archive.open(str(program), "rb") as one, archive.open(str(program), "rb") as other:
        one.seek(1)
        other.seek(4)
        assert (one.read(2), other.read(2)) == (b"bc", b"ef")


def test_that_a_program_that_is_gone_is_told_as_before(archive, tmp_path):
    with pytest.raises(FileNotFoundError):
        archive.open(str(tmp_path / "gone.exe"), "rb")
