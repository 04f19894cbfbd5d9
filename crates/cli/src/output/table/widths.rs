//! Which columns fit, and how wide each of them is.

use iotda_batch_tasks::columns::ColumnType;

use crate::output::{Shown, ShownColumn};

/// How wide a column is at least, when there is room, and when there is much of it. At least so wide that values that
/// differ look different: of types, the whole; of statuses, the beginning; of times, the minute.
struct Room {
    least: usize,
    usual: usize,
    most: usize,
}

/// Whether its values are aligned to the right.
pub(super) fn is_number<R>(column: ShownColumn<R>) -> bool {
    column.column_type() == ColumnType::Integer || column.name() == "progress"
}

/// Who gets more room first.
fn turn<R>(column: ShownColumn<R>) -> usize {
    match (column.name(), column.column_type()) {
        ("status", _) => 0,
        ("task_name", _) => 1,
        ("task_type", _) => 2,
        // Between a date and a time of the day, more room shows nothing more.
        (_, ColumnType::Timestamp) => 4,
        _ => 3,
    }
}

/// Who is left out first, of those that are shown by default.
fn rank<R: Shown>(column: ShownColumn<R>) -> usize {
    let place = R::LEFT_OUT_FIRST.iter().position(|name| *name == column.name());
    place.unwrap_or(R::LEFT_OUT_FIRST.len())
}

fn room<R: Shown>(column: ShownColumn<R>) -> Room {
    let name = column.name();
    let (least, usual, most) = match (name, column.column_type()) {
        _ if name == R::ID => (24, 24, 24),
        // `updateDevices` and `updateDeviceShadows` differ at the end.
        ("task_type", _) => (19, 19, 19),
        ("status", _) => (8, 14, 14),
        // 30000/30000.
        ("progress", _) => (11, 11, 11),
        ("status_desc", _) | (_, ColumnType::Json | ColumnType::TextList) => (12, 30, 60),
        (_, ColumnType::Timestamp) => (16, 16, 19),
        (_, ColumnType::Integer | ColumnType::Boolean) => (name.len(), name.len(), name.len()),
        _ => (8, 20, 60),
    };
    Room { least, usual, most }
}

/// How wide the narrowest table of these columns is.
pub(super) fn least_width<R: Shown>(columns: &[ShownColumn<R>]) -> usize {
    columns.iter().map(|column| room(column).least).sum::<usize>() + columns.len().saturating_sub(1)
}

/// Leaves out columns until the others fit: by rank, or the last one first where the user has chosen them.
pub(super) fn leave_out<R: Shown>(columns: &mut Vec<ShownColumn<R>>, width: usize, by_rank: bool) {
    while least_width(columns) > width && columns.len() > 1 {
        let least = columns.iter().enumerate().min_by_key(|(_, column)| rank(column)).map(|(index, _)| index);
        columns.remove(least.filter(|_| by_rank).unwrap_or(columns.len() - 1));
    }
}

/// The widths, and the gap between two columns. What the narrowest layout leaves goes to one column after the other,
/// then to the gaps, then to texts of any length.
pub(super) fn share_out<R: Shown>(width: usize, columns: &[ShownColumn<R>]) -> (Vec<usize>, usize) {
    let gaps = columns.len().saturating_sub(1);
    let rooms: Vec<Room> = columns.iter().map(|column| room(column)).collect();
    let mut widths: Vec<usize> = rooms.iter().map(|room| room.least).collect();
    let mut spare = width.saturating_sub(widths.iter().sum::<usize>() + gaps);
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|&place| turn(columns[place]));
    let mut gap = 1;
    for (is_last, wish) in [(false, (|room| room.usual) as fn(&Room) -> usize), (true, |room| room.most)] {
        if is_last && spare >= gaps {
            gap = 2;
            spare -= gaps;
        }
        for &place in &order {
            let missing = wish(&rooms[place]) - widths[place];
            // A part of what a status needs shows nothing more of it.
            let more = if columns[place].name() == "status" && spare < missing { 0 } else { spare.min(missing) };
            widths[place] += more;
            spare -= more;
        }
    }
    (widths, gap)
}
