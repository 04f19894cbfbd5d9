//! The records of all lists under one type, and what they are read from.

use std::pin::Pin;
use std::task::{Context, Poll};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use futures_core::Stream;
use iotda_batch_tasks::decode::WithRaw;
use iotda_batch_tasks::{
    BatchTask, Checkpoint, Error, Identity, PageStream, Progress, RecordPage, RecordStream, lists,
};
use pyo3::prelude::*;

use crate::lists::{Device, DeviceGroup, GroupDevice, OtaPackage, Product, Rule, SubTask};
use crate::task::Task;
use crate::{arrow, errors};

macro_rules! records_methods {
    ($kind:expr) => {
        fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Record, Error>>> {
            Pin::new(self).poll_next(cx).map(|item| item.map(|item| item.map(Record::from)))
        }

        fn checkpoint(&self) -> Checkpoint {
            self.checkpoint()
        }

        fn progress(&self) -> Progress {
            self.progress()
        }

        fn kind(&self) -> Kind {
            $kind
        }

        fn into_pages(self: Box<Self>) -> Box<dyn Pages> {
            Box::new(self.pages())
        }
    };
}

/// A record as it came, or without its JSON, for columns alone.
pub(crate) enum Kept<T> {
    Whole(WithRaw<T>),
    Record(T),
}

impl<T> Kept<T> {
    fn record(&self) -> &T {
        match self {
            Self::Whole(whole) => &whole.record,
            Self::Record(record) => record,
        }
    }
}

macro_rules! records {
    ($($variant:ident: $library:ty => $class:ident,)+) => {
        /// A record of any list.
        // As large as its largest, which are the most frequent: an allocation less for each.
        #[allow(clippy::large_enum_variant)]
        pub(crate) enum Record {
            $($variant(Kept<$library>),)+
        }

        /// The object that Python sees.
        impl<'py> IntoPyObject<'py> for Record {
            type Target = PyAny;
            type Output = Bound<'py, PyAny>;
            type Error = PyErr;

            fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                match self {
                    $(Self::$variant(Kept::Whole(record)) => Ok(Bound::new(py, $class::from(record))?.into_any()),)+
                    $(Self::$variant(Kept::Record(_)) => Err(errors::internal("a record without its JSON")),)+
                }
            }
        }

        /// Which list the records of a stream are of.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Kind {
            $($variant,)+
        }

        impl Kind {
            /// The columns of such records.
            pub(crate) fn schema(self) -> SchemaRef {
                match self {
                    $(Self::$variant => arrow::schema::<$library>(),)+
                }
            }

            /// The records, which are all of this kind, as one batch.
            pub(crate) fn batch(self, schema: &SchemaRef, records: &[Record]) -> Result<RecordBatch, ArrowError> {
                match self {
                    $(Self::$variant => {
                        let of_kind = |record| match record {
                            &Record::$variant(ref kept) => Some(kept.record()),
                            _ => None,
                        };
                        arrow::batch::<$library>(schema, &records.iter().filter_map(of_kind).collect::<Vec<_>>())
                    })+
                }
            }
        }

        $(impl OfKind for $library {
            const KIND: Kind = Kind::$variant;
        })+

        $(impl From<WithRaw<$library>> for Record {
            fn from(record: WithRaw<$library>) -> Self {
                Self::$variant(Kept::Whole(record))
            }
        })+

        $(impl From<$library> for Record {
            fn from(record: $library) -> Self {
                Self::$variant(Kept::Record(record))
            }
        })+

        $(impl Records for RecordStream<$library> {
            records_methods!(Kind::$variant);
        })+
    };
}

records! {
    Task: BatchTask => Task,
    Device: lists::Device => Device,
    Product: lists::Product => Product,
    DeviceGroup: lists::DeviceGroup => DeviceGroup,
    GroupDevice: lists::GroupDevice => GroupDevice,
    OtaPackage: lists::OtaPackage => OtaPackage,
    Rule: lists::Rule => Rule,
    SubTask: lists::TaskDetail => SubTask,
}

/// A record of the library.
pub(crate) trait OfKind {
    const KIND: Kind;
}

/// Records that came together.
pub(crate) struct Page {
    pub(crate) records: Vec<Result<Record, Error>>,
    pub(crate) marker: Option<String>,
    pub(crate) count: Option<u64>,
    /// The position after the page.
    pub(crate) checkpoint: Checkpoint,
}

/// A stream of the library, whatever its records are.
pub(crate) trait Records: Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Record, Error>>>;
    fn checkpoint(&self) -> Checkpoint;
    fn progress(&self) -> Progress;
    fn kind(&self) -> Kind;
    /// The same list read by pages.
    fn into_pages(self: Box<Self>) -> Box<dyn Pages>;
}

/// A stream of the library that is read by pages.
pub(crate) trait Pages: Send {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page, Error>>>;
    fn checkpoint(&self) -> Checkpoint;
    fn progress(&self) -> Progress;
}

impl<T> Records for RecordStream<WithRaw<T>>
where
    T: Identity + OfKind + Send + 'static,
    Record: From<WithRaw<T>>,
{
    records_methods!(T::KIND);
}

impl<T> Pages for PageStream<T>
where
    T: Identity + Send + 'static,
    Record: From<T>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page, Error>>> {
        let page = |page: RecordPage<T>, checkpoint| Page {
            records: page.records.into_iter().map(|record| record.map(Record::from)).collect(),
            marker: page.marker.map(|marker| marker.to_string()),
            count: page.count,
            checkpoint,
        };
        let polled = Pin::new(&mut *self).poll_next(cx);
        polled.map(|item| item.map(|item| item.map(|item| page(item, PageStream::checkpoint(self)))))
    }

    fn checkpoint(&self) -> Checkpoint {
        self.checkpoint()
    }

    fn progress(&self) -> Progress {
        self.progress()
    }
}
