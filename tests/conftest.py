"""What every test stands on: no screen, no keyring of the machine's, no thread or timer left behind."""

from __future__ import annotations

import gc
import os
import sys
import threading
from pathlib import Path

import keyring
import pytest
from hypothesis import HealthCheck, settings
from keyring.backend import KeyringBackend
from shiboken6 import isValid

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if sys.platform == "win32":  # without a screen Qt does not find the system's fonts there
    os.environ.setdefault("QT_QPA_FONTDIR", str(Path(__file__).resolve().parents[1] / "resources" / "fonts"))
os.environ["QT_ENABLE_HIGHDPI_SCALING"] = "0"
# The machine's own keyring may ask a person for its password.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

# The machine's load must not decide whether a test passes.
settings.register_profile("wallboard", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("wallboard")


class Memory(KeyringBackend):
    """A keyring that forgets."""

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


@pytest.fixture
def shared_data() -> Path:
    """The folder of real records beside the project, which a clone elsewhere does not have."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real records that this test replays are not beside the project")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def no_timer_is_left_running(request):
    yield
    if not {"qapp", "qtbot", "show"} & set(request.fixturenames):
        return
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    timers = [one for one in gc.get_objects() if isinstance(one, QTimer) and isValid(one)]
    assert [(timer.parent(), timer.interval()) for timer in timers if timer.isActive()] == []


@pytest.fixture(autouse=True)
def no_thread_is_left_behind():
    before = set(threading.enumerate())
    yield
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(5)
    assert [thread.name for thread in left if thread.is_alive()] == []
