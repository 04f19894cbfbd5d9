//! Which columns fit, and how wide each of them is.

use crate::output::Column;

/// How wide a column is at least, when there is room, and when there is much of it. At least so wide that values that
/// differ look different: of types, the whole; of statuses, the beginning; of times, the minute.
struct Room {
    least: usize,
    usual: usize,
    most: usize,
}

impl Column {
    pub(super) fn is_number(self) -> bool {
        self.room().least == self.room().most && self != Self::TaskId
    }

    /// Who gets more room first.
    fn turn(self) -> usize {
        match self {
            Self::Status => 0,
            Self::TaskName => 1,
            Self::TaskType => 2,
            // Between a date and a time of the day, more room shows nothing more.
            Self::CreateTime => 4,
            _ => 3,
        }
    }

    /// Who is left out first, of those that are shown by default. Id and status stay.
    fn rank(self) -> usize {
        match self {
            Self::Progress => 0,
            Self::TaskType => 1,
            Self::CreateTime => 2,
            Self::TaskName => 3,
            _ => 4,
        }
    }

    fn room(self) -> Room {
        let (least, usual, most) = match self {
            Self::TaskId => (24, 24, 24),
            Self::TaskName => (8, 20, 60),
            // `updateDevices` and `updateDeviceShadows` differ at the end.
            Self::TaskType => (19, 19, 19),
            Self::Status => (8, 14, 14),
            Self::CreateTime => (16, 16, 19),
            Self::StatusDesc => (12, 30, 60),
            // 30000/30000.
            Self::Progress => (11, 11, 11),
            number => (number.name().len(), number.name().len(), number.name().len()),
        };
        Room { least, usual, most }
    }
}

/// How wide the narrowest table of these columns is.
pub(super) fn least_width(columns: &[Column]) -> usize {
    columns.iter().map(|column| column.room().least).sum::<usize>() + columns.len().saturating_sub(1)
}

/// Leaves out columns until the others fit: by rank, or the last one first where the user has chosen them.
pub(super) fn leave_out(columns: &mut Vec<Column>, width: usize, by_rank: bool) {
    while least_width(columns) > width && columns.len() > 1 {
        let least = columns.iter().enumerate().min_by_key(|(_, column)| column.rank()).map(|(index, _)| index);
        columns.remove(least.filter(|_| by_rank).unwrap_or(columns.len() - 1));
    }
}

/// The widths, and the gap between two columns. What the narrowest layout leaves goes to one column after the other,
/// then to the gaps, then to texts of any length.
pub(super) fn share_out(width: usize, columns: &[Column]) -> (Vec<usize>, usize) {
    let gaps = columns.len().saturating_sub(1);
    let rooms: Vec<Room> = columns.iter().map(|column| column.room()).collect();
    let mut widths: Vec<usize> = rooms.iter().map(|room| room.least).collect();
    let mut spare = width.saturating_sub(widths.iter().sum::<usize>() + gaps);
    let mut order: Vec<usize> = (0..columns.len()).collect();
    order.sort_by_key(|&place| columns[place].turn());
    let mut gap = 1;
    for (is_last, wish) in [(false, (|room| room.usual) as fn(&Room) -> usize), (true, |room| room.most)] {
        if is_last && spare >= gaps {
            gap = 2;
            spare -= gaps;
        }
        for &place in &order {
            let missing = wish(&rooms[place]) - widths[place];
            // A part of what a status needs shows nothing more of it.
            let more = if columns[place] == Column::Status && spare < missing { 0 } else { spare.min(missing) };
            widths[place] += more;
            spare -= more;
        }
    }
    (widths, gap)
}
