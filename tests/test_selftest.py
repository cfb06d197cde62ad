"""The command that a bundle is tried with."""

import keyring
import pytest
from keyring.backend import KeyringBackend

from wallboard import cli, selftest


class Memory(KeyringBackend):
    priority = 1.0

    def __init__(self):
        self.secrets = {}

    def get_password(self, service, username):
        return self.secrets.get((service, username))

    def set_password(self, service, username, password):
        self.secrets[service, username] = password

    def delete_password(self, service, username):
        del self.secrets[service, username]


@pytest.fixture
def vault():
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield keyring.get_keyring()
    keyring.set_keyring(before)


def test_that_every_part_opens_here_and_nothing_stays_in_the_keyring(qapp, vault):
    findings = selftest.run()
    assert [one for one in findings if not one.good] == []
    assert {one.subject for one in findings} >= {"zones", "TLS", "fonts", "translations", "mappings", "keyring"}
    assert vault.secrets == {}


def test_that_a_part_that_lacks_is_told_and_hides_no_other(qapp, vault, monkeypatch, capsys):
    def lacks():
        raise FileNotFoundError("no such font")

    monkeypatch.setitem(selftest.PARTS, "fonts", lacks)
    assert cli.main(["self-test"]) == cli.LACKS
    lines = capsys.readouterr().out.splitlines()
    assert "LACK  fonts         FileNotFoundError: no such font" in lines
    assert len(lines) == 1 + len(selftest.PARTS)


def test_that_the_command_is_in_no_list(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "self-test" not in capsys.readouterr().out.replace("COMMAND", "")
