//! `quipu form test`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use forms::workbench::scenario::{self, Mutant, Mutation, Report};
use forms::workbench::{Speech, place_of};
use forms::workbook::Workbook;

use super::load::load;
use crate::cli::Test;
use crate::error::{Error, Result};

pub fn run(command: &Test) -> Result<ExitCode> {
    let speech = command.speech.get();
    let (form, book) = load(&command.workbook)?.sound(&command.workbook)?;
    let form = Arc::new(form);
    let file = command.scenarios.clone().unwrap_or_else(|| beside(&command.workbook));
    let text = std::fs::read_to_string(&file).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => Error::Refused(match speech {
            Speech::English => format!(
                "there are no scenarios at `{}`: write some (docs/form-scenarios.md shows how), or name the file",
                file.display()
            ),
            Speech::Chinese => {
                format!("`{}` 没有场景：请编写（见 docs/form-scenarios.md），或指明文件", file.display())
            }
        }),
        _ => Error::File { path: file.clone(), source },
    })?;
    let (scenarios, mistakes) = scenario::read(&text, speech);
    for mistake in &mistakes {
        println!("{}:{}: {}", file.display(), mistake.line, mistake.message);
    }
    let report = scenario::run(&form, &scenarios, speech);
    print(&report, &file, command.verbose, speech);
    let held = mistakes.is_empty() && report.failed() == 0 && !report.scenarios.is_empty();
    if command.mutate && held {
        let unnoticed = mutate(&form, book.as_ref(), &scenarios, speech);
        return Ok(if unnoticed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if command.mutate {
        println!(
            "{}",
            speech.pick("mend these first; then rules can be tried with --mutate", "请先改好以上各处，再用 --mutate")
        );
    }
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `forms/short.xlsx` has its scenarios in `forms/short.scenarios.md`.
fn beside(workbook: &Path) -> PathBuf {
    workbook.with_extension("scenarios.md")
}

fn print(report: &Report, file: &Path, verbose: bool, speech: Speech) {
    for told in &report.scenarios {
        if verbose || !told.failures.is_empty() {
            let verdict = match told.failures.len() {
                0 => speech.pick("ok    ", "通过  "),
                _ => speech.pick("FAILED", "未通过"),
            };
            println!("{verdict} {}", told.name);
        }
        for failure in &told.failures {
            println!("  {}:{}", file.display(), failure.line);
            if !failure.expected.is_empty() {
                println!("    {} {}", speech.pick("expected:", "期望："), failure.expected);
            }
            println!("    {} {}", speech.pick("found:   ", "实际："), failure.found);
        }
    }
    let (all, passed, failed) = (report.scenarios.len(), report.passed(), report.failed());
    match speech {
        Speech::English => {
            println!("{all} scenarios, {passed} passed, {failed} failed ({} expectations)", report.tried())
        }
        Speech::Chinese => println!("{all} 个场景，{passed} 个通过，{failed} 个未通过（{} 项期望）", report.tried()),
    }
}

/// Lists the changes of rules that nobody noticed; gives how many.
fn mutate(form: &forms::Form, book: Option<&Workbook>, scenarios: &scenario::Scenarios, speech: Speech) -> usize {
    let survey = scenario::mutate(form, scenarios);
    for mutant in &survey.unnoticed {
        println!("{}", describe(form, book, mutant, speech));
    }
    let (tried, missed) = (survey.tried, survey.unnoticed.len());
    match speech {
        Speech::English => println!("{tried} rules changed, {missed} of them unnoticed by every scenario"),
        Speech::Chinese => println!("改动规则 {tried} 处，其中 {missed} 处没有场景发现"),
    }
    missed
}

fn describe(form: &forms::Form, book: Option<&Workbook>, mutant: &Mutant, speech: Speech) -> String {
    let name = form.item(mutant.item).map_or("", |item| &item.name);
    let place =
        book.map_or_else(|| name.to_owned(), |book| format!("{} {name}", place_of(book, mutant.item, mutant.column)));
    let what = match mutant.mutation {
        Mutation::Removed => speech.pick("taken away", "删去后"),
        Mutation::Negated => speech.pick("turned round", "取反后"),
        Mutation::Moved => speech.pick("with its edge moved", "移动边界后"),
        Mutation::Joined => speech.pick("with `and` and `or` swapped", "`and` 与 `or` 互换后"),
    };
    let becomes = if mutant.becomes.is_empty() { String::new() } else { format!("\n    → {}", mutant.becomes) };
    match speech {
        Speech::English => format!("nobody notices: {place} {} {what}\n    {}{becomes}", mutant.column, mutant.was),
        Speech::Chinese => format!("无人发现：{place} {} {what}\n    {}{becomes}", mutant.column, mutant.was),
    }
}
