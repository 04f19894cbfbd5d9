//! Requests to the simulator: what spoils them, what it saw of them, and whether what they brought is exact.

use iotda_simulator::{Fault, SeenRequest, Verdict};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Something that goes wrong with a request to the simulator.
#[pyclass(frozen, eq, module = "iotda", name = "Fault")]
#[derive(PartialEq)]
pub(crate) struct PyFault(pub(super) Fault);

#[pymethods]
impl PyFault {
    /// An error answer of the service.
    #[staticmethod]
    #[pyo3(signature = (status, code="IOTDA.000001", message=""))]
    fn error(status: u16, code: &str, message: &str) -> Self {
        Self(Fault::Error { status, code: code.to_owned(), message: message.to_owned() })
    }

    /// 500 `IOTDA.000001`.
    #[staticmethod]
    fn internal() -> Self {
        Self(Fault::Internal)
    }

    /// 502 with a gateway's HTML page.
    #[staticmethod]
    fn bad_gateway() -> Self {
        Self(Fault::BadGateway)
    }

    /// 429, with a `Retry-After` header if one is given.
    #[staticmethod]
    #[pyo3(signature = (retry_after=None))]
    fn throttled(retry_after: Option<String>) -> Self {
        Self(Fault::Throttled { retry_after })
    }

    /// The connection is reset before an answer comes.
    #[staticmethod]
    fn reset() -> Self {
        Self(Fault::Reset)
    }

    /// The connection is closed after half of the answer.
    #[staticmethod]
    fn half_body() -> Self {
        Self(Fault::HalfBody)
    }

    /// No answer comes.
    #[staticmethod]
    fn hang() -> Self {
        Self(Fault::Hang)
    }

    /// The right answer, so many seconds later.
    #[staticmethod]
    fn slow(seconds: f64) -> PyResult<Self> {
        super::seconds_of("seconds", seconds).map(Fault::Slow).map(Self)
    }

    /// 200 with this text for a body.
    #[staticmethod]
    fn body(text: String) -> Self {
        Self(Fault::Body(text))
    }

    fn __repr__(&self) -> String {
        format!("<Fault {:?}>", self.0)
    }
}

/// A request that the simulator saw.
#[pyclass(frozen, module = "iotda", name = "SeenRequest")]
pub(crate) struct PySeenRequest(pub(super) SeenRequest);

#[pymethods]
impl PySeenRequest {
    /// Its number, counted from 1.
    #[getter]
    fn number(&self) -> u64 {
        self.0.number
    }

    /// The path, as it came.
    #[getter]
    fn path(&self) -> &str {
        &self.0.path
    }

    /// The query, decoded.
    #[getter]
    fn query<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let query = PyDict::new(py);
        self.0.query.iter().try_for_each(|(name, value)| query.set_item(name, value))?;
        Ok(query)
    }

    /// The status of the answer; `None` while there is none.
    #[getter]
    fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The first value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        self.0.header(name)
    }

    fn __repr__(&self) -> String {
        format!("<{:?}>", self.0)
    }
}

/// Whether a client was exact.
#[pyclass(frozen, module = "iotda", name = "Verdict")]
pub(crate) struct PyVerdict(pub(super) Verdict);

#[pymethods]
impl PyVerdict {
    /// Whether nothing was lost, doubled, made up or out of order.
    #[getter]
    fn is_exact(&self) -> bool {
        self.0.is_exact()
    }

    /// What was in the list throughout and was not delivered.
    #[getter]
    fn lost(&self) -> Vec<String> {
        self.0.lost.clone()
    }

    /// What was delivered more than once.
    #[getter]
    fn doubled(&self) -> Vec<String> {
        self.0.doubled.clone()
    }

    /// What was delivered and was never in the list.
    #[getter]
    fn never_there(&self) -> Vec<String> {
        self.0.never_there.clone()
    }

    /// What was delivered after an older record.
    #[getter]
    fn out_of_order(&self) -> Vec<String> {
        self.0.out_of_order.clone()
    }

    /// How many records were in the list throughout.
    #[getter]
    fn throughout(&self) -> usize {
        self.0.throughout
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Verdict: {}>", self.0)
    }
}
