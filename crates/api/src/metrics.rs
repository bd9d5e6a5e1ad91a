//! What `/metrics` tells, each with a line of help.

use metrics::Unit;

type Help = (&'static str, Unit, &'static str);

const GAUGES: [Help; 12] = [
    ("quipu_ready", Unit::Count, "1 while the cell takes work in, otherwise 0; /readyz says why"),
    ("quipu_owner", Unit::Count, "1 while this node owns the cell, 0 while it follows another one"),
    ("quipu_copy_behind_seconds", Unit::Seconds, "How long ago a node that follows had all that the owner had written"),
    ("quipu_alarms", Unit::Count, "What somebody should look at though work is taken in; /readyz says what"),
    ("quipu_cell_stopped", Unit::Count, "1 once the cell has stopped after an error"),
    ("quipu_queue_requests", Unit::Count, "Requests waiting for the cell"),
    ("quipu_journal_next_offset", Unit::Count, "Events in the journal"),
    ("quipu_checkpoint_bytes", Unit::Bytes, "What the last checkpoint of the store wrote"),
    ("quipu_query_behind_events", Unit::Count, "Events of the journal that are not in the tables for SQL yet"),
    ("quipu_query_behind_seconds", Unit::Seconds, "How long the oldest of them has been waiting"),
    ("quipu_query_offset", Unit::Count, "Events in the tables for SQL"),
    ("quipu_query_failing", Unit::Count, "1 while the tables for SQL cannot follow"),
];

const COUNTERS: [Help; 7] = [
    ("quipu_events_total", Unit::Count, "Events journaled and folded since the start"),
    ("quipu_takeovers_total", Unit::Count, "How often this node came to own the cell since the start"),
    ("quipu_problems_total", Unit::Count, "Requests refused, by code; docs/messages.md lists the codes"),
    ("quipu_refused_busy_total", Unit::Count, "Requests refused because too much was waiting"),
    (
        "quipu_connections_refused_total",
        Unit::Count,
        "Connections closed at once because too many of their address were open",
    ),
    ("quipu_operations_not_taken_total", Unit::Count, "Operations that could not be kept while others were"),
    ("quipu_query_errors_total", Unit::Count, "Errors of the tables for SQL"),
];

const HISTOGRAMS: [Help; 5] = [
    ("quipu_journal_append_seconds", Unit::Seconds, "Writing and flushing one batch of the journal"),
    ("quipu_lease_prolong_seconds", Unit::Seconds, "How long the journal's database took to prolong the owner's lease"),
    ("quipu_checkpoint_pause_seconds", Unit::Seconds, "How long a checkpoint held the cell up at most"),
    ("quipu_batch_events", Unit::Count, "Events in a batch"),
    ("quipu_query_lag_seconds", Unit::Seconds, "How long an event waited until the tables for SQL had it"),
];

/// Tells the recorder in force what each of them means.
pub(crate) fn describe() {
    GAUGES.into_iter().for_each(|(name, unit, help)| metrics::describe_gauge!(name, unit, help));
    COUNTERS.into_iter().for_each(|(name, unit, help)| metrics::describe_counter!(name, unit, help));
    HISTOGRAMS.into_iter().for_each(|(name, unit, help)| metrics::describe_histogram!(name, unit, help));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Names after `kind!(` in the sources of a folder.
    fn used(folder: &Path, names: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, names);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                for call in ["gauge!(\"", "counter!(\"", "histogram!(\""] {
                    let after = text.split(call).skip(1);
                    names.extend(after.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
                }
            }
        }
    }

    #[test]
    fn every_metric_that_is_kept_has_a_line_of_help_and_no_other() {
        let mut names = BTreeSet::new();
        for crate_name in ["api", "journal-postgres", "node", "query"] {
            used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(crate_name).join("src"), &mut names);
        }
        names.retain(|name| name.starts_with("quipu_"));
        let helped = GAUGES.iter().chain(&COUNTERS).chain(&HISTOGRAMS).map(|(name, ..)| (*name).to_owned());
        assert_eq!(names, helped.collect());
    }
}
