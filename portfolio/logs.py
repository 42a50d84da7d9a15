"""How logs are written: one line an event, tracebacks without the values of variables.

The library's own console format prints local variables beside a traceback: among them would be
passwords and tokens.
"""

import structlog


def configure() -> None:
    """Set the format for this process; called once at its start."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
