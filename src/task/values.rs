//! The values that a task's type and status take: the documented ones by name, any other as its text.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// An enum over texts that the service may add to at any time. Its table of variants and texts is all there is to it.
macro_rules! open_values {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        ///
        /// Values sort as their texts.
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A value that is not known here, as the service wrote it.
            Other(OtherValue),
        }

        impl $name {
            /// The text on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(value) => value,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Other(OtherValue(text.into())),
                }
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str(stringify!($variant)),)+
                    Self::Other(value) => write!(f, "Other({value:?})"),
                }
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a text")
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok(text.into())
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

/// The text of a value that is not known here: never one that has a name.
///
/// Only [`TaskType`] and [`TaskStatus`] make one, from any text that they have no variant for. So a value is written in
/// one way only, and two values are equal when their texts are.
///
/// ```compile_fail
/// use iotda_batch_tasks::TaskStatus;
///
/// let success = TaskStatus::Other("Success".into());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OtherValue(Box<str>);

impl Deref for OtherValue {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for OtherValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

open_values! {
    /// What a task does. The service lists tasks of one type at a time.
    ///
    /// The set is open in both directions: newer services know types that are not named here, and older ones refuse
    /// some that are. Any text makes a type.
    ///
    /// ```
    /// use iotda_batch_tasks::task::TaskType;
    ///
    /// assert_eq!(TaskType::from("softwareUpgrade"), TaskType::SoftwareUpgrade);
    /// assert_eq!(TaskType::from("paintDevices").as_str(), "paintDevices");
    /// ```
    TaskType {
        /// Upgrade of firmware.
        FirmwareUpgrade = "firmwareUpgrade",
        /// Upgrade of software.
        SoftwareUpgrade = "softwareUpgrade",
        /// Creation of devices.
        CreateDevices = "createDevices",
        /// Deletion of devices.
        DeleteDevices = "deleteDevices",
        /// Freezing of devices.
        FreezeDevices = "freezeDevices",
        /// Unfreezing of devices.
        UnfreezeDevices = "unfreezeDevices",
        /// Synchronous commands.
        CreateCommands = "createCommands",
        /// Asynchronous commands.
        CreateAsyncCommands = "createAsyncCommands",
        /// Messages to devices.
        CreateMessages = "createMessages",
        /// Setting of device shadows.
        UpdateDeviceShadows = "updateDeviceShadows",
        /// Changes to devices.
        UpdateDevices = "updateDevices",
        /// Upgrade of modules. Only newer services know it.
        ModuleUpgrade = "moduleUpgrade",
        /// Moving of devices to another gateway. Only newer services know it.
        ChangeGateway = "changeGateway",
        /// E-mails. Found in the OpenAPI pattern alone, described nowhere.
        SendEmails = "sendEmails",
        /// Text messages. Found in the OpenAPI pattern alone, described nowhere.
        SendSmss = "sendSmss",
        /// Adding of devices to a group. Found in the OpenAPI pattern alone, described nowhere.
        AddDevicesToGroup = "addDevicesToGroup",
        /// Configuration of devices. Found in the OpenAPI pattern alone, described nowhere.
        DeviceConfig = "deviceConfig",
        /// Jobs of devices. Found in the OpenAPI pattern alone, described nowhere.
        DeviceJob = "deviceJob",
    }
}

impl TaskType {
    /// The types that the service describes. Those that are found in the OpenAPI pattern alone are left out.
    pub const KNOWN: &[Self] = &[
        Self::FirmwareUpgrade,
        Self::SoftwareUpgrade,
        Self::CreateDevices,
        Self::DeleteDevices,
        Self::FreezeDevices,
        Self::UnfreezeDevices,
        Self::CreateCommands,
        Self::CreateAsyncCommands,
        Self::CreateMessages,
        Self::UpdateDeviceShadows,
        Self::UpdateDevices,
        Self::ModuleUpgrade,
        Self::ChangeGateway,
    ];

    /// Whether only newer services know this type: an older one refuses it as an invalid input.
    #[must_use]
    pub fn is_recent(&self) -> bool {
        matches!(self, Self::ModuleUpgrade | Self::ChangeGateway)
    }
}

open_values! {
    /// How far a task has come.
    ///
    /// The set is open: any text makes a status.
    ///
    /// ```
    /// use iotda_batch_tasks::task::TaskStatus;
    ///
    /// assert_eq!(TaskStatus::from("Waitting"), TaskStatus::Waitting);
    /// assert_eq!(TaskStatus::Waitting.to_string(), "Waitting");
    /// ```
    TaskStatus {
        /// Being set up.
        Initializing = "Initializing",
        /// Waiting to be carried out. The spelling is the service's.
        Waitting = "Waitting",
        /// Being carried out.
        Processing = "Processing",
        /// Every execution succeeded.
        Success = "Success",
        /// Every execution failed.
        Fail = "Fail",
        /// Some executions succeeded, some failed.
        PartialSuccess = "PartialSuccess",
        /// Stopped by a user.
        Stopped = "Stopped",
        /// About to be [`Stopped`](Self::Stopped).
        Stopping = "Stopping",
    }
}

impl TaskStatus {
    /// The documented statuses.
    pub const KNOWN: &[Self] = &[
        Self::Initializing,
        Self::Waitting,
        Self::Processing,
        Self::Success,
        Self::Fail,
        Self::PartialSuccess,
        Self::Stopped,
        Self::Stopping,
    ];

    /// Whether the task has come to its end: [`Success`](Self::Success), [`Fail`](Self::Fail),
    /// [`PartialSuccess`](Self::PartialSuccess) or [`Stopped`](Self::Stopped).
    ///
    /// That is inferred from the names. The service does not say which statuses are final, and failed executions that
    /// are tried again by hand may well wake such a task up.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::PartialSuccess | Self::Stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives_both_ways() {
        let types = "firmwareUpgrade softwareUpgrade createDevices deleteDevices freezeDevices unfreezeDevices \
            createCommands createAsyncCommands createMessages updateDeviceShadows updateDevices moduleUpgrade \
            changeGateway sendEmails sendSmss addDevicesToGroup deviceConfig deviceJob";
        for text in types.split_whitespace() {
            let task_type: TaskType = serde_json::from_value(text.into()).unwrap();
            assert!(!matches!(task_type, TaskType::Other(_)), "{text}");
            assert_eq!(serde_json::to_value(&task_type).unwrap(), text);
            assert_eq!(format!("{task_type:?}").to_lowercase(), text.to_lowercase());
        }
        for status in TaskStatus::KNOWN {
            assert_eq!(serde_json::from_value::<TaskStatus>(status.as_str().into()).unwrap(), *status);
            assert_eq!(format!("{status:?}"), status.to_string());
        }
    }

    #[test]
    fn unknown_values_survive_both_ways() {
        for text in ["paintDevices", "SoftwareUpgrade", "", "a \"b\"", "升级"] {
            let task_type: TaskType = serde_json::from_value(text.into()).unwrap();
            assert!(matches!(&task_type, TaskType::Other(other) if **other == *text));
            assert_eq!(serde_json::to_value(&task_type).unwrap(), text);
            assert_eq!(text.parse::<TaskStatus>().unwrap().as_str(), text);
        }
        assert!(serde_json::from_str::<TaskType>("7").is_err());
    }

    #[test]
    fn a_text_that_has_a_name_never_makes_an_unknown_value() {
        for status in TaskStatus::KNOWN {
            let same = TaskStatus::from(status.as_str());
            assert!(!matches!(same, TaskStatus::Other(_)), "{status}");
            assert_eq!((&same, same.is_final()), (status, status.is_final()));
        }
        assert_eq!(TaskType::from("deviceJob"), TaskType::DeviceJob);
        assert_ne!(TaskStatus::from("success"), TaskStatus::Success);
        assert!(TaskStatus::Fail < TaskStatus::Success);
        assert_eq!(format!("{:>6}|", TaskStatus::Fail), "  Fail|");
    }

    #[test]
    fn thirteen_types_are_described_and_two_of_them_are_recent() {
        assert_eq!(TaskType::KNOWN.len(), 13);
        let recent: Vec<_> = TaskType::KNOWN.iter().filter(|known| known.is_recent()).collect();
        assert_eq!(recent, [&TaskType::ModuleUpgrade, &TaskType::ChangeGateway]);
        assert!(!TaskType::KNOWN.contains(&TaskType::DeviceJob));
    }

    #[test]
    fn four_statuses_are_final() {
        assert_eq!(TaskStatus::KNOWN.iter().filter(|status| status.is_final()).count(), 4);
        assert!(!TaskStatus::Stopping.is_final() && !TaskStatus::from("Paused").is_final());
    }
}
