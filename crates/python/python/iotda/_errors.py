"""What can go wrong.

```text
IotdaError
├── ArgumentError (ValueError)          an argument breaks a rule; nothing was sent
├── RecordError (ValueError)            one record cannot be read; the stream continues after it
├── PageError                           a page cannot be read; the stream has failed
│   ├── HttpError                       the service answered with an error status
│   │   └── ThrottledError              ... because there are too many requests
│   ├── ConnectError (ConnectionError)  no connection
│   ├── BrokenConnectionError (ConnectionError)
│   ├── RequestTimeoutError (TimeoutError)
│   ├── TlsError, ProxyError            no secure connection; the proxy refuses
│   ├── DecodeError, TooLargeError      the answer is no page, or larger than allowed
│   ├── PagingError                     the answer breaks a paging rule
│   └── CredentialsError                no credentials
├── WaitTimeoutError (TimeoutError)     await_done waited long enough
└── StateError (RuntimeError)           something is used that was closed
    └── ForkError                       ... or that was made before a fork
```
"""

import builtins
from typing import Any


def _remade(cls: type["IotdaError"], message: str, attributes: dict[str, Any]) -> "IotdaError":
    """For `pickle`."""
    return cls(message, **attributes)


class IotdaError(Exception):
    """The base of all errors. Its text is one line that has everything, the causes underneath included."""

    checkpoint: str | None = None
    """Where a later stream continues, if a stream raised the error."""

    def __init__(self, message: str = "", **attributes: Any) -> None:
        super().__init__(message)
        for name, value in attributes.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_remade, (type(self), str(self), self.__dict__))


class ArgumentError(IotdaError, ValueError):
    """An argument breaks a rule. Nothing was sent."""

    name: str = ""
    """The argument."""
    value: str = ""
    """Its value; secrets are not shown."""


class RecordError(IotdaError, ValueError):
    """A record cannot be read. The stream continues after it, when it is asked for the next one."""

    path: str = ""
    """The JSON path to what cannot be read, such as `batchtasks[3].task_progress.total`."""
    position: int = 0
    """Its place in the page, counted from 0."""
    identity: str | None = None
    """Its id, where that much can be read; else a text that is the same for the same bytes."""
    marker: str | None = None
    """The marker of the request that brought the page."""
    offset: int | None = None
    """The offset of that request."""
    limit: int | None = None
    """How many records that request asked for."""


class PageError(IotdaError):
    """A page cannot be read. The stream has failed: everything before the page was handed out."""

    list: str | None = None
    """The list, where a stream reads several: a task type, say."""
    marker: str | None = None
    """The marker of the request."""
    offset: int | None = None
    """The offset of the request."""
    limit: int | None = None
    """How many records the request asked for."""
    status: int | None = None
    """The HTTP status, if there was an answer."""
    code: str | None = None
    """The service's `error_code`, such as `IOTDA.000006`."""
    service_message: str | None = None
    """The service's `error_msg`."""
    request_id: str | None = None
    """The request id, for the service's support."""
    attempt: int = 1
    """Which attempt failed, counted from 1."""
    is_retryable: bool = False
    """Whether the same request may succeed later."""


class HttpError(PageError):
    """The service answered with an error status."""

    status: int = 0  # pyright: ignore[reportIncompatibleVariableOverride]


class ThrottledError(HttpError):
    """There are too many requests."""


class ConnectError(PageError, ConnectionError):
    """No connection could be made."""


class BrokenConnectionError(PageError, ConnectionError):
    """The connection broke before the answer was complete."""


class RequestTimeoutError(PageError, builtins.TimeoutError):
    """A time limit ran out."""


class TlsError(PageError):
    """No secure connection: the certificate is not trusted, has expired or is for another name, say."""


class ProxyError(PageError):
    """The proxy did not let the request through."""


class DecodeError(PageError):
    """The answer is not what the service documents."""


class TooLargeError(PageError):
    """The answer is larger than `max_body_bytes`."""


class PagingError(PageError):
    """The answer breaks a paging rule: the scan would never end, or lose records."""


class CredentialsError(PageError):
    """Credentials could not be obtained."""


class WaitTimeoutError(IotdaError, builtins.TimeoutError):
    """`await_done` waited as long as it was allowed to."""


class StateError(IotdaError, RuntimeError):
    """Something is used that was closed, or in a way that it is not open for."""


class ForkError(StateError):
    """Something is used in a forked process that its parent made: a client, a stream, a simulator."""
