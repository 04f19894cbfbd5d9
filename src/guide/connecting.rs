//! Connecting: the address, the credentials, the signature, the quota, and whom to trust.
//!
//! # The address
//! A standard or enterprise instance has its own address: in the console under Overview, Access details. Give it as
//! [`endpoint`](crate::ClientBuilder::endpoint), with the [`instance_id`](crate::ClientBuilder::instance_id). A
//! [`region`](crate::ClientBuilder::region) alone means the shared address `https://iotda.{region}.myhuaweicloud.com`, which
//! older basic instances use; [`cloud`](crate::ClientBuilder::cloud) sets another domain.
//! [`addresses_from_env`](crate::ClientBuilder::addresses_from_env) reads `HW_IOTDA_ENDPOINT`,
//! `HUAWEICLOUD_SDK_REGION_IOTDA_{REGION}`, `HW_INSTANCE_ID` and `HW_CLOUD`.
//!
//! A project that is not given is looked up at IAM by the first request: the one that bears the region's name.
//! [`Client::diagnose`](crate::Client::diagnose) shows what of all this is right, and what is not.
//!
//! # Credentials
//! [`Credentials::default_chain`](crate::Credentials::default_chain) looks where the official SDKs look, in their order:
//!
//! | order | kind | by name | set by |
//! |---|---|---|---|
//! | 1 | OIDC | [`oidc`](crate::Credentials::oidc) | `HUAWEICLOUD_OIDC_PROVIDER_URN`, `_AGENCY_URN`, `_ID_TOKEN` or `_TOKEN_FILE`, `_SESSION_NAME`, `_DURATION_SECONDS` |
//! | 2 | keys | [`from_env`](crate::Credentials::from_env) | `HUAWEICLOUD_SDK_AK`, `_SK`, `_SECURITY_TOKEN`, `_PROJECT_ID`, `_IAM_ENDPOINT` |
//! | 2 | federation | [`id_token`](crate::Credentials::id_token) | `HUAWEICLOUD_SDK_IDP_ID`, `HUAWEICLOUD_SDK_ID_TOKEN_FILE` |
//! | 2 | Terraform's | [`from_env`](crate::Credentials::from_env) | `HW_AUTH_TOKEN`; `HW_ACCESS_KEY`, `HW_SECRET_KEY`, `HW_SECURITY_TOKEN`; with `HW_PROJECT_ID`, `HW_REGION_NAME` |
//! | 2 | an agency | [`assume_agency`](crate::Credentials::assume_agency) | these keys, `HW_ASSUME_ROLE_AGENCY_NAME`, `HW_ASSUME_ROLE_DOMAIN_NAME` |
//! | 2 | a password | [`password_from_env`](crate::Credentials::password_from_env) | `HW_USER_NAME`, `HW_USER_PASSWORD`, `HW_DOMAIN_NAME`, `HW_PROJECT_NAME` |
//! | 3 | the file | [`from_env`](crate::Credentials::from_env) | `HUAWEICLOUD_SDK_CREDENTIALS_FILE`, else `~/.huaweicloud/credentials` |
//! | 4 | an ECS server's agency | [`ecs_agency`](crate::Credentials::ecs_agency) | the metadata service at `http://169.254.169.254` |
//! | 5 | a CCE pod's identity | [`pod_identity`](crate::Credentials::pod_identity) | `HC_CONTAINER_CREDENTIALS_FULL_URI`, `HC_CONTAINER_AUTHORIZATION_TOKEN_FILE` |
//!
//! Keys, project and region come from one tool, never from two. Blanks and line ends around a value do not count. What
//! expires is renewed before it does, by one request for however many wait. Metadata is never requested through a proxy, and
//! over plain `http` only on this machine or its own link.
//!
//! The file is of this form; names and the section are read in any case:
//!
//! ```text
//! [basic]
//! ak = AK                  # or "ak: AK"; a comment has a blank before it
//! sk = "SK"                ; quotes are taken off
//! security_token = ...     temporary keys have one
//! project_id = ...
//! iam_endpoint = https://iam.cn-north-4.myhuaweicloud.com
//! ```
//!
//! In place of `ak` and `sk` it may have `idp_id` and `id_token_file`.
//!
//! The command takes each kind by name: `--auth chain`, `oidc`, `id-token`, `agency`, `password`, `ecs`, `pod`, `token`,
//! `aksk` or `derived`.
//!
//! # The signature
//! A shared address takes `SDK-HMAC-SHA256`, every other one `V11-HMAC-SHA256`, derived for a region: the one after
//! `iotda-app` in the host, else the region that is given. [`SigningAlgorithm`](crate::SigningAlgorithm) forces either. The
//! wrong one is answered 401 `IOTDA.000002`, and the error says which was used.
//!
//! # The quota
//! A quota that the gateway states, in the headers `X-Apig-RateLimit-*` or in the text of a refusal, is kept by all
//! requests of the client from then on: at most so many in any stretch as long as its period. Where none is stated, the
//! client finds the pace by itself. [`ask_for_quota`](crate::ClientBuilder::ask_for_quota) requests the headers;
//! [`rate_limit`](crate::ClientBuilder::rate_limit) sets a quota that you know. Refusals by quota do not count against
//! [`max_attempts`](crate::RetryPolicy::max_attempts).
//!
//! # Trust and proxies
//! Certificates are checked against the system's, and [`ca_certificates`](crate::ClientBuilder::ca_certificates) adds those of
//! a company's own authority (`--ca-cert`); `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's. A service that requires
//! a certificate gets the [`client_certificate`](crate::ClientBuilder::client_certificate) (`--client-cert`). Proxies come
//! from `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, SOCKS included (`socks5h://host:1080`).
//!
//! TLS is rustls, with the cryptography of `aws-lc` or `ring` by a feature, or what the program installs as the
//! `CryptoProvider` of rustls. The feature `native-tls` alone, with `default-features = false`, takes the TLS of the operating
//! system, whose errors are told apart where that is OpenSSL. Any other is yours to build into a `reqwest::Client` for
//! [`http_client`](crate::ClientBuilder::http_client).
