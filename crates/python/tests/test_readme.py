"""The examples of the README run, one after the other, as they stand."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_the_examples_run_and_the_first_prints_tasks() -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) >= 5
    first = subprocess.run([sys.executable, "-c", blocks[0]], capture_output=True, text=True)
    lines = first.stdout.splitlines()
    assert first.returncode == 0 and len(lines) == 10, first.stderr
    assert all(re.match(r"[0-9a-f]{24} Fail 20\d\d-\d\d-\d\d ", line) for line in lines), lines
    rest = subprocess.run([sys.executable, "-X", "dev", "-c", "\n".join(blocks)], capture_output=True, text=True)
    assert rest.returncode == 0, rest.stderr
    assert "500 tasks at once" in rest.stdout and "403 IOTDA.000021" in rest.stdout
