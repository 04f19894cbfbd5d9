//! Inputs that once broke a promise.

use super::entries;

#[test]
fn checkpoints_that_count_as_far_as_numbers_go() {
    for part in [
        r#"{"delivered":18446744073709551615}"#,
        r#"{"delivered":18446744073709551614,"pending":["x"]}"#,
        r#"{"skip":18446744073709551615,"after":"000000000000000000000190"}"#,
        r#"{"delivered":18446744073709551615},{"delivered":18446744073709551615}"#,
    ] {
        entries::checkpoint(&format!(r#"{{"version":1,"lists":{{"":[{part}]}}}}"#));
    }
}
