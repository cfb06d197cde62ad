"""Signs programs and installers where a certificate is configured, by the environment:

WALLBOARD_CERTIFICATE           a PKCS #12 file (.pfx, .p12)
WALLBOARD_CERTIFICATE_PASSWORD  a file with its password
WALLBOARD_TIMESTAMP_URL         an RFC 3161 server, so that a signature outlives its certificate

python -m installer.signing FILE...
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "Wallboard"


def is_configured() -> bool:
    return bool(os.environ.get("WALLBOARD_CERTIFICATE"))


def sign(file: Path) -> None:
    """In place. Raises CalledProcessError; does nothing where no certificate is configured."""
    if not is_configured():
        return
    certificate = os.environ["WALLBOARD_CERTIFICATE"]
    password = os.environ.get("WALLBOARD_CERTIFICATE_PASSWORD")
    timestamp = os.environ.get("WALLBOARD_TIMESTAMP_URL")
    if sys.platform == "win32":
        command = ["signtool", "sign", "/q", "/fd", "sha256", "/d", NAME, "/f", certificate]
        command += ["/p", Path(password).read_text("utf-8").strip()] if password else []
        command += ["/tr", timestamp, "/td", "sha256"] if timestamp else []
        subprocess.run([*command, file], check=True)
        return
    signed = file.with_name(f"{file.name}.signed")
    command = ["osslsigncode", "sign", "-h", "sha256", "-n", NAME, "-pkcs12", certificate]
    command += ["-readpass", password] if password else []
    command += ["-ts", timestamp] if timestamp else []
    subprocess.run([*command, "-in", file, "-out", signed], check=True, stdout=subprocess.DEVNULL)
    signed.replace(file)


def main(files: Sequence[str]) -> None:
    for file in files:
        sign(Path(file))


if __name__ == "__main__":
    main(sys.argv[1:])
