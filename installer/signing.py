"""Signs programs and installers where a certificate is configured, by the environment:

WALLBOARD_CERTIFICATE           a PKCS #12 file (.pfx, .p12)
WALLBOARD_CERTIFICATE_PASSWORD  a file with its password
WALLBOARD_TIMESTAMP_URL         an RFC 3161 server, so that a signature outlives its certificate
WALLBOARD_CERTIFICATE_ISSUERS   on Debian, a PEM file with the certificates that a signature is held to, where the
                                system's own do not reach; Windows has its stores

python -m installer.signing FILE...
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "Wallboard"

SYSTEMS_ISSUERS = "/etc/ssl/certs/ca-certificates.crt"

KITS = "Windows Kits/10/bin/*/x64/signtool.exe"
"""Where the Windows SDK, which is on every build machine and on no path, has it: a folder for each version."""


class BadSignature(Exception):  # noqa: N818 (with a file, not with this program)
    """What a signature lacks, in the tool's words."""


def is_configured() -> bool:
    return bool(os.environ.get("WALLBOARD_CERTIFICATE"))


def tool(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str | None:
    """The program that signs and verifies here; None where there is none."""
    if platform != "win32":
        return shutil.which("osslsigncode")
    kits = Path(environment.get("PROGRAMFILES(X86)", "")).glob(KITS)
    newest = max(kits, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parts[-3])], default=None)
    return shutil.which("signtool") if newest is None else str(newest)


def sign(file: Path) -> None:
    """In place, and verified. Raises BadSignature; does nothing where no certificate is configured."""
    if not is_configured():
        return
    certificate = os.environ["WALLBOARD_CERTIFICATE"]
    password = os.environ.get("WALLBOARD_CERTIFICATE_PASSWORD")
    timestamp = os.environ.get("WALLBOARD_TIMESTAMP_URL")
    if sys.platform == "win32":
        command = [_tool(), "sign", "/q", "/fd", "sha256", "/d", NAME, "/f", certificate]
        command += ["/p", Path(password).read_text("utf-8").strip()] if password else []
        command += ["/tr", timestamp, "/td", "sha256"] if timestamp else []
        _run([*command, str(file)], file)
    else:
        signed = file.with_name(f"{file.name}.signed")
        command = [_tool(), "sign", "-h", "sha256", "-n", NAME, "-pkcs12", certificate]
        command += ["-readpass", password] if password else []
        command += ["-ts", timestamp] if timestamp else []
        _run([*command, "-in", str(file), "-out", str(signed)], file)
        signed.replace(file)
    verify(file)


def verify(file: Path) -> None:
    """Raises BadSignature where it is unsigned, changed, or signed by somebody whom this machine does not trust."""
    if sys.platform == "win32":
        command = [_tool(), "verify", "/pa", "/q", str(file)]
    else:
        issuers = os.environ.get("WALLBOARD_CERTIFICATE_ISSUERS", SYSTEMS_ISSUERS)
        command = [_tool(), "verify", "-CAfile", issuers, "-TSA-CAfile", issuers, "-in", str(file)]
    _run(command, file)


def _run(command: Sequence[str], file: Path) -> None:
    """Raises BadSignature, in the tool's words alone: signtool gets the password as an argument."""
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise BadSignature(f"{file.name}: {done.stdout.strip()} {done.stderr.strip()}")


def _tool() -> str:
    found = tool()
    if found is None:
        raise FileNotFoundError("There is nothing to sign with: osslsigncode on Debian, the Windows SDK on Windows.")
    return found


def main(files: Sequence[str]) -> None:
    for file in files:
        sign(Path(file))


if __name__ == "__main__":
    main(sys.argv[1:])
