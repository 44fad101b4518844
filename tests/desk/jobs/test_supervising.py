"""The supervisor with real processes: it runs in a process of its own, because signals are what it is about."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

RUNNER = """
import os, sys
from desk.jobs import supervising
supervising.PATIENCE = float(os.environ["PATIENCE"])
programs = [supervising.Program(f"child{n}", [sys.executable, "-c", code]) for n, code in enumerate(sys.argv[1:])]
supervisor = supervising.Supervisor(programs, environment=os.environ, out=sys.stdout)
sys.exit(supervisor.run(on_tick=lambda: None))
"""
STAY = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
DEAF = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + STAY
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STAY!r}]); {STAY}"


class Stage:
    """A running supervisor and what it has said so far."""

    def __init__(self, folder: Path, programs: list[str], patience: float) -> None:
        self._said = folder / "said"
        with self._said.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-c", RUNNER, *programs],
                stdout=out,
                stderr=out,
                env=os.environ | {"PATIENCE": str(patience)},
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._said.read_text()

    def wait_for(self, condition: Callable[[], bool], seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def pids(self) -> list[int]:
        """The processes that have named themselves, in order."""
        return [int(line.rpartition(" ")[2]) for line in self.said.splitlines() if "pid " in line]

    def wait_for_pids(self, count: int) -> list[int]:
        self.wait_for(lambda: len(self.pids()) >= count)
        return self.pids()

    def end(self) -> int:
        return self.process.wait(timeout=15)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for pid in filter(alive, self.pids()):
            os.kill(pid, signal.SIGKILL)


Play = Callable[..., Stage]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    stages: list[Stage] = []

    def start(*programs: str, patience: float = 10) -> Stage:
        stages.append(Stage(tmp_path, list(programs), patience))
        return stages[-1]

    yield start
    for stage in stages:
        stage.close()


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie waiting for this container's init."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_lines_carry_the_name_of_their_child(play: Play) -> None:
    stage = play("print('hello'); print('no line end', end='')", STAY)
    stage.wait_for(lambda: "no line end" in stage.said)
    assert {"child0 │ hello", "child0 │ no line end"} <= set(stage.said.splitlines())


def test_killed_child_is_started_again(play: Play) -> None:
    stage = play(STAY, STAY)
    before = stage.wait_for_pids(2)
    os.kill(before[0], signal.SIGKILL)
    after = stage.wait_for_pids(3)
    assert "ended (signal 9); starting it again" in stage.said
    assert alive(before[1])
    assert alive(after[2])


def test_child_that_cannot_live_is_given_up(play: Play) -> None:
    stage = play("raise SystemExit(3)", STAY)
    assert stage.end() == 1
    assert stage.said.count("ended (exit code 3)") == 4
    assert "ended 5 times within a minute; giving up" in stage.said
    assert not any(map(alive, stage.pids()))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_ends_everything(play: Play, number: signal.Signals) -> None:
    stage = play(STAY, STAY)
    pids = stage.wait_for_pids(2)
    start = time.monotonic()
    stage.process.send_signal(number)
    assert stage.end() == 0
    assert time.monotonic() - start < 3
    assert not any(map(alive, pids))


def test_children_hear_nothing_of_the_terminals_ctrl_c(play: Play) -> None:
    stage = play("import os, signal; signal.signal(signal.SIGINT, lambda *_: print('INT', flush=True));" + STAY)
    stage.wait_for_pids(1)
    os.killpg(stage.process.pid, signal.SIGINT)
    assert stage.end() == 0
    assert "INT" not in stage.said


def test_deaf_child_is_killed_when_patience_ends(play: Play) -> None:
    stage = play(DEAF, patience=1)
    pids = stage.wait_for_pids(1)
    stage.process.send_signal(signal.SIGTERM)
    assert stage.end() == 0
    assert "child0 did not stop; killed." in stage.said
    assert not alive(pids[0])


def test_second_signal_kills_at_once(play: Play) -> None:
    stage = play(DEAF, patience=60)
    pids = stage.wait_for_pids(1)
    stage.process.send_signal(signal.SIGINT)
    stage.wait_for(lambda: "Stopping" in stage.said)
    stage.process.send_signal(signal.SIGINT)
    assert stage.end() == 0
    assert not alive(pids[0])


def test_grandchild_does_not_survive_its_parent(play: Play) -> None:
    stage = play(PARENT)
    first = stage.wait_for_pids(2)
    parent = next(pid for pid in first if os.getpgid(pid) == pid)
    os.kill(parent, signal.SIGKILL)
    stage.wait_for_pids(4)
    assert not any(map(alive, first))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_end_with_a_killed_supervisor(play: Play) -> None:
    stage = play(STAY, STAY)
    pids = stage.wait_for_pids(2)
    stage.process.kill()
    stage.wait_for(lambda: not any(map(alive, pids)))
