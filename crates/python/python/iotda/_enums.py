"""Values that the service may add to at any time: the documented ones by name, any other as its text."""

from enum import StrEnum
from typing import Self


class _OpenEnum(StrEnum):
    """An enumeration over texts that keeps those it does not know."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member


class TaskType(_OpenEnum):
    """What a task does. Any text makes a type: `TaskType("paintDevices")`."""

    FIRMWARE_UPGRADE = "firmwareUpgrade"
    SOFTWARE_UPGRADE = "softwareUpgrade"
    CREATE_DEVICES = "createDevices"
    DELETE_DEVICES = "deleteDevices"
    FREEZE_DEVICES = "freezeDevices"
    UNFREEZE_DEVICES = "unfreezeDevices"
    CREATE_COMMANDS = "createCommands"
    CREATE_ASYNC_COMMANDS = "createAsyncCommands"
    CREATE_MESSAGES = "createMessages"
    UPDATE_DEVICE_SHADOWS = "updateDeviceShadows"
    UPDATE_DEVICES = "updateDevices"
    MODULE_UPGRADE = "moduleUpgrade"
    CHANGE_GATEWAY = "changeGateway"
    SEND_EMAILS = "sendEmails"
    SEND_SMSS = "sendSmss"
    ADD_DEVICES_TO_GROUP = "addDevicesToGroup"
    DEVICE_CONFIG = "deviceConfig"
    DEVICE_JOB = "deviceJob"


class TaskStatus(_OpenEnum):
    """How far a task has come. Any text makes a status. The spelling of `Waitting` is the service's."""

    INITIALIZING = "Initializing"
    WAITTING = "Waitting"
    PROCESSING = "Processing"
    SUCCESS = "Success"
    FAIL = "Fail"
    PARTIAL_SUCCESS = "PartialSuccess"
    STOPPED = "Stopped"
    STOPPING = "Stopping"

    @property
    def is_final(self) -> bool:
        """Whether the task has come to its end. Inferred from the names: the service does not say."""
        return self in _FINAL


_FINAL = frozenset({TaskStatus.SUCCESS, TaskStatus.FAIL, TaskStatus.PARTIAL_SUCCESS, TaskStatus.STOPPED})
