"""Nothing leaves that was not pinned."""

import pytest

from installer.gate import LINUX_PROGRAMS, PROGRAMS, digests, offences

PINNED = [("qt.whl: PySide6/Qt6Core.dll", b"qt"), ("numpy.whl: numpy/a.pyd", b"numpy"), ("numpy.whl: README", b"text")]


@pytest.fixture
def bundle(tmp_path):
    for name in PROGRAMS:
        (tmp_path / name).write_bytes(b"made here")
    inside = tmp_path / "_internal"
    inside.mkdir()
    (inside / "Qt6Core.dll").write_bytes(b"qt")
    (inside / "words.toml").write_bytes(b"whatever")
    return tmp_path


def test_that_pinned_files_pass_under_any_name(bundle):
    (bundle / "_internal" / "QT6CORE.DLL").write_bytes(b"qt")
    assert offences(bundle, digests(PINNED)) == []


@pytest.mark.parametrize("name", ["a.dll", "A.PYD", "tool.exe", "start.bat"])
def test_that_what_is_no_pinned_file_is_told(bundle, name):
    (bundle / "_internal" / name).write_bytes(b"changed")
    assert offences(bundle, digests(PINNED)) == [f"_internal/{name} is no file of the pinned inputs"]


@pytest.mark.parametrize("name", ["icuuc.dll", "ICUUC.DLL", "mscms.dll", "ucrtbase.dll", "ucrtw.dll"])
def test_that_a_part_of_windows_is_told_even_if_it_is_pinned(bundle, name):
    (bundle / "_internal" / name).write_bytes(b"qt")
    assert offences(bundle, digests(PINNED)) == [f"_internal/{name} is a part of Windows"]


def test_that_only_what_a_system_loads_is_pinned():
    assert list(digests(PINNED).values()) == [name for name, _ in PINNED[:2]]


def test_that_a_program_that_lacks_is_told(bundle):
    (bundle / PROGRAMS[1]).unlink()
    assert offences(bundle, digests(PINNED)) == [f"{PROGRAMS[1]} lacks"]


def test_that_a_library_of_linux_must_be_pinned_too(tmp_path):
    (tmp_path / "wallboard").write_bytes(b"made here")
    pinned = digests([("qt.whl: PySide6/Qt/lib/libQt6Core.so.6", b"qt")])
    (tmp_path / "libQt6Core.so.6").write_bytes(b"qt")
    assert offences(tmp_path, pinned, LINUX_PROGRAMS) == []
    (tmp_path / "libxcb.so.1.1.0").write_bytes(b"the system's")
    assert offences(tmp_path, pinned, LINUX_PROGRAMS) == ["libxcb.so.1.1.0 is no file of the pinned inputs"]
