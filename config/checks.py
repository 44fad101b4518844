"""``make check``: everything that can be said about the code without running it.

Every check runs, also after one has failed, so one run shows all there is to mend. Run by the environment's Python
(``config/bootstrap.py python config/checks.py``); no rule of the desk is in here.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
IMPORT_LINTER = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"

CHECKS: list[tuple[str, list[str]]] = [
    ("lint", [PYTHON, "-m", "ruff", "check", "--output-format", "concise", "."]),
    ("layout", [PYTHON, "-m", "ruff", "format", "--check", "--output-format", "concise", "."]),
    ("types", [PYTHON, "-m", "mypy"]),
    ("layers", [PYTHON, "-c", IMPORT_LINTER]),
    ("settings", [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]),
    ("migrations", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("templates", [PYTHON, "-m", "djlint", "--lint", "--quiet", "."]),
    ("translations", [PYTHON, "manage.py", "check_translations"]),
]


def main(names: list[str]) -> int:
    """Run the checks called ``names``, or all; 1 when one of them failed."""
    unknown = set(names) - {name for name, _ in CHECKS}
    if unknown:
        print("Unknown:", ", ".join(sorted(unknown)))
        return 2
    with tempfile.TemporaryDirectory(prefix="dangol-check-") as data:
        # The settings of a real installation (docs/operations.md), on data that are nobody's.
        environment = os.environ | {"DATA_DIR": data, "PUBLIC_URL": "https://desk.example", "BEHIND_PROXY": "1"}
        failed = [
            name for name, command in CHECKS if (not names or name in names) and not passes(name, command, environment)
        ]
    if failed:
        print(f"To mend: {', '.join(failed)}")
    return 1 if failed else 0


def passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Run one check; print its line, and before it what it said when it failed."""
    start = time.monotonic()
    result = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    passed = result.returncode == 0
    if not passed:
        print(result.stdout)
    print(f"{name:12} {'ok' if passed else 'FAILED':6} {time.monotonic() - start:5.1f} s", flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
