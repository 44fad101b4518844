"""The bootstrap, run as ``make`` runs it, in a small project of its own; nothing is downloaded."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import bootstrap

SOURCE = Path(bootstrap.__file__)
MANAGE = "import os, sys; print('started', sys.argv[1:], 'DEMO=' + os.environ['DEMO'], sys.prefix)\n"


class Project:
    """A checkout with the real bootstrap, requirements that require nothing, and a manage.py that only reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "config").mkdir()
        (folder / "tests").mkdir()
        shutil.copy(SOURCE, folder / "config" / "bootstrap.py")
        (folder / "manage.py").write_text(MANAGE)
        self.require("# nothing")
        # Only a Python: no uv, whatever this machine has.
        (folder / "bin").mkdir()
        (folder / "bin" / "python3").symlink_to(sys.executable)

    def require(self, text: str) -> None:
        (self.folder / "requirements.txt").write_text(text + "\n")
        (self.folder / "tests" / "requirements.txt").write_text(text + "\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder)}
        command = [sys.executable, str(self.folder / "config" / "bootstrap.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def prepared_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """One that has been started once."""
    project = Project(tmp_path_factory.mktemp("project"))
    first = project.run("run")
    assert first.returncode == 0, first.stderr
    assert "Making .venv" in first.stderr
    assert "Installing requirements.txt" in first.stderr
    assert first.stdout.startswith("started ['up'] DEMO=1")
    yield project
    shutil.rmtree(project.folder)


def test_uses_nothing_but_the_standard_library() -> None:
    tree = ast.parse(SOURCE.read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= sys.stdlib_module_names


def test_old_python_can_read_it_and_refuse() -> None:
    ast.parse(SOURCE.read_text(), feature_version=(3, 7))


def test_too_old_python_is_told_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SystemExit):
        bootstrap.require_new_python()
    assert "needs Python 99.0 or newer" in capsys.readouterr().err


def test_second_start_installs_nothing(prepared_project: Project) -> None:
    second = prepared_project.run("run")
    assert second.stderr == ""
    assert str(prepared_project.folder / ".venv") in second.stdout


def test_changed_requirements_are_installed_again(prepared_project: Project) -> None:
    prepared_project.require("# nothing else")
    assert "Installing requirements.txt" in prepared_project.run("run").stderr
    assert prepared_project.run("run").stderr == ""


def test_failed_installation_is_said_and_tried_again(prepared_project: Project) -> None:
    prepared_project.require("not a requirement")
    for _ in range(2):
        failed = prepared_project.run("run")
        assert failed.returncode == 1
        assert "could not be installed" in failed.stderr
        assert "Traceback" not in failed.stderr
    prepared_project.require("# nothing")


def test_environment_of_a_vanished_python_is_made_again(prepared_project: Project) -> None:
    python = prepared_project.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")
    again = prepared_project.run("run")
    assert "Making .venv" in again.stderr
    assert again.returncode == 0


def test_tests_get_requirements_and_data_of_their_own(prepared_project: Project) -> None:
    report = "import os, pathlib, sys; print(sys.argv[1:], pathlib.Path(os.environ['DATA_DIR']).is_dir())"
    site = next((prepared_project.folder / ".venv").glob("lib/python*/site-packages"))
    (site / "pytest.py").write_text(report)
    result = prepared_project.run("test", "-k", "audit")
    assert "Installing tests/requirements.txt" in result.stderr
    assert result.stdout.strip() == "['-k', 'audit'] True"


def test_unknown_command_is_refused(prepared_project: Project) -> None:
    result = prepared_project.run("rnu")
    assert result.returncode == 1
    assert "Usage" in result.stderr
