"""What of Qt goes into the bundle."""

import ast
from pathlib import Path

import pytest

from installer.contents import EXCLUDED_MODULES, HIDDEN_IMPORTS, QT_MODULES, is_kept, is_systems

PACKAGE = Path(__file__).resolve().parents[2] / "wallboard"


def imported_from_qt():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PySide6."):
                yield (node.module or "").split(".")[1]


def test_that_every_module_of_qt_that_the_program_imports_is_in_the_bundle():
    assert set(imported_from_qt()) <= QT_MODULES.keys()
    assert {f"PySide6.{name}" for name in QT_MODULES} <= set(HIDDEN_IMPORTS)
    assert {f"PySide6.{name}" for name in QT_MODULES}.isdisjoint(EXCLUDED_MODULES)


@pytest.mark.parametrize(
    "place",
    [
        "PySide6\\Qt6Core.dll",
        "PySide6/Qt/lib/libQt6Gui.so.6",
        "PySide6/QtWidgets.pyd",
        "PySide6/MSVCP140.dll",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "libQt6Core.so.6",
        "numpy/_core/_multiarray_umath.pyd",
        "pyqtgraph/icons/auto.png",
        "resources/translations/id.toml",
    ],
)
def test_that_what_the_wall_uses_is_kept(place):
    assert is_kept(place)


@pytest.mark.parametrize(
    "place",
    [
        "PySide6\\opengl32sw.dll",
        "PySide6/avcodec-61.dll",
        "PySide6/Qt/lib/libswscale.so.8",
        "libavutil.so.59",
        "PySide6/Qt/lib/libQt6FFmpegStub-ssl.so.3",
        "PySide6/plugins/multimedia/ffmpegmediaplugin.dll",
        "PySide6/plugins/multimedia/windowsmediaplugin.dll",
        "PySide6/plugins/texttospeech/qtexttospeech_mock.dll",
        "PySide6/Qt6Svg.dll",
        "libQt6EglFSDeviceIntegration.so.6",
        "PySide6/plugins/tls/qopensslbackend.dll",
        "PySide6/plugins/imageformats/qsvg.dll",
        "PySide6/plugins/platforms/qminimal.dll",
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6/translations/qtbase_de.qm",
        "PySide6/Qt/translations/qtbase_de.qm",
        "numpy/_core/tests/data/a.csv",
        "pyqtgraph/icons/peegee/peegee_512px.png",
    ],
)
def test_that_what_nobody_uses_stays_out(place):
    assert not is_kept(place)


@pytest.mark.parametrize(
    ("destination", "source", "systems"),
    [
        ("libxcb.so.1", "/usr/lib/x86_64-linux-gnu/libxcb.so.1", True),
        ("libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1", True),
        ("libpulsecommon-16.1.so", "/usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon-16.1.so", True),
        ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", False),
        ("python3.11/lib-dynload/_ssl.so", "/usr/lib/python3.11/lib-dynload/_ssl.so", False),
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", False),
        ("PySide6/Qt/lib/libicuuc.so.73", "/home/a/site-packages/PySide6/Qt/lib/libicuuc.so.73", False),
        ("libcrypto-3.dll", "C:\\Python\\libcrypto-3.dll", False),
    ],
)
def test_that_libraries_of_linux_are_left_to_linux(destination, source, systems):
    assert is_systems(destination, source) == systems
