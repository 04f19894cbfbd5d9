//! Which certificates are trusted and shown.

use std::path::Path;

use iotda_batch_tasks::ClientBuilder;

use super::Refusal;
use crate::arguments::Connection;

pub(super) fn trusting(mut builder: ClientBuilder, connection: &Connection) -> Result<ClientBuilder, Refusal> {
    for file in &connection.ca_cert {
        builder = builder.ca_certificates(read("--ca-cert", file)?);
    }
    if let Some(file) = &connection.client_cert {
        let mut pem = read("--client-cert", file)?;
        if let Some(key) = &connection.client_key {
            pem.push(b'\n');
            pem.extend(read("--client-key", key)?);
        }
        builder = builder.client_certificate(pem);
    }
    // The library warns of it, whenever a client is made.
    Ok(builder.danger_accept_any_certificate(connection.insecure))
}

fn read(option: &str, file: &Path) -> Result<Vec<u8>, Refusal> {
    std::fs::read(file).map_err(|error| Refusal::Argument(format!("{option}: {}: {error}", file.display())))
}
