"""From a bare Python to a running program: ``python3 config/bootstrap.py run`` (or ``test``, ``python``).

Makes ``.venv``, installs the locked requirements when they have changed, then hands over. Standard library only,
and nothing newer than Python 3.7 in its syntax: a Python that is too old is to be told so, not to stumble here.
It holds no rule of the desk and reads none of its settings; ``make`` is its only caller.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator, NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")
RUNTIME = ROOT / "requirements.txt"
TESTS = ROOT / "tests" / "requirements.txt"


def say(line: str) -> None:
    """One line of progress, at once."""
    print(line, file=sys.stderr, flush=True)


def give_up(*lines: str) -> NoReturn:
    """Say what is wrong and what helps; no traceback."""
    for line in lines:
        say(line)
    raise SystemExit(1)


# --- the Python ---------------------------------------------------------------------------------------


def require_new_python() -> None:
    """Go on under a newer Python of this machine when this one is too old, or say which is needed."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_NAMES:
        found = shutil.which(name)
        # Asked first: a name on PATH may be a shim that runs nothing.
        if found and subprocess.call([found, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, *sys.argv])
    give_up(
        "Dangol needs Python {}.{} or newer; this is Python {}.{}.".format(*OLDEST, *sys.version_info[:2]),
        "Install one and run again, or name it: make run PYTHON=/path/to/python3",
    )


def venv_works() -> bool:
    """Whether ``.venv`` holds a Python that runs and is new enough (it may have been copied, or its Python removed)."""
    if not PYTHON.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < {!r})".format(OLDEST)
    return subprocess.call([str(PYTHON), "-c", check], stderr=subprocess.DEVNULL) == 0


def make_venv() -> None:
    """Make ``.venv`` new: by uv when it is there, else by the standard library."""
    say("Making .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    if have_uv() and subprocess.call(["uv", "venv", "--quiet", "--python", sys.executable, str(VENV)]) == 0:
        return
    if subprocess.call([sys.executable, "-m", "venv", str(VENV)]) != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        give_up(
            "This Python cannot make virtual environments.",
            "On Debian and Ubuntu: apt install python3-venv. Or install uv, which needs nothing else.",
        )


def have_uv() -> bool:
    """Whether ``uv`` is on PATH and runs."""
    if shutil.which("uv") is None:
        return False
    return subprocess.call(["uv", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


# --- the requirements -----------------------------------------------------------------------------------


def stamp(requirements: Path) -> Path:
    """Where the fingerprint of what was installed from ``requirements`` is kept: inside .venv, so it goes with it."""
    return VENV / ("installed-" + requirements.relative_to(ROOT).as_posix().replace("/", "-") + ".sha256")


def fingerprint(requirements: Path) -> str:
    """The contents of the lock file, as one short text."""
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def installed(requirements: Path) -> bool:
    """Whether exactly these requirements were installed into this ``.venv``."""
    mark = stamp(requirements)
    return mark.exists() and mark.read_text() == fingerprint(requirements)


def install(requirements: Path) -> None:
    """Install what ``requirements`` locks, with its hashes, unless that was done before."""
    if installed(requirements):
        return
    name = requirements.relative_to(ROOT)
    say("Installing {} …".format(name))
    if not (install_by_uv(requirements) or install_by_pip(requirements)):
        give_up("The packages of {} could not be installed; the lines above say why.".format(name))
    stamp(requirements).write_text(fingerprint(requirements))


def install_by_uv(requirements: Path) -> bool:
    """True when uv did it; without uv, or when it fails, pip is to try."""
    if not have_uv():
        return False
    command = ["uv", "pip", "install", "--quiet", "--python", str(PYTHON), "--no-deps", "--require-hashes"]
    # The machine's own certificates, which a company's proxy needs; the older and the newer name of one setting.
    environment = dict(os.environ)
    environment.setdefault("UV_NATIVE_TLS", "1")
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    # Its complaints would only confuse when pip succeeds, and pip says why when it does not.
    code = subprocess.call([*command, "-r", str(requirements)], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    if code != 0:
        say("uv could not install them; trying pip …")
    return code == 0


def install_by_pip(requirements: Path) -> bool:
    """True when pip did it. Compiling is left to the first import: half of the modules are never imported."""
    if subprocess.call([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL) != 0:
        # uv makes environments without pip.
        subprocess.call([str(PYTHON), "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL)
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
    return subprocess.call([*command, "--no-compile", "--require-hashes", "-r", str(requirements)], cwd=ROOT) == 0


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Only one bootstrap works on ``.venv`` at a time; the lock ends with the process, however it ends."""
    with open(__file__) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare(*lock_files: Path) -> None:
    """A working ``.venv`` with everything that ``lock_files`` name."""
    with alone():
        if not venv_works():
            make_venv()
        for requirements in lock_files:
            install(requirements)


# --- what it can be asked for -----------------------------------------------------------------------------


def run(arguments: list[str]) -> NoReturn:
    """The desk with everything it needs, and the demo shop; this process becomes the supervisor."""
    prepare(RUNTIME)
    os.environ.setdefault("DEMO", "1")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "manage.py", "up", *arguments])


def test(arguments: list[str]) -> int:
    """The tests, on data of their own: the desk of this checkout may be running, and so may other tests."""
    prepare(RUNTIME, TESTS)
    with tempfile.TemporaryDirectory(prefix="dangol-test-") as data:
        environment = dict(os.environ, DATA_DIR=os.environ.get("DATA_DIR") or data)
        return subprocess.call([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT, env=environment)


def python(arguments: list[str]) -> NoReturn:
    """Anything else in the environment of the tests: linters, management commands, benchmarks."""
    prepare(RUNTIME, TESTS)
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *arguments])


COMMANDS = {"run": run, "test": test, "python": python}


def main(arguments: list[str]) -> int:
    """Carry out one command; its exit code."""
    require_new_python()
    if not arguments or arguments[0] not in COMMANDS:
        give_up("Usage: python3 config/bootstrap.py {} …".format("|".join(COMMANDS)))
    return COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
