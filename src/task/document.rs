//! The shapes of [`BatchTask::document`](super::BatchTask::document) that the service documents.
//!
//! Read one with [`Json::decode`]. All fields may be absent, and others are passed over.

use serde::{Deserialize, Serialize};

use super::Json;

/// The document of `softwareUpgrade` and `firmwareUpgrade`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpgradeDocument {
    /// The upgrade package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_id: Option<String>,
}

/// The document of `createCommands` and `createAsyncCommands`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandDocument {
    /// The service of the product model that the command belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<String>,
    /// The command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_name: Option<String>,
    /// Its parameters, in the shape that the product model gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paras: Option<Json>,
    /// `createAsyncCommands` only: how long the platform keeps the command for the device, in seconds; 0 in the
    /// samples, which send at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_time: Option<i64>,
    /// `createAsyncCommands` only: when it is sent, `immediately` in the samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_strategy: Option<String>,
}

/// The document of `updateDeviceShadows`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShadowDocument {
    /// What is wanted of each service of the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Vec<ShadowState>>,
}

/// What a [`ShadowDocument`] wants of one service of the device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShadowState {
    /// The service of the product model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_id: Option<String>,
    /// The property values that are wanted, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired: Option<Json>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back<T: Serialize + serde::de::DeserializeOwned>(text: &str) -> T {
        let document: T = text.parse::<Json>().unwrap().decode().unwrap();
        assert_eq!(Json::from_value(&document).unwrap().get(), text);
        document
    }

    #[test]
    fn the_documented_shapes_are_read() {
        let upgrade: UpgradeDocument = there_and_back(r#"{"package_id":"32822e5744a45ede319d2c50"}"#);
        assert_eq!(upgrade.package_id.as_deref(), Some("32822e5744a45ede319d2c50"));

        let command: CommandDocument = there_and_back(
            r#"{"service_id":"water","command_name":"ON_OFF","paras":{"value":"ON"},"expire_time":0,"send_strategy":"immediately"}"#,
        );
        assert_eq!(command.paras.unwrap().get(), r#"{"value":"ON"}"#);
        assert_eq!(command.expire_time, Some(0));

        let shadow: ShadowDocument =
            there_and_back(r#"{"shadow":[{"service_id":"WaterMeter","desired":{"temperature":"60"}}]}"#);
        assert_eq!(shadow.shadow.unwrap()[0].desired.as_ref().unwrap().get(), r#"{"temperature":"60"}"#);
    }

    #[test]
    fn an_empty_document_has_every_shape() {
        assert_eq!(there_and_back::<UpgradeDocument>("{}"), UpgradeDocument::default());
        assert_eq!(there_and_back::<CommandDocument>("{}"), CommandDocument::default());
        assert_eq!(there_and_back::<ShadowDocument>("{}"), ShadowDocument::default());
    }
}
