"""Where the program says what happens: standard error, and a file that a technician can be sent for."""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from types import TracebackType

FILE_NAME = "wallboard.log"
FILE_BYTES = 1_000_000
FILES = 5
"""A feed that fails differently at every poll fills a file in a day: most of a week is kept."""

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_log = logging.getLogger("wallboard")


def set_up(*, to_file: bool, level: int = logging.INFO) -> None:
    """Nothing that goes wrong with the log may stop the wall, a full disk included."""
    logging.raiseExceptions = False
    handlers: list[logging.Handler] = []
    if sys.stderr is not None:  # a windowed program on Windows has none
        handlers.append(logging.StreamHandler())
    complaint: OSError | None = None
    if to_file:
        try:
            handlers.append(_file())
        except OSError as error:
            complaint = error
    # The libraries' own lines stay out below WARNING: urllib3's hold addresses, which may hold a token.
    logging.basicConfig(format=_FORMAT, level=logging.WARNING, handlers=handlers)
    _log.setLevel(level)
    sys.excepthook = _log_exception
    if complaint is not None:
        _log.warning("no log file: %s", complaint)


def _file() -> logging.Handler:
    import platformdirs  # only a running wall keeps a file

    folder = platformdirs.user_log_path("wallboard", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(folder / FILE_NAME, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8")


def _log_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault in a slot of Qt's ends up here, and the wall goes on."""
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("a fault of the wallboard's", exc_info=(kind, error, trace))
