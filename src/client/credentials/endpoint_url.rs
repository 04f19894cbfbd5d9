//! Where credentials are fetched: the addresses of IAM, STS and the metadata service.

// Knows addresses; sends nothing.

use std::net::IpAddr;

use reqwest::Url;

use super::Settings;
use super::remote::EcsAgency;
use crate::error::ArgumentError;
use crate::lists::url;

/// The domain of the public cloud.
pub(crate) const CLOUD: &str = "myhuaweicloud.com";

/// `https://iam.{region}.{cloud}` with `path`, or the endpoint that was given.
pub(super) fn iam(settings: &Settings, path: &str) -> Result<Url, ArgumentError> {
    match &settings.iam_endpoint {
        Some(endpoint) => checked("iam_endpoint", endpoint.reveal(), settings.plain_http, path),
        None => of_region("iam_endpoint", "iam", settings, path),
    }
}

/// `https://sts.{region}.{cloud}` with `path`, or the endpoint that was given.
pub(super) fn sts(settings: &Settings, path: &str) -> Result<Url, ArgumentError> {
    match &settings.sts_endpoint {
        Some(endpoint) => checked("sts_endpoint", endpoint.reveal(), settings.plain_http, path),
        None => of_region("sts_endpoint", "sts", settings, path),
    }
}

/// The metadata service: at its fixed address, or at the one that was given.
pub(super) fn metadata(settings: &Settings) -> Result<Url, ArgumentError> {
    local("metadata_endpoint", settings.metadata_endpoint.as_ref().map_or(EcsAgency::METADATA, |url| url.reveal()))
}

/// A service that hands out keys without authentication: over `http` on this machine or link-local, else over `https`.
pub(super) fn local(name: &'static str, text: &str) -> Result<Url, ArgumentError> {
    let url = Url::parse(text).ok().filter(|url| match url.scheme() {
        "http" => is_loopback(url) || is_link_local(url.host_str().unwrap_or_default()),
        scheme => scheme == "https" && url.has_host(),
    });
    let rule = "an https URL, or an http one on this machine or link-local, such as http://169.254.169.254";
    let url = url.ok_or_else(|| ArgumentError::new(name, url::shown(text), rule))?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(ArgumentError::new(name, "***", "without user and fragment"));
    }
    Ok(url)
}

pub(crate) fn is_loopback(url: &Url) -> bool {
    is_loopback_host(url.host_str().unwrap_or_default())
}

pub(crate) fn is_loopback_host(host: &str) -> bool {
    address(host).map_or(host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

/// Whether no router passes packets on to it.
fn is_link_local(host: &str) -> bool {
    address(host).is_some_and(|address| match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    })
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// A name of a region, as it becomes part of a host.
pub(crate) fn check_region(region: &str) -> Result<(), ArgumentError> {
    let rule = "1 to 63 of a-z 0-9 -, such as cn-north-4";
    check_host_part("region", region, rule)?;
    if region.len() > 63 || region.contains('.') {
        return Err(ArgumentError::new("region", region, rule));
    }
    Ok(())
}

/// A name that becomes part of a host.
pub(crate) fn check_host_part(name: &'static str, text: &str, rule: &str) -> Result<(), ArgumentError> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let is_host = (1..=253).contains(&text.len()) && text.bytes().all(letter) && !text.starts_with(['.', '-']);
    if is_host && !text.contains("..") { Ok(()) } else { Err(ArgumentError::new(name, text, rule)) }
}

fn of_region(argument: &'static str, service: &str, settings: &Settings, path: &str) -> Result<Url, ArgumentError> {
    let Some(region) = &settings.region else {
        return Err(ArgumentError::new(argument, "", "given, or else a region, to fetch credentials"));
    };
    let cloud = settings.cloud.as_deref().unwrap_or(CLOUD);
    check_region(region)?;
    check_host_part("cloud", cloud, "the domain of a cloud, such as myhuaweicloud.com")?;
    checked(argument, &format!("https://{service}.{region}.{cloud}"), false, path)
}

/// Secrets go there: over plain HTTP only within this machine, or where the client allows it.
fn checked(name: &'static str, endpoint: &str, plain_http: bool, path: &str) -> Result<Url, ArgumentError> {
    // What cannot be read may hold a secret in an unexpected place.
    let unreadable =
        |value: &str| ArgumentError::new(name, value, "an https URL such as https://iam.cn-north-4.myhuaweicloud.com");
    let mut url = Url::parse(endpoint).map_err(|_| unreadable("***"))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(ArgumentError::new(name, "***", "without user, query and fragment"));
    }
    match url.scheme() {
        "https" => {}
        "http" if plain_http || is_loopback(&url) => {}
        "http" => {
            let rule = "https: secrets go there, and plain http is for this machine or where it is allowed";
            return Err(ArgumentError::new(name, endpoint, rule));
        }
        _ => return Err(unreadable(endpoint)),
    }
    let base = url.path().trim_end_matches('/');
    let path = format!("{}{path}", base.strip_suffix("/v3").unwrap_or(base));
    url.set_path(&path);
    Ok(url)
}
