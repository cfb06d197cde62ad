import sys

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from wallboard.feed import credentials


class Ring(KeyringBackend):
    priority = 1

    def __init__(self, passwords):
        self.passwords = passwords

    def get_password(self, service, username):
        if self.passwords is None:
            raise KeyringLocked("a secret word")
        return self.passwords.get((service, username))

    def set_password(self, service, username, password):
        raise NotImplementedError

    def delete_password(self, service, username):
        raise NotImplementedError


@pytest.fixture
def use(monkeypatch):
    before = keyring.get_keyring()

    def use(passwords, environment=None):
        keyring.set_keyring(Ring(passwords))
        if environment is not None:
            monkeypatch.setenv("WALLBOARD_TOKEN_BENGKALIS_2", environment)

    yield use
    keyring.set_keyring(before)


def test_that_the_token_is_the_keyrings(use):
    use({("wallboard", "bengkalis-2"): "from the ring\n"}, "from the environment")
    assert credentials.token("bengkalis-2") == "from the ring"


def test_that_without_a_keyring_it_is_the_environments_and_the_log_says_so(use, caplog):
    use({}, "from the environment")
    assert credentials.token("bengkalis-2") == "from the environment"
    assert "WALLBOARD_TOKEN_BENGKALIS_2" in caplog.text
    assert "from the environment" not in caplog.text.replace("is from the environment variable", "")


def test_that_a_locked_keyring_is_told_and_the_environment_is_asked(use, caplog):
    use(None, "from the environment")
    assert credentials.token("bengkalis-2") == "from the environment"
    assert "KeyringLocked" in caplog.text


def test_that_no_token_is_none(use):
    use({}, "  ")
    assert credentials.token("bengkalis-2") is None


@pytest.mark.parametrize(
    ("user", "variable"),
    [
        ("bengkalis-2", "WALLBOARD_TOKEN_BENGKALIS_2"),
        ("bengkalis-2.key", "WALLBOARD_KEY_BENGKALIS_2"),
        ("bengkalis-2.proxy", "WALLBOARD_PROXY_BENGKALIS_2"),
    ],
)
def test_that_each_secret_has_its_place_in_the_keyring_and_in_the_environment(use, monkeypatch, caplog, user, variable):
    assert credentials.token_variable(user) == variable
    monkeypatch.setenv(variable, "of the environment")
    use({})
    assert credentials.token(user) == "of the environment"
    assert variable in caplog.text
    use({("wallboard", user): "of the ring"})
    assert credentials.token(user) == "of the ring"


def test_that_a_secret_that_windows_cannot_hold_is_refused_with_its_reason(monkeypatch):
    kept = {}
    monkeypatch.setattr(keyring, "set_password", lambda _, user, secret: kept.update({user: secret}))
    monkeypatch.setattr(keyring, "get_password", lambda _, user: kept.get(user))
    monkeypatch.setattr(sys, "platform", "win32")
    credentials.keep("bengkalis", "x" * 1280)
    with pytest.raises(credentials.NotKeptError) as refused:
        credentials.keep("bengkalis", "x" * 1281)
    assert refused.value.reason is credentials.NotKept.TOO_LONG
    assert "x" * 20 not in str(refused.value)
