import sys
import threading

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from wallboard.core.poll import FailureKind
from wallboard.feed import credentials
from wallboard.feed.failures import FeedError


class Ring(KeyringBackend):
    priority = 1

    def __init__(self, passwords, silent=None):
        self.passwords = passwords
        self.silent = silent
        self.asked = 0

    def get_password(self, service, username):
        self.asked += 1
        if self.silent is not None:
            assert self.silent.wait(20)
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

    def use(passwords, environment=None, silent=None):
        keyring.set_keyring(ring := Ring(passwords, silent))
        if environment is not None:
            monkeypatch.setenv("WALLBOARD_TOKEN_BENGKALIS_2", environment)
        return ring

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


def test_that_a_locked_keyring_is_not_taken_for_one_without_the_token(use):
    use(None)
    with pytest.raises(FeedError) as told:
        credentials.token("bengkalis-2")
    assert told.value.kind is FailureKind.KEYRING
    assert "KeyringLocked" in told.value.message
    assert "a secret word" not in told.value.message
    assert credentials.token("bengkalis-2.proxy") is None, "which most proxies do not need"


@pytest.fixture
def silent(monkeypatch):
    """A keyring waits until this is set, as for somebody to unlock it."""
    monkeypatch.setattr(credentials, "KEYRING_S", 0.05)
    unlocked = threading.Event()
    yield unlocked
    unlocked.set()
    for thread in threading.enumerate():
        if thread.name == "keyring search":
            thread.join(20)


def test_that_a_keyring_that_does_not_answer_is_named_asked_once_and_believed_when_it_does(use, silent):
    ring = use({("wallboard", "bengkalis-2"): "from the ring"}, silent=silent)
    for _ in range(3):
        with pytest.raises(FeedError, match="does not answer") as told:
            credentials.token("bengkalis-2")
        assert told.value.kind is FailureKind.KEYRING
    assert ring.asked == 1
    silent.set()
    credentials.KEYRING_S = 20.0
    assert credentials.token("bengkalis-2") == "from the ring"


def test_that_where_the_keyring_does_not_answer_the_environment_does(use, silent):
    use({}, "from the environment", silent)
    assert credentials.token("bengkalis-2") == "from the environment"


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
