"""Programs are signed where a certificate is configured."""

import shutil
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from installer import build, signing
from tests.installer.programs import smallest_program

OSSLSIGNCODE = pytest.mark.skipif(shutil.which("osslsigncode") is None, reason="osslsigncode is not installed")
PASSWORD = "secret"


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.exe"
    path.write_bytes(smallest_program())
    return path


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A house of its own")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(key, hashes.SHA256())
    )
    store, password, authority = tmp_path / "house.p12", tmp_path / "password", tmp_path / "house.pem"
    encryption = serialization.BestAvailableEncryption(PASSWORD.encode())
    store.write_bytes(pkcs12.serialize_key_and_certificates(b"house", key, made, None, encryption))
    password.write_text(PASSWORD)
    authority.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("WALLBOARD_CERTIFICATE", str(store))
    monkeypatch.setenv("WALLBOARD_CERTIFICATE_PASSWORD", str(password))
    monkeypatch.setenv("WALLBOARD_CERTIFICATE_ISSUERS", str(authority))


@OSSLSIGNCODE
def test_that_a_program_is_signed_with_the_certificate(program, certificate):
    with pytest.raises(signing.BadSignature):
        signing.verify(program)
    signing.main([str(program)])
    signing.verify(program)


@OSSLSIGNCODE
def test_that_a_signature_of_a_program_that_was_changed_is_bad(program, certificate):
    signing.main([str(program)])
    program.write_bytes(program.read_bytes().replace(b"This program", b"That program", 1))
    with pytest.raises(signing.BadSignature):
        signing.verify(program)


@OSSLSIGNCODE
def test_that_a_signature_of_somebody_whom_nobody_trusts_is_refused_when_it_is_made(program, certificate, monkeypatch):
    monkeypatch.delenv("WALLBOARD_CERTIFICATE_ISSUERS")
    with pytest.raises(signing.BadSignature, match=r"program\.exe"):
        signing.main([str(program)])


def test_that_on_windows_the_newest_kits_tool_signs(tmp_path):
    for version in ("10.0.9600.0", "10.0.26100.0", "10.0.22621.0"):
        for processor in ("arm64", "x64", "x86"):
            tool = tmp_path / "Windows Kits" / "10" / "bin" / version / processor / "signtool.exe"
            tool.parent.mkdir(parents=True)
            tool.touch()
    found = signing.tool({"PROGRAMFILES(X86)": str(tmp_path)}, "win32")
    assert found == str(tmp_path / "Windows Kits" / "10" / "bin" / "10.0.26100.0" / "x64" / "signtool.exe")


def test_that_a_certificate_without_a_tool_to_sign_with_stops_the_build_before_it_begins(monkeypatch):
    monkeypatch.setenv("WALLBOARD_CERTIFICATE", "house.p12")
    monkeypatch.setattr(sys, "version_info", (3, 11))  # the only one that builds
    monkeypatch.setattr(build, "makensis", lambda: sys.executable)
    monkeypatch.setattr(signing, "tool", lambda: None)
    with pytest.raises(SystemExit, match=r"osslsigncode|signtool"):
        build.require_tools(["setup"])


def test_that_no_failure_tells_the_password(program, certificate, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")  # where the tool gets it as an argument
    monkeypatch.setattr(signing, "tool", lambda: sys.executable)
    with pytest.raises(signing.BadSignature) as failure:
        signing.sign(program)
    assert PASSWORD not in str(failure.value)


def test_that_without_a_certificate_a_program_stays_as_it_is(program, monkeypatch):
    monkeypatch.delenv("WALLBOARD_CERTIFICATE", raising=False)
    before = program.read_bytes()
    signing.main([str(program)])
    assert program.read_bytes() == before
