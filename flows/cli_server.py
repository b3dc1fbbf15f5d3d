"""Prefect as the command line uses it: quiet, and with a server of its own if need be."""

from __future__ import annotations

import os
import signal
from threading import Thread

# Set before Prefect is imported: no telemetry, no banner, and errors are ours to print.
PREFECT_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


def prepare_server() -> None:
    """Set what Prefect reads when it is imported, and start a server if none is configured.

    An interrupt from the terminal goes to every process of the command. The server must outlive
    it, or Prefect would wait for minutes to tell the server that the run has ended; it inherits
    the blocked signal from the thread that starts it.
    """
    for name, value in PREFECT_DEFAULTS.items():
        os.environ.setdefault(name, value)
    errors: list[BaseException] = []

    def start() -> None:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            from flows.recode import reach_server  # noqa: PLC0415  imports Prefect

            reach_server()
        except BaseException as error:  # raised where it can be handled
            errors.append(error)

    thread = Thread(target=start, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)  # seconds; a join without end would put an interrupt off
    if errors:
        raise errors[0]
