"""``python -m tests.desk.jobs.nursery``: brings forth worker processes that have everything loaded already.

A worker takes seconds to load the desk, and the fault tests kill many of them. This process loads it once, opens
nothing, and forks: a line on its input, the id of the new worker on its output.
"""

import importlib
import os
import sys

from tests.desk.jobs.fault_app import app

OPTIONS = ["-P", "threads", "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"]


LOADED_BY_A_WORKER = ["celery.bin.celery", "celery.apps.worker", "celery.concurrency.thread", "kombu.transport.redis"]


def main() -> None:
    for module in LOADED_BY_A_WORKER:
        importlib.import_module(module)
    app.loader.import_default_modules()
    app.finalize()
    for line in sys.stdin:
        command, _, pid = line.strip().partition(" ")
        print(_answer(command, int(pid or 0)), file=sys.__stdout__, flush=True)


def _answer(command: str, pid: int) -> int:
    if command == "end":
        return _end_of(pid)
    if command == "ended":
        # Left to be reaped by "end".
        return int(os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None)
    return os.fork() or _work()


def _end_of(pid: int) -> int:
    """Wait until it has ended; the exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _work() -> int:
    os.setsid()
    out = os.open(os.environ["FAULTS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, file in enumerate((nothing, out, out)):
        os.dup2(file, number)
    app.worker_main(["worker", *OPTIONS])
    raise SystemExit  # the nursery's loop is not the worker's business


if __name__ == "__main__":
    main()
