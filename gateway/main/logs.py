"""How processes log: one JSON object a line on standard error."""

import sys

import structlog

INFO, WARNING = 20, 30  # logging's levels


def make_log() -> structlog.typing.FilteringBoundLogger:
    """One JSON object a line on standard error; line breaks inside a value stay inside (I3)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log
