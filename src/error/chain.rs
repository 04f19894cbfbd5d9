//! An error and what is underneath, in one line.

use std::error::Error;
use std::fmt;

/// The text of `error` and of everything underneath, each after a colon. Some libraries repeat the text of what is
/// underneath in their own; it is not written twice.
pub(crate) fn chain(error: &dyn Error) -> impl fmt::Display + '_ {
    Chain(error)
}

struct Chain<'a>(&'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut above = self.0.to_string();
        f.write_str(&above)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if !above.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            above = text;
            next = cause.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::{PageRequest, PageSize};
    use crate::{FailureKind, PageError, SourceError};

    #[test]
    fn a_chain_of_errors_has_each_text_once() {
        let refused = std::io::Error::other("refused");
        let failure = SourceError::new(FailureKind::Connect, "no connection").with_cause(refused);
        assert_eq!(failure.to_string(), "no connection: refused");
        assert_eq!(failure.cause().map(ToString::to_string).as_deref(), Some("refused"));
        let error = PageError { list: None, request: PageRequest::after(None, PageSize::MAX), failure };
        let error = crate::Error::Page(Box::new(error));
        assert_eq!(error.to_string().matches("refused").count(), 1);
        assert_eq!(chain(&error).to_string(), error.to_string());
    }
}
