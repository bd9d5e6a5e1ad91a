//! What is written to the terminal and the log.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::EnvFilter;

/// Starts the log, on standard error. No log line carries personal data: identifiers never reach the server in the
/// clear, and answers are not logged.
pub fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_env("QUIPU_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,quipu=info,api=info,api::enrol=warn"));
    // A log that cannot be written, to a file on a full disk say, is lost; complaining about it would only fail again.
    let log = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false).with_writer(std::io::stderr);
    if json { log.json().init() } else { log.compact().with_ansi(std::io::stderr().is_terminal()).init() }
}

/// A reader that has seen enough (`quipu … | head`) ends the command without a word.
pub fn end_with_the_reader() {
    let panicked = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload_as_str().unwrap_or_default();
        if text.starts_with("failed printing to stdout") && text.contains("Broken pipe") {
            std::process::exit(0);
        }
        panicked(panic);
    }));
}

/// Says a line on standard error, where somebody may listen.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints an error and its causes.
pub fn report(error: &dyn std::error::Error) {
    say(&format!("quipu: {error}"));
    let mut cause = error.source();
    let mut said = error.to_string();
    while let Some(inner) = cause {
        // An error that only passes its cause on would say the same twice.
        if inner.to_string() != said {
            said = inner.to_string();
            say(&format!("  because: {said}"));
        }
        cause = inner.source();
    }
}

/// A progress bar; a line now and then where there is no terminal.
pub fn progress(what: &'static str, total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if total > 0 && !std::io::stderr().is_terminal() {
        eprintln!("{what} …");
    }
    let style = ProgressStyle::with_template("{msg:>22} {bar:40} {human_pos}/{human_len} {per_sec} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// A number with thousands apart.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}
