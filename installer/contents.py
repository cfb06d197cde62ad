"""What of Qt and of the libraries goes into the bundle, and why. PyInstaller finds far more than the wall uses.

Pure: wallboard.spec asks it, and tests read it against what the program imports.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

QT_MODULES = {
    "QtCore": "everything",
    "QtGui": "fonts, painting, screens",
    "QtWidgets": "the window, its panels and dialogs",
    "QtOpenGL": "pyqtgraph, which draws the chart, imports it; nothing is painted with it",
    "QtOpenGLWidgets": "the same",
    "QtMultimedia": "the sounds of alarms",
    "QtTextToSpeech": "alarms that are spoken",
    "QtNetwork": "QtMultimedia, which could play from an address, imports it; nothing is fetched with it",
}
"""As Python imports them. A module that the program begins to import is added here with its reason."""

QT_LIBRARIES = {
    "Core": "QtCore",
    "Gui": "QtGui",
    "Widgets": "QtWidgets",
    "OpenGL": "QtOpenGL",
    "OpenGLWidgets": "QtOpenGLWidgets",
    "Multimedia": "QtMultimedia",
    "TextToSpeech": "QtTextToSpeech",
    "Network": "QtNetwork",
    "Concurrent": "QtMultimedia",
    "DBus": "QtGui on Linux: desktop settings",
    "XcbQpa": "the platform xcb",
    "WaylandClient": "the platform wayland",
    "WlShellIntegration": "wayland's xdg-shell",
}
"""Qt6NAME.dll, libQt6NAME.so.6."""

QT_PLUGINS = {
    "platforms/qwindows": "a screen of Windows",
    "platforms/qxcb": "a screen of X",
    "platforms/qwayland": "a screen of wayland",
    "platforms/qoffscreen": "the command render draws without a screen",
    "styles/qmodernwindowsstyle": "dialogs look as those of Windows 11",
    "platforminputcontexts/composeplatforminputcontextplugin": "dead keys, where a token is typed on X",
    "platforminputcontexts/ibusplatforminputcontextplugin": "input methods of Linux",
    "wayland-shell-integration/xdg-shell": "windows of wayland",
    "wayland-decoration-client/bradient": "frames of windows, which wayland leaves to the program",
    "texttospeech/qtexttospeech_winrt": "the voices of Windows",
    "texttospeech/qtexttospeech_sapi": "the older voices of Windows",
    "texttospeech/qtexttospeech_speechd": "the voices of Linux",
}
"""Of PySide6's folder plugins, without `lib` and ending. Pictures are PNG, which QtGui reads by itself; TLS is
Python's, not Qt's.
"""

EXCLUDED_MODULES = (
    # Found by PyInstaller, or asked for by pyqtgraph, which does without: exported pictures, its own tests.
    "PySide6.QtConcurrent",
    "PySide6.QtDBus",
    "PySide6.QtMultimediaWidgets",
    "PySide6.QtSvg",
    "PySide6.QtTest",
    "pyqtgraph.examples",
    "pyqtgraph.jupyter",
    "pyqtgraph.opengl",
    # What numpy and pyqtgraph use where it is there.
    "IPython",
    "PIL",
    "matplotlib",
    "numba",
    "numpy._core._multiarray_tests",
    "numpy.f2py",
    "numpy.fft",
    "numpy.random",
    "scipy",
    # Of development and of the build itself.
    "PyInstaller",
    "_pytest",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "mypy",
    "pip",
    "pkg_resources",
    "pydoc_data",
    "readline",
    "pytest",
    "setuptools",
    "tkinter",
    "turtledemo",
    "venv",
)

RUNTIME_HOOKS = ("modules_at_once", "version_of_windows")
"""What the program runs on Windows before its own first line; each says why."""

HIDDEN_IMPORTS = (
    # Found by name at run time, where PyInstaller's analysis cannot see it.
    "tzdata",
    *(f"PySide6.{name}" for name in QT_MODULES),
)

_OPENGL = re.compile(r"opengl32sw|d3dcompiler", re.IGNORECASE)
"""OpenGL in software, 20 MB, and shaders: the wall paints in raster."""

_FILMS = re.compile(r"(?:lib)?(?:av(?:codec|format|util)|sw(?:resample|scale)|Qt6FFmpegStub)[-.]", re.IGNORECASE)
"""FFmpeg, 20 MB, which QtMultimedia's other plugin brings: sounds need no decoder."""

_LIBRARY = re.compile(r"lib(?!python)[^/]+\.so[.0-9]*")

_QT_LIBRARY = re.compile(r"(?:lib)?Qt6(?P<name>\w+?)\.(?:dll|so)", re.IGNORECASE)


def is_kept(destination: str) -> bool:
    """Whether the file at this place of the bundle belongs there. Either kind of slash will do."""
    path = PurePosixPath(destination.replace("\\", "/"))
    library = _QT_LIBRARY.match(path.name)
    if library is not None:  # on Linux there is a link to each beside the program
        return library["name"] in QT_LIBRARIES
    if _FILMS.match(path.name):
        return False
    if "PySide6" not in path.parts:
        return not _is_excess(path)
    inside = path.parts[path.parts.index("PySide6") + 1 :]
    if inside and inside[0] == "Qt":  # the wheel for Linux has a level more
        inside = inside[1:]
    if not inside:
        return True
    if inside[0] == "plugins":
        stem = PurePosixPath(*inside[1:]).with_suffix("")
        return str(stem.with_name(stem.name.removeprefix("lib"))) in QT_PLUGINS
    if inside[0] in ("translations", "qml", "resources", "libexec"):
        return False  # the wall's words are its own
    return not _OPENGL.match(path.name)


def is_systems(destination: str, source: str) -> bool:
    """Whether a file of this source is a library of Linux' own: a package asks for those in place of carrying them, so
    that the system keeps them up to date. Python's own library is no such one, wherever it lies.
    """
    return bool(_LIBRARY.fullmatch(destination)) and source.startswith(("/lib/", "/usr/lib/"))


def _is_excess(path: PurePosixPath) -> bool:
    """What hooks take along: numpy's tests and headers, and the emblem of pyqtgraph's own windows."""
    if path.parts[:1] == ("numpy",):
        return "tests" in path.parts or "include" in path.parts
    return path.parts[:3] == ("pyqtgraph", "icons", "peegee")
