//! Upgrade packages: ListOtaPackageInfo.

use jiff::Timestamp;

use super::ListEndpoint;
use super::record::record;
use crate::decode::ListShape;

impl ListEndpoint {
    /// The upgrade packages: [`OtaPackage`].
    pub const OTA_PACKAGES: Self =
        Self::new("ota-upgrades/packages", ListShape::new("packages").identified_by("package_id"));
}

record! {
    /// A package for upgrades over the air, as the list of them shows it.
    OtaPackage identified by package_id as "ota_package" {
        /// The package's identity; documents of upgrade tasks name it.
        package_id: String,
        /// The resource space that it belongs to.
        app_id: Option<String>,
        /// What it upgrades: `softwarePackage` or `firmwarePackage`.
        package_type: Option<String>,
        /// The product whose devices it is for.
        product_id: Option<String>,
        /// The name of that product.
        product_name: Option<String>,
        /// The module that it upgrades, where it is for one.
        module_name: Option<String>,
        /// The version that it brings.
        version: Option<String>,
        /// The versions that it can follow; none named means any.
        #[serde(default, deserialize_with = "super::record::many")]
        support_source_versions: Option<Vec<String>>,
        /// What its creator says of it.
        description: Option<String>,
        /// A text that the devices receive with it.
        custom_info: Option<String>,
        /// When it was uploaded, to the second; a text that is no time is `None`.
        #[serde(default, with = "super::time")]
        create_time: Option<Timestamp>,
    }
}
