"""The server's own log: one JSON object a line on standard error. Set up by `taxgraph serve`.

A line of a request says which, how long, how it ended and what it cost: never who asked, whom it was about, arguments
or a token. Of an exception only its type and the places it passed are written, because its message may quote data.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final

REQUESTS: Final = logging.getLogger("taxgraph.request")
FACTS: Final = "facts"
_PLACES: Final = 8


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Instant, level, logger, message, and the record's own facts."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FACTS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["places"] = [
                f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
                for frame in reversed(traceback.extract_tb(error.__traceback__)[-_PLACES:])
            ]
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)


def start_logging() -> None:
    """Send the log of this process, and that of the web server, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in (("taxgraph", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(level)
