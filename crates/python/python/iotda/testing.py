"""A pytest plugin with a simulator of the service. Name it in your `conftest.py`:

```python
pytest_plugins = "iotda.testing"
```

The fixture `iotda_simulator` is a running `Simulator`, and `iotda_client` a `Client` for it. The marker `iotda` sets what
the simulator is like: its arguments are those of `Simulator`. Without it there are 200 tasks.

```python
@pytest.mark.iotda(tasks=500, latency=0.02, delete_every=3)
def test_report(iotda_client):
    assert report(iotda_client).tasks == 500
```
"""

from collections.abc import Iterator
from typing import Any

import pytest

from . import Client, Simulator

__all__ = ["iotda_client", "iotda_simulator"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "iotda(**options): what the fixture iotda_simulator is like")


@pytest.fixture
def iotda_simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A simulator of the service, for one test."""
    marker: pytest.Mark | None = request.node.get_closest_marker("iotda")
    options: dict[str, Any] = {"tasks": 200, **marker.kwargs} if marker else {"tasks": 200}
    with Simulator(**options) as simulator:
        yield simulator


@pytest.fixture
def iotda_client(iotda_simulator: Simulator) -> Client:
    """A client for the fixture `iotda_simulator`."""
    return iotda_simulator.client()
