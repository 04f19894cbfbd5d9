//! The paging rules, by the names that this crate uses.

pub(crate) use iotda_paging::{
    Cursor, Event, Identity, Marker, MarkerSource, PageCursor, PageFailure, PageRequest, PageSize, Pager, ReadyPage,
    Ticket,
};
