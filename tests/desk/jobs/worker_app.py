"""What the broker tests run in a real worker process: the desk's Celery application and one task that leaves traces."""

import os
import time
from pathlib import Path

from config.celery import app

app.conf.broker_transport_options = {"visibility_timeout": float(os.environ["LEASE_SECONDS"])}


def note(line: str) -> None:
    """Append one line; O_APPEND keeps lines of several processes whole."""
    file = os.open(os.environ["TRACE_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


@app.task(name="tests.work")
def work(number: int, seconds: float = 0.0) -> None:
    """Say that it began, take a while, say that it ended. While ``HOLD_FILE`` is there it does not end."""
    note(f"began {number}")
    time.sleep(seconds)
    hold = os.environ.get("HOLD_FILE")
    while hold and Path(hold).exists():
        time.sleep(0.01)
    note(f"ended {number}")
