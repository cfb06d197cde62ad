"""Where the configuration file is looked for, what to write where there is none, and where the alarm log is kept."""

from __future__ import annotations

from pathlib import Path

FILE_NAME = "wallboard.toml"
ALARM_LOG_NAME = "alarms.sqlite3"

SMALLEST = """\
[[feed]]
id = "bengkalis"
url = "https://dispatch.example.go.id/api/v1"
auth = "bearer"            # none, bearer, api_key, basic, query, oauth2
poll_interval_s = 2
"""
"""The smallest configuration, as people are shown it."""


def user_path() -> Path:
    """The file of the user who runs the wall."""
    import platformdirs  # not needed where the path is given

    return platformdirs.user_config_path("wallboard", appauthor=False) / FILE_NAME


def site_path() -> Path:
    """The file for every user of the machine."""
    import platformdirs

    return platformdirs.site_config_path("wallboard", appauthor=False) / FILE_NAME


def alarm_log_path(configured: str | None) -> Path:
    """Where the configuration says, or else in the folder of the user who runs the wall."""
    if configured is not None:
        return Path(configured)
    import platformdirs

    return platformdirs.user_state_path("wallboard", appauthor=False) / ALARM_LOG_NAME


def find() -> Path | None:
    """The user's file, else the machine's; None where there is neither."""
    return next((path for path in (user_path(), site_path()) if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    """Also where its folder may not be looked into: whoever reads it then learns that."""
    try:
        return path.exists()
    except OSError:
        return True


def explain_missing() -> str:
    """What to write and where, in Indonesian and in English."""
    return f"""\
Wallboard belum punya berkas konfigurasi. Jalankan "wallboard setup" di layar, atau tulis berkas ini:
Wallboard has no configuration yet. Run "wallboard setup" at a screen, or write this file:

    {user_path()}

(untuk semua pengguna komputer ini / for every user of this computer: {site_path()})

{SMALLEST}
Token tidak ditulis di berkas ini. Simpan di keyring (layanan "wallboard", pengguna "bengkalis", yaitu id feed)
atau dalam variabel lingkungan WALLBOARD_TOKEN_BENGKALIS.
The token is not written in this file. Keep it in the keyring (service "wallboard", user "bengkalis", the feed's id)
or in the environment variable WALLBOARD_TOKEN_BENGKALIS.
"""
