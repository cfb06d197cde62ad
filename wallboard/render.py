"""A page of the wall as a picture, without a screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QSize, Qt, QTimer, Slot

from wallboard.app import Wall, application
from wallboard.configuration.options import Configuration
from wallboard.core.poll import Backfill, FeedEvent, PollFailure
from wallboard.core.situation import FeedState
from wallboard.feed import credentials
from wallboard.feed.poller import TokenOf

HISTORY_DEADLINES = 3
"""Request deadlines that a picture waits for: the snapshot's, and those of the two histories."""


SETTLE_MS = 50
"""What has arrived is taken in, a piece at a time."""


class _Complete(QObject):
    """Ends a wait once each feed has told all it can: the present and the history, or that it fails."""

    def __init__(self, loop: QEventLoop, feeds: Iterable[str]) -> None:
        super().__init__()
        self._loop = loop
        self._left = set(feeds)

    @Slot(str, object)
    def look(self, feed_id: str, event: FeedEvent) -> None:
        if isinstance(event, PollFailure | Backfill):
            self._left.discard(feed_id)
            if not self._left:
                self._loop.quit()


def render(
    configuration: Configuration,
    size: tuple[int, int],
    out: Path,
    *,
    after_s: float = 0.0,
    page: str | None = None,
    token_of: TokenOf = credentials.token,
) -> FeedState:
    """Write the page as it looks `after_s` seconds after the first answers. Returns the state of the feed in the
    picture or, of several, LIVE where any is.

    Raises ValueError where there is no page of this name, OSError where the file cannot be written.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if sys.platform == "win32":  # without a screen Qt does not find the system's fonts there
        os.environ.setdefault("QT_QPA_FONTDIR", str(Path(os.environ.get("SYSTEMROOT", "C:\\Windows")) / "Fonts"))
    application()
    wall = Wall(configuration, token_of)
    wall.window.resize(QSize(*size))
    wall.window.show()
    if page is not None:
        wall.window.show_page(page)
    wall.window.add_charts()
    loop = QEventLoop()
    complete = _Complete(loop, (feed.id for feed in configuration.feed))
    wall.bridge.arrived.connect(complete.look, Qt.ConnectionType.QueuedConnection)
    longest_s = max(HISTORY_DEADLINES * feed.deadline_s + feed.poll_interval_s for feed in configuration.feed)
    QTimer.singleShot(round(longest_s * 1000), loop.quit)
    wall.start()
    try:
        loop.exec()
        wall.bridge.arrived.disconnect(complete.look)
        QTimer.singleShot(max(SETTLE_MS, round(after_s * 1000)), loop.quit)
        loop.exec()
        states = [store.state for store in wall.centres.stores]
        state = FeedState.LIVE if FeedState.LIVE in states else states[0]
        picture = wall.window.grab()
    finally:
        wall.stop()
        wall.window.close()
    if not picture.save(str(out), "PNG"):
        raise OSError(f"the picture cannot be written to {out}")
    return state
