"""The batch tasks of Huawei Cloud IoTDA: every task exactly once, newest first, read ahead, resumable.

All names are those of the package: `iotda.Client`, `iotda.TaskStream`. The examples run against the simulator:

>>> import iotda
>>> simulator = iotda.Simulator(tasks=200, seed=7, devices=70, sub_tasks={"5c8ba99030344005c02316ad": 8})
>>> client = simulator.client()

"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from types import GenericAlias, TracebackType
from typing import Any, Generic, Literal, Self, TypeAlias, TypeVar, final

from typing_extensions import disjoint_base

from ._enums import TaskStatus, TaskType
from ._errors import RecordError

__all__ = [
    "Change",
    "ChangeStream",
    "Chunks",
    "Client",
    "Credentials",
    "Device",
    "DeviceGroup",
    "Fault",
    "GroupDevice",
    "OtaPackage",
    "Page",
    "Pages",
    "Product",
    "Progress",
    "RecordStream",
    "Rule",
    "SeenRequest",
    "Simulator",
    "SubTask",
    "Task",
    "TaskPolicy",
    "TaskProgress",
    "TaskStream",
    "TemporaryCredentials",
    "Verdict",
    "__version__",
]

__version__: str

_Duration: TypeAlias = float | timedelta
"""Seconds, or a `timedelta`."""

_TaskTypes: TypeAlias = TaskType | str | Iterable[TaskType | str]
"""A type of task, or several."""

_R = TypeVar("_R", covariant=True)
_C = TypeVar("_C", covariant=True)

@final
class Client:
    """Reads the batch tasks of one project, and its sibling lists.

    Make one client a project and share it, between threads too: connections, credentials and the measured quota are shared.

    `endpoint` is your instance's own, from the console; without it, `region` means the region's shared one. `credentials` are
    `Credentials`, a function that returns `TemporaryCredentials` (it is called in another thread, and again shortly before
    they expire), or `None` for the environment, as the official SDKs read it. What is not given and the environment has
    (`HW_IOTDA_ENDPOINT`, `HW_INSTANCE_ID`, `HW_PROJECT_ID` and more) is taken from there. A request is tried
    `max_attempts` times within `max_elapsed` seconds. `rate_limit` is a number of requests a second. `ca_certificates` are
    trusted in addition to those of the system, as PEM.

    Raises `ArgumentError` when an argument breaks a rule. Nothing is sent.

    A client belongs to the process that made it: in a forked child, its methods raise `ForkError`.

    >>> iotda.Client(
    ...     endpoint="https://0123456789.st1.iotda-app.cn-north-4.myhuaweicloud.com",
    ...     project_id="0123456789abcdef0123456789abcdef",
    ...     credentials=iotda.Credentials.aksk("AK", "SK"),
    ... ).endpoint
    'https://0123456789.st1.iotda-app.cn-north-4.myhuaweicloud.com'

    """

    def __new__(
        cls,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        project_id: str | None = None,
        credentials: Credentials | Callable[[], TemporaryCredentials] | None = None,
        instance_id: str | None = None,
        cloud: str | None = None,
        allow_plain_http: bool = False,
        ca_certificates: str | bytes | None = None,
        connect_timeout: _Duration | None = None,
        request_timeout: _Duration | None = None,
        max_body_bytes: int | None = None,
        max_attempts: int | None = None,
        max_elapsed: _Duration | None = None,
        rate_limit: float | None = None,
    ) -> Self: ...
    @property
    def endpoint(self) -> str:
        """The address that requests go to."""

    def project_id(self) -> str:
        """The project whose lists are read; one that was not given is looked up by the region's name.

        >>> client.project_id()
        '0123456789abcdef0123456789abcdef'

        """

    def project_id_async(self) -> Awaitable[str]:
        """As `project_id`, to be awaited."""

    def batch_tasks(
        self,
        task_type: _TaskTypes,
        *,
        status: TaskStatus | str | None = None,
        app_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        trust_id_time: bool = False,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> TaskStream:
        """The batch tasks of one type, or of several, newest first.

        `status` and `app_id` are filters of the service. `created_after` and `created_before` need a time zone; with
        `trust_id_time` the scan skips to that time by ids, and notices where they do not tell the time. `page_size` is 1 to
        50, and 50 by default. `prefetch` is how many pages may be in flight or ready beyond the current one, 11 by default
        and 0 for strictly lazy; `prefetch_bytes` is 64 MiB by default. `max_items` ends the stream after so many tasks and
        `scan_timeout` after so many seconds. `resume` is the `checkpoint` of an earlier stream of the same query.

        Raises `ArgumentError` when an argument breaks a rule. Nothing is sent before the first task is wanted.

        >>> for task in client.batch_tasks("softwareUpgrade", status=iotda.TaskStatus.FAIL, max_items=2):
        ...     print(task.task_id, task.status, task.create_time)
        6a8974e680bab12a020000bf Fail 2026-08-22 10:07:34+00:00
        6a8973f480bab12a020000bb Fail 2026-08-22 10:03:32+00:00

        """

    def all_batch_tasks(
        self,
        *,
        status: TaskStatus | str | None = None,
        app_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        trust_id_time: bool = False,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> TaskStream:
        """The batch tasks of every type that the service describes, merged newest first. Arguments as `batch_tasks`.

        >>> sum(1 for task in client.all_batch_tasks())
        200

        """

    def find(
        self,
        task_id: str,
        task_type: _TaskTypes | None = None,
        *,
        status: TaskStatus | str | None = None,
        app_id: str | None = None,
    ) -> Task | None:
        """The task of this id, if the query selects it: one request, where the service has that call.

        >>> newest = next(client.batch_tasks("softwareUpgrade"))
        >>> client.find(newest.task_id) == newest
        True

        """

    def find_async(
        self,
        task_id: str,
        task_type: _TaskTypes | None = None,
        *,
        status: TaskStatus | str | None = None,
        app_id: str | None = None,
    ) -> Awaitable[Task | None]:
        """As `find`, to be awaited. Cancelling it ends its requests."""

    def count(
        self, task_type: _TaskTypes | None = None, *, status: TaskStatus | str | None = None, app_id: str | None = None
    ) -> int | None:
        """How many tasks the service reports, for one request a type. A hint: to know, read them.

        >>> client.count("softwareUpgrade")
        200

        """

    def count_async(
        self, task_type: _TaskTypes | None = None, *, status: TaskStatus | str | None = None, app_id: str | None = None
    ) -> Awaitable[int | None]:
        """As `count`, to be awaited. Cancelling it ends its requests."""

    def split(
        self,
        parts: int,
        task_type: _TaskTypes | None = None,
        *,
        status: TaskStatus | str | None = None,
        app_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        resume: str | None = None,
    ) -> list[str]:
        """Checkpoints that split the list for several readers: together they are the whole, each task in one of them.

        >>> parts = client.split(4, "softwareUpgrade")
        >>> sum(len(list(client.batch_tasks("softwareUpgrade", resume=part))) for part in parts)
        200

        """

    def split_async(
        self,
        parts: int,
        task_type: _TaskTypes | None = None,
        *,
        status: TaskStatus | str | None = None,
        app_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        resume: str | None = None,
    ) -> Awaitable[list[str]]:
        """As `split`, to be awaited. Cancelling it ends its requests."""

    def watch(
        self,
        task_type: _TaskTypes | None = None,
        *,
        interval: _Duration = 30.0,
        app_id: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        retried_within: _Duration | None = None,
        resume: str | None = None,
    ) -> ChangeStream:
        """What changes in the list, by a look every `interval`: a stream without end.

        The first look reports nothing. Tasks that failed are looked at again for `retried_within`, 7 days by default.
        `resume` is the `checkpoint` of an earlier watch of the same query.

        >>> with client.watch("softwareUpgrade", interval=30) as changes:
        ...     changes.checkpoint
        '{"version":1,"watched":{}}'

        """

    def await_done(
        self,
        task_id: str,
        task_type: _TaskTypes | None = None,
        *,
        interval: _Duration = 30.0,
        timeout: _Duration | None = None,
        after_retry: bool = False,
        app_id: str | None = None,
    ) -> Task | None:
        """Waits until the task is in a final status, by a look every `interval` (30 s by default), and returns it.

        `None` when two looks in a row do not find it. With `after_retry`, a final status counts once the task has been in
        another one. Raises `WaitTimeoutError` after `timeout`.

        >>> simulator.set_status(newest.task_id, "Success")
        True
        >>> client.await_done(newest.task_id).status
        <TaskStatus.SUCCESS: 'Success'>

        """

    def await_done_async(
        self,
        task_id: str,
        task_type: _TaskTypes | None = None,
        *,
        interval: _Duration = 30.0,
        timeout: _Duration | None = None,
        after_retry: bool = False,
        app_id: str | None = None,
    ) -> Awaitable[Task | None]:
        """As `await_done`, to be awaited. Cancelling it ends the wait."""

    def sub_tasks(
        self,
        task_id: str,
        *,
        task_detail_status: str | None = None,
        target: str | None = None,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[SubTask]:
        """How a batch task went, target by target.

        The rows have no id, so their pages are read one after another.

        >>> [row.status for row in client.sub_tasks("5c8ba99030344005c02316ad", max_items=3)]
        ['Success', 'Success', 'Success']

        """

    def devices(
        self,
        *,
        product_id: str | None = None,
        gateway_id: str | None = None,
        is_cascade_query: bool | None = None,
        node_id: str | None = None,
        device_name: str | None = None,
        start_time: datetime | None = None,
        end_time: datetime | None = None,
        app_id: str | None = None,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[Device]:
        """The devices, newest first.

        >>> sum(1 for device in client.devices() if device.status == "ONLINE")
        23

        """

    def products(
        self,
        *,
        product_name: str | None = None,
        app_id: str | None = None,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[Product]:
        """The products, newest first."""

    def device_groups(
        self,
        *,
        last_modified_time: datetime | None = None,
        group_type: str | None = None,
        name: str | None = None,
        app_id: str | None = None,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[DeviceGroup]:
        """The device groups, newest first."""

    def devices_in_group(
        self,
        group_id: str,
        *,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[GroupDevice]:
        """The devices of one group."""

    def ota_packages(
        self,
        *,
        package_type: str | None = None,
        product_id: str | None = None,
        version: str | None = None,
        app_id: str | None = None,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[OtaPackage]:
        """The upgrade packages, newest first. The documentation of the service requires a `package_type`."""

    def rules(
        self,
        *,
        rule_type: str | None = None,
        app_id: str | None = None,
        page_size: int | None = None,
        prefetch: int | None = None,
        prefetch_bytes: int | None = None,
        max_items: int | None = None,
        scan_timeout: _Duration | None = None,
        resume: str | None = None,
    ) -> RecordStream[Rule]:
        """The rules, newest first."""

@disjoint_base
class RecordStream(Generic[_R]):
    """Every record of a list, exactly once, newest first: for `for` and for `async for`, in chunks, pages and as Arrow data.

    Pages are fetched ahead by threads of the package while you handle the current record. The interpreter is free while a page is
    waited for, and Ctrl-C ends the wait. Several threads or tasks may read one stream: each record goes to one of them.

    A record that cannot be read raises `RecordError` in its place, and the stream continues after it. A page that cannot be
    read raises a `PageError`, after everything before it was handed out; the stream has then failed, and every further read
    raises the error again. Both carry the `checkpoint`.

    Cancelling an `async for` loses nothing: a record is taken in the step that returns it.

    >>> stream = client.batch_tasks("softwareUpgrade")
    >>> first = [task.task_id for _, task in zip(range(73), stream)]
    >>> rest = [task.task_id for task in client.batch_tasks("softwareUpgrade", resume=stream.checkpoint)]
    >>> first + rest == simulator.ids()
    True

    >>> import asyncio
    >>> async def failed() -> int:
    ...     async with client.batch_tasks("softwareUpgrade", status="Fail") as tasks:
    ...         return len([task async for task in tasks])
    >>> asyncio.run(failed())
    23

    """

    def __class_getitem__(cls, record: Any, /) -> GenericAlias: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> _R: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[_R]: ...
    def chunks(self, length: int) -> Chunks[_R]:
        """The rest of the list in lists of `length` records.

        The last is shorter, and so is one before an error: what was gathered comes first. A chunk whose reader was
        interrupted or cancelled is kept: the next reader of chunks gets what was gathered, in one piece. Until then
        `checkpoint` is the position before it. An unreadable record counts as handed out with the chunk before its error.

        >>> [len(chunk) for chunk in client.batch_tasks("softwareUpgrade").chunks(90)]
        [90, 90, 20]

        """

    def pages(self) -> Pages[_R]:
        """The rest of the list page by page, with the service's marker and count. From now on it is read by pages alone.

        >>> page = next(client.batch_tasks("softwareUpgrade").pages())
        >>> len(page), page.count, page.errors
        (50, 200, [])

        """

    @property
    def checkpoint(self) -> str:
        """The position after what was handed out: one line of text without secrets, for `resume`, in any process.

        >>> client.batch_tasks("softwareUpgrade").checkpoint
        '{"version":1,"lists":{"softwareUpgrade":[{}]}}'

        """

    @property
    def progress(self) -> Progress:
        """What the stream has done so far."""

    def find(self, id: str) -> _R | None:
        """The record of this id, if it is in the list, wherever the stream is.

        One request where ids are the service's markers, as those of tasks are; else the list is read up to the record.
        `resume` and `max_items` do not count. Raises `ArgumentError` where rows have no id, as in `sub_tasks`.

        >>> device_id = simulator.row_ids("devices")[60]
        >>> client.devices().find(device_id).device_id == device_id
        True

        """

    def find_async(self, id: str) -> Awaitable[_R | None]:
        """As `find`, to be awaited. Cancelling it ends its requests."""

    def count(self) -> int | None:
        """How many records the service reports, for one request a list. A hint: to know, read them.

        >>> client.devices().count()
        70

        """

    def count_async(self) -> Awaitable[int | None]:
        """As `count`, to be awaited. Cancelling it ends its request."""

    def split(self, parts: int) -> list[str]:
        """Checkpoints that split the list for several readers: together they are the whole, each record in one of them.

        The list from its head, or from the `resume` of the query, wherever the stream is. Give each part to the same
        method of a client as `resume`, in any process.

        >>> parts = client.devices().split(3)
        >>> [len(list(client.devices(resume=part))) > 0 for part in parts]
        [True, True, True]
        >>> sum(len(list(client.devices(resume=part))) for part in parts)
        70

        """

    def split_async(self, parts: int) -> Awaitable[list[str]]:
        """As `split`, to be awaited. Cancelling it ends its requests."""

    def close(self) -> None:
        """Ends the scan and its requests. `checkpoint` and `progress` stay; further reads raise `StateError`."""

    def aclose(self) -> Awaitable[None]:
        """As `close`, for `contextlib.aclosing`."""

    def __arrow_c_schema__(self) -> object:
        """The columns, as a capsule of Arrow's C interface: known before the first page."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rest of the list as Arrow data, in batches of 1024: a capsule of Arrow's C interface.

        Polars, pyarrow, pandas and DuckDB call it. From its first batch on, a list is read as Arrow data alone. Parts of a record that have no fixed shape are JSON text. Where a
        page fails, the consumer raises its own error with the text; `next(stream)` then raises the `PageError`, and
        `checkpoint` is the position after the batches that were handed out. After Ctrl-C, some consumers raise their own
        error first, and `KeyboardInterrupt` follows at once.

        >>> import polars
        >>> frame = polars.DataFrame(client.batch_tasks("softwareUpgrade"))
        >>> frame.filter(polars.col("status") == "Fail").height
        23

        """

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __aenter__(self) -> Awaitable[Self]: ...
    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> Awaitable[None]: ...

@final
class TaskStream(RecordStream[Task]):
    """The batch tasks of a list: see `RecordStream`."""

@final
class Chunks(Generic[_C]):
    """A list in lists of records, for `for` and for `async for`: see `RecordStream.chunks`."""

    def __class_getitem__(cls, record: Any, /) -> GenericAlias: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> list[_C]: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[list[_C]]: ...

@final
class Pages(Generic[_C]):
    """A list page by page, for `for` and for `async for`: see `RecordStream.pages`."""

    def __class_getitem__(cls, record: Any, /) -> GenericAlias: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Page[_C]: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[Page[_C]]: ...

@final
class Page(Generic[_C]):
    """Records that came together. No page is empty."""

    def __class_getitem__(cls, record: Any, /) -> GenericAlias: ...
    @property
    def records(self) -> list[_C]:
        """The records that could be read, newest first."""

    @property
    def errors(self) -> list[RecordError]:
        """An error for each record that could not."""

    @property
    def marker(self) -> str | None:
        """Where the list continues; `None` on the last page and where several lists are read."""

    @property
    def count(self) -> int | None:
        """How many records the service reports in all. A hint."""

    @property
    def checkpoint(self) -> str:
        """The position after the page."""

    def __iter__(self) -> Iterator[_C]: ...
    def __len__(self) -> int: ...

@final
class Progress:
    """What a stream has done so far."""

    @property
    def delivered(self) -> int:
        """Records handed out, those before a resume included, and those of a chunk that is being gathered."""

    @property
    def count(self) -> int | None:
        """How many records the service reports. A hint."""

    @property
    def pages(self) -> int:
        """Pages that were begun."""

    @property
    def requests(self) -> int:
        """Requests made, retries included."""

    @property
    def retries(self) -> int:
        """Requests that were made again after a failure."""

@final
class ChangeStream:
    """The changes of a list, for `for` and for `async for`, without end. Leave the loop, or `close` it.

    A look that fails raises a `PageError`; the watch continues with the next look, which reports what was missed.
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> Change: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[Change]: ...
    @property
    def checkpoint(self) -> str:
        """The position after the changes that were handed out, for `resume`."""

    def close(self) -> None:
        """Ends the watch and its requests."""

    def aclose(self) -> Awaitable[None]:
        """As `close`, for `contextlib.aclosing`."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __aenter__(self) -> Awaitable[Self]: ...
    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> Awaitable[None]: ...

@final
class Change:
    """What happened to a task between two looks, as one change."""

    @property
    def kind(self) -> Literal["created", "changed", "gone"]:
        """`created`: it is new. `changed`: its status or progress is another. `gone`: an unfinished task is deleted."""

    @property
    def task_id(self) -> str:
        """The id of the task."""

    @property
    def task(self) -> Task | None:
        """The task as it is now; `None` where it is gone. Its `raw` has the fields that have an attribute."""

    @property
    def status_before(self) -> TaskStatus | None:
        """The status at the look before; `None` where the task is new."""

    @property
    def progress_before(self) -> TaskProgress | None:
        """The progress at the look before; `None` where the task is new."""

class _Record:
    @property
    def raw(self) -> dict[str, Any]:
        """The record as the service sent it, fields included that have no attribute; a new `dict` each time."""

    @property
    def json(self) -> str:
        """The record as the service sent it, to the byte."""

    def __hash__(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Task(_Record):
    """One batch task. No field but its id is guaranteed: what is absent is `None`. Attributes cannot be set.

    >>> task = iotda.Task.from_json('{"task_id":"5c8ba99030344005c02316ad","status":"Paused","brand_new":1}')
    >>> task.status, task.status == "Paused", task.status.is_final
    (<TaskStatus.Paused: 'Paused'>, True, False)
    >>> task.raw["brand_new"]
    1

    """

    @staticmethod
    def from_json(text: str) -> Task:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def task_id(self) -> str:
        """The id of the task."""

    @property
    def task_name(self) -> str | None:
        """The name that its creator gave it."""

    @property
    def task_type(self) -> TaskType | None:
        """What the task does."""

    @property
    def task_mode(self) -> str | None:
        """How the task is carried out: `GATEWAY` is the only documented value."""

    @property
    def need_confirm(self) -> bool | None:
        """Whether the devices must confirm before the task is carried out."""

    @property
    def task_ext_info(self) -> Any:
        """Further information whose shape depends on the task."""

    @property
    def targets(self) -> tuple[str, ...] | None:
        """The ids of the devices that the task is for, up to 30,000."""

    @property
    def targets_filter(self) -> dict[str, Any] | None:
        """What the devices were chosen by, where they were not named one by one."""

    @property
    def document(self) -> Any:
        """What to do, in a shape that depends on the type."""

    @property
    def task_policy(self) -> TaskPolicy | None:
        """When the task starts and how often it is tried again."""

    @property
    def status(self) -> TaskStatus | None:
        """How far the task has come."""

    @property
    def status_desc(self) -> str | None:
        """The explanation of the status that the service gives."""

    @property
    def task_progress(self) -> TaskProgress | None:
        """How many of the task's executions are in which state."""

    @property
    def create_time(self) -> datetime | None:
        """When the task was created, to the second, in UTC."""

@final
class TaskProgress:
    """How many of a task's executions, one for each device, are in which state."""

    @property
    def total(self) -> int | None:
        """All of them."""

    @property
    def processing(self) -> int | None:
        """Under way."""

    @property
    def success(self) -> int | None:
        """Done."""

    @property
    def fail(self) -> int | None:
        """Failed."""

    @property
    def waitting(self) -> int | None:
        """Not begun. The spelling is the service's."""

    @property
    def fail_wait_retry(self) -> int | None:
        """Failed, and waiting to be tried again."""

    @property
    def stopped(self) -> int | None:
        """Stopped by a user."""

    @property
    def removed(self) -> int | None:
        """Taken out of the task."""

@final
class TaskPolicy:
    """When a task starts and how often what failed is tried again."""

    @property
    def schedule_time(self) -> datetime | None:
        """When the task is to start, in UTC; `None` starts it at once."""

    @property
    def retry_count(self) -> int | None:
        """How many times an execution that failed is tried again: 1 to 5."""

    @property
    def retry_interval(self) -> int | None:
        """How long to wait before that, in minutes."""

@final
class Device(_Record):
    """A device, as the list of devices shows it."""

    @staticmethod
    def from_json(text: str) -> Device:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def device_id(self) -> str:
        """The device's identity."""

    @property
    def app_id(self) -> str | None:
        """The resource space that it belongs to."""

    @property
    def app_name(self) -> str | None:
        """The name of that resource space."""

    @property
    def node_id(self) -> str | None:
        """The identifier that the device itself bears: a serial number, say."""

    @property
    def gateway_id(self) -> str | None:
        """The gateway that it is reached through; its own id where it is reached directly."""

    @property
    def device_name(self) -> str | None:
        """The name that its creator gave it."""

    @property
    def node_type(self) -> str | None:
        """Its place between others: `GATEWAY` or `ENDPOINT`, say."""

    @property
    def description(self) -> str | None:
        """The description that its creator gave."""

    @property
    def fw_version(self) -> str | None:
        """The version of its firmware."""

    @property
    def sw_version(self) -> str | None:
        """The version of its software."""

    @property
    def device_sdk_version(self) -> str | None:
        """The version of the SDK that it runs."""

    @property
    def product_id(self) -> str | None:
        """The product that it is one of."""

    @property
    def product_name(self) -> str | None:
        """The name of that product."""

    @property
    def status(self) -> str | None:
        """Whether it is there: `ONLINE` or `OFFLINE`, say."""

    @property
    def tags(self) -> list[dict[str, Any]] | None:
        """What it is labelled with: `tag_key` and `tag_value`."""

@final
class Product(_Record):
    """A product, which is a kind of device."""

    @staticmethod
    def from_json(text: str) -> Product:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def product_id(self) -> str:
        """The product's identity."""

    @property
    def app_id(self) -> str | None:
        """The resource space that it belongs to."""

    @property
    def app_name(self) -> str | None:
        """The name of that resource space."""

    @property
    def name(self) -> str | None:
        """Its name."""

    @property
    def device_type(self) -> str | None:
        """What its devices are: `WaterMeter`, say."""

    @property
    def protocol_type(self) -> str | None:
        """What its devices speak: `MQTT`, say."""

    @property
    def data_format(self) -> str | None:
        """What its devices send: `json` or `binary`, say."""

    @property
    def manufacturer_name(self) -> str | None:
        """Who makes its devices."""

    @property
    def industry(self) -> str | None:
        """The trade that it is meant for."""

    @property
    def description(self) -> str | None:
        """The description that its creator gave."""

    @property
    def create_time(self) -> datetime | None:
        """When it was created, in UTC."""

@final
class DeviceGroup(_Record):
    """A device group."""

    @staticmethod
    def from_json(text: str) -> DeviceGroup:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def group_id(self) -> str:
        """The group's identity."""

    @property
    def name(self) -> str | None:
        """Its name."""

    @property
    def description(self) -> str | None:
        """The description that its creator gave."""

    @property
    def super_group_id(self) -> str | None:
        """The group that it lies in."""

    @property
    def group_type(self) -> str | None:
        """How devices come into it: `STATIC` by hand or `DYNAMIC` by a rule, say."""

@final
class GroupDevice(_Record):
    """A device of a group."""

    @staticmethod
    def from_json(text: str) -> GroupDevice:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def device_id(self) -> str:
        """The device's identity."""

    @property
    def node_id(self) -> str | None:
        """The identifier that the device itself bears."""

    @property
    def device_name(self) -> str | None:
        """The name that its creator gave it."""

    @property
    def product_id(self) -> str | None:
        """The product that it is one of."""

@final
class OtaPackage(_Record):
    """An upgrade package."""

    @staticmethod
    def from_json(text: str) -> OtaPackage:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def package_id(self) -> str:
        """The package's identity."""

    @property
    def app_id(self) -> str | None:
        """The resource space that it belongs to."""

    @property
    def package_type(self) -> str | None:
        """What it upgrades: `softwarePackage` or `firmwarePackage`."""

    @property
    def product_id(self) -> str | None:
        """The product whose devices it is for."""

    @property
    def product_name(self) -> str | None:
        """The name of that product."""

    @property
    def module_name(self) -> str | None:
        """The module that it upgrades."""

    @property
    def version(self) -> str | None:
        """The version that it brings."""

    @property
    def support_source_versions(self) -> list[str] | None:
        """The versions that it upgrades from."""

    @property
    def description(self) -> str | None:
        """The description that its creator gave."""

    @property
    def custom_info(self) -> str | None:
        """What its creator has it say to devices."""

    @property
    def create_time(self) -> datetime | None:
        """When it was created, in UTC."""

@final
class Rule(_Record):
    """A rule: what is to be done when something is the case."""

    @staticmethod
    def from_json(text: str) -> Rule:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def rule_id(self) -> str:
        """The rule's identity."""

    @property
    def name(self) -> str | None:
        """Its name."""

    @property
    def description(self) -> str | None:
        """The description that its creator gave."""

    @property
    def condition_group(self) -> dict[str, Any] | None:
        """When it acts."""

    @property
    def actions(self) -> list[dict[str, Any]] | None:
        """What it does."""

    @property
    def rule_type(self) -> str | None:
        """Its kind: `DEVICE_LINKAGE`, say."""

    @property
    def status(self) -> str | None:
        """Whether it is in force: `active` or `inactive`, say."""

    @property
    def app_id(self) -> str | None:
        """The resource space that it belongs to."""

    @property
    def edge_node_ids(self) -> list[str] | None:
        """The edge nodes that it runs on."""

    @property
    def last_update_time(self) -> datetime | None:
        """When it was last changed, in UTC."""

    @property
    def device_side(self) -> dict[str, Any] | None:
        """The devices that it runs on."""

@final
class SubTask(_Record):
    """How a batch task went for one of its targets."""

    @staticmethod
    def from_json(text: str) -> SubTask:
        """The record that this JSON text is. Raises `RecordError`."""

    @property
    def target(self) -> str | None:
        """What the task was for: a device id in most types of task."""

    @property
    def status(self) -> str | None:
        """How it went: `Success` or `Fail`, say."""

    @property
    def output(self) -> str | None:
        """What the target answered."""

    @property
    def error(self) -> dict[str, Any] | None:
        """Why it failed: `error_code` and `error_msg`."""

@final
class Credentials:
    """What requests are authorised with. Its text shows no secret.

    >>> "SecretKey" in repr(iotda.Credentials.aksk("AK", "SecretKey"))
    False

    """

    @staticmethod
    def aksk(access_key: str, secret_key: str, *, security_token: str | None = None) -> Credentials:
        """An access key and its secret key, which sign every request."""

    @staticmethod
    def token(token: str) -> Credentials:
        """An IAM token that was got elsewhere. It is not renewed."""

    @staticmethod
    def password(
        user: str,
        account: str,
        password: str,
        *,
        region: str | None = None,
        project_name: str | None = None,
        iam_endpoint: str | None = None,
    ) -> Credentials:
        """The name and the password of an IAM user of `account`. The token that they get is renewed before it ends."""

    @staticmethod
    def from_env() -> Credentials:
        """What the environment and the credentials file hold. Raises `ArgumentError` where they hold none."""

    @staticmethod
    def default_chain() -> Credentials:
        """What the official SDKs look for, in their order; the default of `Client`."""

@final
class TemporaryCredentials:
    """Credentials that last for a while: what a function that is given as `credentials` returns.

    They are kept until shortly before `expires_at`, or without it until the service refuses them. What the function
    raises is in the text of a `CredentialsError`: put no secret into it.

    >>> from datetime import datetime, timedelta, timezone
    >>> def fetch() -> iotda.TemporaryCredentials:
    ...     return iotda.TemporaryCredentials.token("MIIF...", expires_at=datetime.now(timezone.utc) + timedelta(hours=1))
    >>> simulator.client(credentials=fetch).count()
    200

    """

    @staticmethod
    def aksk(
        access_key: str, secret_key: str, *, security_token: str | None = None, expires_at: datetime | None = None
    ) -> TemporaryCredentials:
        """An access key and its secret key."""

    @staticmethod
    def token(token: str, *, expires_at: datetime | None = None) -> TemporaryCredentials:
        """An IAM token."""

@final
class Simulator:
    """A server on loopback that keeps the rules of the service's lists, with edits and faults, for demos and tests.

    It runs from when it is made until it is closed. The same `seed` makes the same `tasks`, of these `task_types`. An answer
    takes `latency` seconds and up to `jitter` more. Before each so-many-th request a task is deleted (`delete_every`),
    created (`create_every`) or moved to another status (`set_status_every`). `fault_at` spoils requests by their number,
    counted from 1. `quota` is a number of requests and the seconds over which they are allowed. `devices`, `products` and
    so on are how many rows those lists have; `devices_in_group` and `sub_tasks` by the id of the group or the task.

    >>> with iotda.Simulator(tasks=700, delete_every=3, create_every=4, record_history=True) as busy:
    ...     ids = [task.task_id for task in busy.client().batch_tasks("softwareUpgrade")]
    ...     busy.check(ids).is_exact
    True

    """

    def __new__(
        cls,
        tasks: int = 0,
        *,
        seed: int = 0,
        task_types: _TaskTypes = "softwareUpgrade",
        app_ids: str | Iterable[str] | None = None,
        latency: _Duration = 0.0,
        jitter: _Duration = 0.0,
        page_cap: int | None = None,
        targets_per_task: int | None = None,
        delete_every: int = 0,
        create_every: int = 0,
        set_status_every: int = 0,
        fault_at: dict[int, Fault] | None = None,
        quota: tuple[int, float] | None = None,
        token: str | None = None,
        instance_id: str | None = None,
        unknown_task_types: _TaskTypes | None = None,
        record_history: bool = False,
        port: int = 0,
        devices: int = 0,
        products: int = 0,
        device_groups: int = 0,
        ota_packages: int = 0,
        rules: int = 0,
        devices_in_group: dict[str, int] | None = None,
        sub_tasks: dict[str, int] | None = None,
    ) -> Self: ...
    @property
    def endpoint(self) -> str:
        """Where it listens, such as `http://127.0.0.1:41234`."""

    def client(
        self,
        *,
        project_id: str = ...,
        credentials: Credentials | Callable[[], TemporaryCredentials] = ...,
        instance_id: str | None = None,
        connect_timeout: _Duration | None = None,
        request_timeout: _Duration | None = None,
        max_body_bytes: int | None = None,
        max_attempts: int | None = None,
        max_elapsed: _Duration | None = None,
        rate_limit: float | None = None,
    ) -> Client:
        """A client for it."""

    def ids(self, task_type: str = "softwareUpgrade") -> list[str]:
        """The ids of the tasks of a type, newest first."""

    def row_ids(self, path: str) -> list[str]:
        """The ids of the rows of another list, by its path below the project, newest first."""

    def create(self, task_type: str = "softwareUpgrade") -> str:
        """Creates a task at the head of the list, and returns its id."""

    def delete(self, task_id: str) -> bool:
        """Deletes a task. Returns whether there was one."""

    def set_status(self, task_id: str, status: str) -> bool:
        """Moves a task to another status. Returns whether there is one."""

    def set_json(self, task_id: str, json: str) -> bool:
        """Makes the service send this text as the record of a task. Returns whether there is one."""

    def fault_next(self, fault: Fault) -> None:
        """Spoils the next request; called again, the one after it."""

    def set_fault(self, fault: Fault | None) -> None:
        """Spoils every request from now on, until it is called with `None`."""

    @property
    def requests(self) -> list[SeenRequest]:
        """The requests so far."""

    @property
    def request_count(self) -> int:
        """How many requests arrived."""

    @property
    def in_flight(self) -> int:
        """How many requests are under way."""

    def check(
        self,
        delivered: Iterable[str],
        *,
        lists: str | Iterable[str] | None = None,
        unordered: bool = False,
        from_request: int = 0,
    ) -> Verdict:
        """Compares the ids that a client delivered with what was in the lists at every answer. Needs `record_history`."""

    def close(self) -> None:
        """Stops the server."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...

@final
class Fault:
    """Something that goes wrong with a request to the simulator."""

    @staticmethod
    def error(status: int, code: str = "IOTDA.000001", message: str = "") -> Fault:
        """An error answer of the service."""

    @staticmethod
    def internal() -> Fault:
        """500 `IOTDA.000001`."""

    @staticmethod
    def bad_gateway() -> Fault:
        """502 with a gateway's HTML page."""

    @staticmethod
    def throttled(retry_after: str | None = None) -> Fault:
        """429, with a `Retry-After` header if one is given."""

    @staticmethod
    def reset() -> Fault:
        """The connection is reset before an answer comes."""

    @staticmethod
    def half_body() -> Fault:
        """The connection is closed after half of the answer."""

    @staticmethod
    def hang() -> Fault:
        """No answer comes."""

    @staticmethod
    def slow(seconds: float) -> Fault:
        """The right answer, so much later."""

    @staticmethod
    def body(text: str) -> Fault:
        """200 with this text for a body."""

@final
class SeenRequest:
    """A request that the simulator saw."""

    @property
    def number(self) -> int:
        """Its number, counted from 1."""

    @property
    def path(self) -> str:
        """The path, as it came."""

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded."""

    @property
    def status(self) -> int | None:
        """The status of the answer; `None` while there is none."""

    def header(self, name: str) -> str | None:
        """The first value of a header."""

@final
class Verdict:
    """Whether a client was exact: the outcome of `Simulator.check`. Its text has a line for each number."""

    @property
    def is_exact(self) -> bool:
        """Whether nothing was lost, doubled, made up or out of order."""

    @property
    def lost(self) -> list[str]:
        """What was in the list throughout and was not delivered."""

    @property
    def doubled(self) -> list[str]:
        """What was delivered more than once."""

    @property
    def never_there(self) -> list[str]:
        """What was delivered and was never in the list."""

    @property
    def out_of_order(self) -> list[str]:
        """What was delivered after an older record."""

    @property
    def throughout(self) -> int:
        """How many records were in the list throughout."""
