"""The command that a bundle is tried with."""

import pytest

from wallboard import cli, selftest


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
