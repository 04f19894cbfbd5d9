"""What the tests share."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

pytest_plugins = "iotda.testing"


class Script:
    """A program of Python in a separate process."""

    def __init__(self, code: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-c", code, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def finish(self, timeout: float = 60) -> tuple[str, str]:
        """What it wrote to stdout and to stderr, once it has ended without an error."""
        output, errors = self.process.communicate(timeout=timeout)
        assert self.process.returncode == 0, errors
        return output, errors


@pytest.fixture
def script() -> Iterator[Callable[..., Script]]:
    """Starts programs, and ends those that a test has left running."""
    started: list[Script] = []

    def start(code: str, *arguments: str) -> Script:
        started.append(Script(code, *arguments))
        return started[-1]

    yield start
    for program in started:
        program.process.kill()
        program.process.communicate()


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the condition holds before the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return condition()
