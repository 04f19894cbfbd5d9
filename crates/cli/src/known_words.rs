//! Types and statuses as people type them: in any case, checked against those that are known, before anything is sent.

use iotda_batch_tasks::{TaskStatus, TaskType};

/// Types that only the service's own pattern names.
const FURTHER_TYPES: [TaskType; 5] = [
    TaskType::SendEmails,
    TaskType::SendSmss,
    TaskType::AddDevicesToGroup,
    TaskType::DeviceConfig,
    TaskType::DeviceJob,
];

const STATUSES: [TaskStatus; 8] = [
    TaskStatus::Initializing,
    TaskStatus::Waitting,
    TaskStatus::Processing,
    TaskStatus::Success,
    TaskStatus::Fail,
    TaskStatus::PartialSuccess,
    TaskStatus::Stopped,
    TaskStatus::Stopping,
];

/// The type that a text of `--type` means.
pub(crate) fn task_type(text: &str) -> Result<TaskType, String> {
    let known = TaskType::KNOWN.iter().chain(&FURTHER_TYPES).map(TaskType::as_str);
    let remedy = "--type-unchecked takes what only a newer service knows";
    find(text, known, "--type", remedy).map(TaskType::from)
}

/// The status that a text of `--status` means.
pub(crate) fn status(text: &str) -> Result<TaskStatus, String> {
    find(text, STATUSES.iter().map(TaskStatus::as_str), "--status", "").map(TaskStatus::from)
}

fn find<'a>(
    text: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    option: &str,
    remedy: &str,
) -> Result<&'a str, String> {
    if let Some(word) = known.clone().find(|word| word.eq_ignore_ascii_case(text)) {
        return Ok(word);
    }
    let distance = |word: &str| strsim::damerau_levenshtein(&word.to_ascii_lowercase(), &text.to_ascii_lowercase());
    let closest = known.clone().map(|word| (distance(word), word)).min();
    // Of a text without end, the distance is not worth knowing.
    let closest = closest.filter(|(distance, word)| text.len() <= 64 && *distance <= (word.len() / 3).max(2));
    let hint = match closest {
        Some((_, word)) => format!("did you mean {word}?"),
        None => format!("the known ones are {}", known.collect::<Vec<_>>().join(", ")),
    };
    let remedy = if remedy.is_empty() { String::new() } else { format!("; {remedy}") };
    // What is no word at all breaks a rule of the service too.
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let rule = if is_word { "is not known" } else { "is not allowed: it must be a word of A-Z and a-z" };
    Err(format!("{text:?} {rule}; {hint}{remedy} ({option})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter() {
        assert_eq!(task_type("SOFTWAREUPGRADE"), Ok(TaskType::SoftwareUpgrade));
        assert_eq!(task_type("devicejob"), Ok(TaskType::DeviceJob));
        assert_eq!(status("partialsuccess"), Ok(TaskStatus::PartialSuccess));
    }

    #[test]
    fn a_slip_gets_the_word_that_is_meant() {
        assert!(task_type("softwareUpgrad").unwrap_err().contains("did you mean softwareUpgrade?"));
        assert!(status("waiting").unwrap_err().contains("did you mean Waitting?"));
        assert!(status("Failed").unwrap_err().contains("did you mean Fail?"));
        assert!(task_type("x").unwrap_err().contains("firmwareUpgrade"));
    }
}
