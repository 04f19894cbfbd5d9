//! Credentials, and functions of Python that bring them.

use iotda_batch_tasks::{Credentials, CredentialsProvider, FailureKind, SourceError, TemporaryCredentials};
use pyo3::prelude::*;

use crate::errors::{self, Raise};
use crate::values;

/// What requests are authorised with.
#[pyclass(frozen, module = "iotda", name = "Credentials")]
pub(crate) struct PyCredentials(pub(crate) Credentials);

#[pymethods]
impl PyCredentials {
    /// An access key and its secret key, which sign every request.
    #[staticmethod]
    #[pyo3(signature = (access_key, secret_key, *, security_token=None))]
    fn aksk(access_key: String, secret_key: String, security_token: Option<String>) -> Self {
        let keys = Credentials::aksk(access_key, secret_key);
        Self(match security_token {
            Some(token) => keys.security_token(token),
            None => keys,
        })
    }

    /// An IAM token that was got elsewhere.
    #[staticmethod]
    fn token(token: String) -> Self {
        Self(Credentials::token(token))
    }

    /// The name and the password of an IAM user.
    #[staticmethod]
    #[pyo3(signature = (user, account, password, *, region=None, project_name=None, iam_endpoint=None))]
    fn password(
        user: String,
        account: String,
        password: String,
        region: Option<String>,
        project_name: Option<String>,
        iam_endpoint: Option<String>,
    ) -> Self {
        let mut login = Credentials::password(user, account, password);
        if let Some(region) = region {
            login = login.in_region(region);
        }
        if let Some(name) = project_name {
            login = login.project_name(name);
        }
        if let Some(endpoint) = iam_endpoint {
            login = login.iam_endpoint(endpoint);
        }
        Self(login)
    }

    /// What the environment and the credentials file hold.
    #[staticmethod]
    fn from_env(py: Python<'_>) -> PyResult<Self> {
        Credentials::from_env().map(Self).map_err(|error| error.raise(py))
    }

    /// What the official SDKs look for, in their order.
    #[staticmethod]
    fn default_chain(py: Python<'_>) -> PyResult<Self> {
        Credentials::default_chain().map(Self).map_err(|error| error.raise(py))
    }

    fn __repr__(&self) -> String {
        // The library's text shows no secret.
        format!("<{:?}>", self.0)
    }
}

/// Credentials that last for a while: what a function that is given as `credentials` returns.
#[pyclass(frozen, module = "iotda", name = "TemporaryCredentials")]
pub(crate) struct PyTemporaryCredentials(TemporaryCredentials);

#[pymethods]
impl PyTemporaryCredentials {
    /// An access key and its secret key.
    #[staticmethod]
    #[pyo3(signature = (access_key, secret_key, *, security_token=None, expires_at=None))]
    fn aksk(
        access_key: String,
        secret_key: String,
        security_token: Option<String>,
        expires_at: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let keys = match security_token {
            Some(token) => TemporaryCredentials::aksk_with_security_token(access_key, secret_key, token),
            None => TemporaryCredentials::aksk(access_key, secret_key),
        };
        Self::until(keys, expires_at)
    }

    /// An IAM token.
    #[staticmethod]
    #[pyo3(signature = (token, *, expires_at=None))]
    fn token(token: String, expires_at: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Self::until(TemporaryCredentials::token(token), expires_at)
    }

    fn __repr__(&self) -> String {
        format!("<{:?}>", self.0)
    }
}

impl PyTemporaryCredentials {
    fn until(credentials: TemporaryCredentials, end: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        Ok(Self(match end {
            Some(end) => credentials.expires_at(values::time("expires_at", end)?),
            None => credentials,
        }))
    }
}

/// What is given as `credentials`: credentials, a function, or nothing for the environment.
pub(crate) fn given(py: Python<'_>, credentials: Option<Bound<'_, PyAny>>) -> PyResult<Credentials> {
    let Some(given) = credentials else {
        return Ok(PyCredentials::default_chain(py)?.0);
    };
    if let Ok(credentials) = given.cast::<PyCredentials>() {
        return Ok(credentials.get().0.clone());
    }
    if given.is_callable() {
        return Ok(Credentials::provider(Function(given.unbind())));
    }
    let rule = "Credentials, a function that returns TemporaryCredentials, or None for the environment";
    Err(errors::bad_argument(py, "credentials", given.get_type().name()?, rule))
}

/// A function of Python. It is called in a separate thread, and not while the interpreter is held.
struct Function(Py<PyAny>);

impl CredentialsProvider for Function {
    async fn current(&self) -> Result<TemporaryCredentials, SourceError> {
        let failed = |message: String| SourceError::new(FailureKind::Credentials, message);
        let Some(function) = Python::try_attach(|py| self.0.clone_ref(py)) else {
            return Err(failed("the interpreter is shutting down".to_owned()));
        };
        let call = move || {
            Python::try_attach(|py| {
                let returned = function.bind(py).call0().map_err(|error| {
                    // "RuntimeError: the vault is sealed": what its author wrote, who was asked to show no secret.
                    format!("the function for credentials raised {error}")
                })?;
                match returned.cast::<PyTemporaryCredentials>() {
                    Ok(credentials) => Ok(credentials.get().0.clone()),
                    Err(_) => {
                        let class = returned.get_type().name().map(|name| name.to_string()).unwrap_or_default();
                        Err(format!("the function for credentials must return TemporaryCredentials, and not {class}"))
                    }
                }
            })
        };
        match tokio::task::spawn_blocking(call).await {
            Ok(Some(called)) => called.map_err(failed),
            _ => Err(failed("the function for credentials was not called".to_owned())),
        }
    }
}
