//! Products: ListProducts.

use jiff::Timestamp;

use super::ListEndpoint;
use super::record::record;
use crate::decode::ListShape;

impl ListEndpoint {
    /// The products: [`Product`].
    pub const PRODUCTS: Self = Self::new("products", ListShape::new("products").identified_by("product_id"));
}

record! {
    /// A product, which is a kind of device, as the list of products shows it.
    Product identified by product_id as "product" {
        /// The resource space that it belongs to.
        app_id: Option<String>,
        /// The name of that resource space.
        app_name: Option<String>,
        /// The product's identity.
        product_id: String,
        /// Its name.
        name: Option<String>,
        /// What its devices are: `WaterMeter`, say.
        device_type: Option<String>,
        /// What its devices speak: `MQTT`, say.
        protocol_type: Option<String>,
        /// What its devices send: `json` or `binary`, say.
        data_format: Option<String>,
        /// Who makes its devices.
        manufacturer_name: Option<String>,
        /// The trade that it is meant for.
        industry: Option<String>,
        /// What its creator says of it.
        description: Option<String>,
        /// When it was created, to the second; a text that is no time is `None`.
        #[serde(default, with = "super::time")]
        create_time: Option<Timestamp>,
    }
}
