"""A Windows to build and to try the program on: this machine or, on Debian, wine 8.

Of wine, what runs proves the project's own parts: what is in the bundle, the installer's script, start and end. It
proves nothing about Windows itself.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import IO

COMPILER = "x86_64-w64-mingw32-gcc"
OBJDUMP = "x86_64-w64-mingw32-objdump"
BUILTIN_UCRT = Path("/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll")
DEBIAN_PACKAGES = (
    "wine", "wine64", "nsis", "wixl", "osslsigncode", "gcc-mingw-w64-x86-64", "xvfb", "xauth", "msitools",
)  # fmt: skip
"""What the Windows installer and the MSI are built, signed, tried and, in the tests, looked into with."""

NO_DIALOGS = "mscoree,mshtml=;winemenubuilder.exe=d"
"""wine offers to fetch .NET and a browser, and writes the desktop files of whoever runs it."""

SHIMS = "icuuc=n;ucrtbase=n,b;ucrtw=n"

# What wine 8 lacks and the wheels load. The shims are compiled into a prefix for trying, and never come near a bundle:
# installer/gate.py refuses their names.

ICU_FUNCTIONS = (
    "ucnv_close", "UCNV_FROM_U_CALLBACK_SUBSTITUTE", "UCNV_TO_U_CALLBACK_SUBSTITUTE", "ucnv_reset",
    "ucnv_getMaxCharSize", "ucnv_getName", "ucnv_getToUCallBack", "ucnv_getFromUCallBack", "ucnv_setToUCallBack",
    "ucnv_setFromUCallBack", "ucnv_cbToUWriteUChars", "ucnv_toUnicode", "ucnv_cbFromUWriteUChars",
    "ucnv_toUCountPending", "ucnv_fromUCountPending", "ucnv_getStandardName", "ucnv_getAvailableName",
    "ucnv_countAvailable", "ucnv_fromUnicode",
)  # fmt: skip
"""What Qt6Core.dll imports of icuuc.dll (`objdump -p`), but for ucnv_open, without which none of them is called."""

U_FILE_ACCESS_ERROR = 4

COMPLEX_FUNCTIONS = (
    "cabs", "cacos", "cacosh", "carg", "casin", "casinh", "catan", "catanh", "ccos", "ccosh", "cexp", "cimag", "clog",
    "clog10", "conj", "cpow", "cproj", "creal", "csin", "csinh", "csqrt", "ctan", "ctanh",
)  # fmt: skip
"""C99's, of double; numpy calls them. wine exports them and stops the program that calls one."""

REAL_VALUED = {"cabs", "carg", "cimag", "creal"}
LOG10_E = "0.43429448190325182765"


TRIES = 3
"""Of asking cmd, which wine ended without a word once in some thousand times: as the first program of a new prefix."""

LAST_WORDS_S = 2.0
"""From a program's end to the end of what it said."""

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Done:
    status: int
    output: str
    errors: str


class Program:
    """One that runs, and what it has said so far.

    Read by threads, and not to the end of its pipes: wine's desktop process, which the first program with a window
    starts, keeps them open for longer.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._said = (bytearray(), bytearray())
        self._readers = [
            threading.Thread(target=_read, args=(stream, said), daemon=True)
            for stream, said in zip((process.stdout, process.stderr), self._said, strict=True)
        ]
        for reader in self._readers:
            reader.start()

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def output(self) -> str:
        return _text(self._said[0])

    def wait(self, timeout_s: float) -> Done:
        """Raises subprocess.TimeoutExpired."""
        status = self._process.wait(timeout_s)
        for reader in self._readers:
            reader.join(LAST_WORDS_S)
        return Done(status, *map(_text, self._said))

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def _read(stream: IO[bytes], said: bytearray) -> None:
    with stream:
        while more := os.read(stream.fileno(), 65_536):
            said += more


def _text(said: bytearray) -> str:
    return said.decode("utf-8", "replace").replace("\r\n", "\n")


class Machine:
    """This Windows. Paths are pathlib's of the system that runs this Python; `name` is what Windows calls one."""

    environment: Mapping[str, str] = NOTHING
    """Beside the caller's own."""

    def command(self, program: str | Path) -> list[str]:
        return [str(program)]

    def name(self, path: Path) -> str:
        return str(path)

    def path(self, name: str) -> Path:
        return Path(name)

    def start(self, program: str | Path, *arguments: str, environment: Mapping[str, str] = NOTHING) -> Program:
        """wine hands a broken handle to Python unless all three are given, the outputs as pipes."""
        return Program(
            subprocess.Popen(
                [*self.command(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **self.environment, **environment},
            )
        )

    def run(
        self, program: str | Path, *arguments: str, timeout_s: float = 120, environment: Mapping[str, str] = NOTHING
    ) -> Done:
        """Raises subprocess.TimeoutExpired: a windowed program that fails shows a window, and waits."""
        started = self.start(program, *arguments, environment=environment)
        try:
            return started.wait(timeout_s)
        except subprocess.TimeoutExpired:
            started.kill()
            raise

    def variable(self, name: str) -> str:
        """Of the user's environment, such as LOCALAPPDATA. Raises OSError where it cannot be asked."""
        for _ in range(TRIES):
            done = self.run("cmd", "/c", f"echo %{name}%")
            if value := done.output.strip():
                return value
        raise OSError(f"cmd does not tell %{name}%: exit status {done.status}, {done.errors.strip()!r}")

    def folder(self, variable: str) -> Path:
        return self.path(self.variable(variable))

    def close(self) -> None:
        """End what still runs on a machine that is there for trying only."""

    def registry(self, key: str, value: str) -> str | None:
        done = self.run("reg", "query", key, "/v", value)
        match = re.search(rf"^\s+{re.escape(value)}\s+REG_\w+\s+(.*?)\s*$", done.output, re.MULTILINE)
        return match[1] if done.status == 0 and match else None


class Wine(Machine):
    """A prefix of wine's, made where it is not there."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix.resolve()
        self.environment = {
            "WINEPREFIX": str(self.prefix),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": f"{NO_DIALOGS};{SHIMS}",
        }
        if not (self.prefix / "system.reg").is_file():
            self._make()

    def command(self, program: str | Path) -> list[str]:
        return ["wine", str(program)]

    def name(self, path: Path) -> str:
        return "Z:" + str(path.resolve()).replace("/", "\\")

    def path(self, name: str) -> Path:
        drive, *parts = PureWindowsPath(name).parts
        root = Path("/") if drive[0].upper() == "Z" else self.prefix / "drive_c"
        for part in parts:  # Windows' names have no case, and this system's have
            same = (one for one in _entries(root) if one.name.lower() == part.lower())
            root = next(same, root / part)
        return root

    def wait(self) -> None:
        """Until every program of the prefix has ended, and the registry is in its files."""
        subprocess.run(["wineserver", "-w"], env={**os.environ, **self.environment}, check=False)

    def close(self) -> None:
        subprocess.run(["wineserver", "-k"], env={**os.environ, **self.environment}, check=False)

    def set_version(self, version: str) -> None:
        """As winecfg knows it: win10, win81."""
        self.run("winecfg", "-v", version)
        self.wait()

    def _make(self) -> None:
        self.prefix.mkdir(parents=True, exist_ok=True)
        # Without a sound driver: that of a machine without a device has much to say of it.
        mute = ("reg", "add", r"HKCU\Software\Wine\Drivers", "/v", "Audio", "/d", "", "/f")
        for command in (("wineboot", "-i"), ("winecfg", "-v", "win10"), mute):
            self.run(*command, environment={"WINEDLLOVERRIDES": NO_DIALOGS})
        self.wait()
        system = self.prefix / "drive_c" / "windows" / "system32"
        with tempfile.TemporaryDirectory() as folder:
            for shim in _shims(Path(folder)):
                (system / shim.name).unlink(missing_ok=True)  # wine's own is a link to its file
                shutil.copy(shim, system)


def windows(prefix: Path) -> Machine:
    """This machine where it is a Windows, else wine in the prefix."""
    return Machine() if sys.platform == "win32" else Wine(prefix)


def _entries(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else ()


def _shims(folder: Path) -> Iterator[Path]:
    icu = folder / "icuuc.c"
    icu.write_text(
        f"__declspec(dllexport) void *ucnv_open(const char *name, int *error)"
        f" {{ *error = {U_FILE_ACCESS_ERROR}; return 0; }}\n"
        + "".join(f"__declspec(dllexport) long long {name}(void) {{ return 0; }}\n" for name in ICU_FUNCTIONS)
    )
    yield _compiled(icu)

    builtin = folder / "ucrtw.dll"
    # Marked as wine's own, a copy would be looked for in wine's folder.
    builtin.write_bytes(BUILTIN_UCRT.read_bytes().replace(b"Wine builtin DLL", b"Wine copied  DLL", 1))
    yield builtin
    functions = {name + suffix: (name, suffix) for name in COMPLEX_FUNCTIONS for suffix in ("", "f", "l")}
    ucrt, exports = folder / "ucrtbase.c", folder / "ucrtbase.def"
    ucrt.write_text("#include <complex.h>\n" + "".join(_wrapper(*one) for one in functions.values()))
    forwarded = "".join(f'  "{name}" = "ucrtw.{name}"\n' for name in _exported(BUILTIN_UCRT) if name not in functions)
    wrapped = "".join(f"  {name} = shim_{name}\n" for name in functions)
    exports.write_text(f"LIBRARY ucrtbase.dll\nEXPORTS\n{forwarded}{wrapped}")
    yield _compiled(ucrt, exports, "-static", "-nostartfiles", "-Wl,--entry=0")


def _wrapper(name: str, suffix: str) -> str:
    """Windows' long double is a double."""
    s = "f" if suffix == "f" else ""
    number = "float _Complex" if s else "double _Complex"
    result = number.split()[0] if name in REAL_VALUED else number
    parameters, arguments = (f"{number} x, {number} y", "x, y") if name == "cpow" else (f"{number} x", "x")
    value = f"clog{s}(x) * {LOG10_E}" if name == "clog10" else f"{name}{s}({arguments})"
    return f"{result} shim_{name}{suffix}({parameters}) {{ return {value}; }}\n"


def _compiled(source: Path, *more: str | Path) -> Path:
    library = source.with_suffix(".dll")
    subprocess.run([COMPILER, "-shared", "-O2", "-s", "-w", "-o", library, source, *more], check=True)
    return library


def _exported(library: Path) -> list[str]:
    listing = subprocess.run([OBJDUMP, "-p", library], capture_output=True, text=True, check=True).stdout
    names = listing.partition("[Ordinal/Name Pointer] Table")[2]
    return re.findall(r"^\s+\[\s*\d+\]\s+(\S+)$", names, re.MULTILINE)
