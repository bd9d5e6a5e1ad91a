//! What relationships mean: the words of the column `relationship` of the choices sheet, and what follows from each.

use super::columns::Columns;
use crate::diagnostic::Diagnostic;
use crate::workbook::{Row, Sheet};

/// A word, the word the other way round, how many generations the person stands above the other, and how many times
/// the least age of a parent lies between them.
type Kin = (&'static str, &'static str, Option<i8>, i8);

/// The words after the relationships of the UN's *Principles and Recommendations for Population and Housing Censuses*
/// (rev. 3, 4.140), each once for either side.
const WORDS: &[Kin] = &[
    ("spouse", "spouse", Some(0), 0),
    ("child", "parent", Some(-1), -1),
    ("parent", "child", Some(1), 1),
    ("grandchild", "grandparent", Some(-2), -2),
    ("grandparent", "grandchild", Some(2), 2),
    ("great_grandchild", "great_grandparent", Some(-3), -3),
    ("great_grandparent", "great_grandchild", Some(3), 3),
    ("sibling", "sibling", Some(0), 0),
    ("child_in_law", "parent_in_law", Some(-1), 0),
    ("parent_in_law", "child_in_law", Some(1), 0),
    ("sibling_in_law", "sibling_in_law", Some(0), 0),
    ("niece_nephew", "aunt_uncle", Some(-1), 0),
    ("aunt_uncle", "niece_nephew", Some(1), 0),
    ("cousin", "cousin", Some(0), 0),
    ("other_relative", "other_relative", None, 0),
    ("unrelated", "unrelated", None, 0),
];

/// Adds what follows from the column `relationship` to the choices of each list: `inverse`, `generation`, `older_by`.
/// Lists come with the least years between parent and child.
pub(super) fn add_columns(choices: &mut Sheet, lists: &[(String, String)], diagnostics: &mut Vec<Diagnostic>) {
    let heads = Columns::new("choices", choices);
    let (list_column, name_column) = (heads.column("list_name", ""), heads.column("name", ""));
    let word_column = choices.column("relationship");
    let added = choices.header.len();
    choices.header.extend(["inverse", "generation", "older_by"].map(str::to_owned));
    for (list, parent_age) in lists {
        let of_list = |row: &Row| row.cell(list_column) == list;
        if choices.rows.iter().filter(|r| of_list(r)).all(|r| r.cell(word_column).is_empty()) {
            let row = choices.rows.iter().find(|r| of_list(r)).map_or(0, |r| r.number);
            let message = format!("nothing says what the relationships of `{list}` are");
            let error = Diagnostic::error("form/bad-matrix", choices.place(row, word_column.or(name_column)), message);
            diagnostics.push(error.help("say it in a column `relationship`: `spouse`, `child`, `parent` …"));
            continue;
        }
        let codes: Vec<(String, String)> = choices
            .rows
            .iter()
            .filter(|r| of_list(r))
            .map(|r| (r.cell(word_column).to_owned(), r.cell(name_column).to_owned()))
            .collect();
        for at in 0..choices.rows.len() {
            let row = &choices.rows[at];
            let word = row.cell(word_column);
            if !of_list(row) || word.is_empty() {
                continue;
            }
            let Some((_, back, generation, ages)) = WORDS.iter().find(|kin| kin.0 == word) else {
                let message = format!("`{word}` is no relationship");
                let error = Diagnostic::error("form/bad-matrix", choices.place(row.number, word_column), message);
                let all = WORDS.iter().map(|kin| kin.0);
                let help = format!("the words are {}", all.clone().collect::<Vec<_>>().join(", "));
                diagnostics.push(error.help(help).did_you_mean(word, all));
                continue;
            };
            let inverse = codes.iter().find(|(word, _)| word == back).map_or("", |(_, code)| code).to_owned();
            let years = i32::from(*ages) * parent_age.parse::<i32>().unwrap_or(0);
            let cells = [inverse, generation.map_or(String::new(), |g| g.to_string()), years.to_string()];
            let row = &mut choices.rows[at];
            row.cells.resize(added, String::new());
            row.cells.extend(cells);
        }
    }
}

fn is_chinese(language: &str) -> bool {
    language.contains("(zh") || language.starts_with("zh")
}

/// What the pairs are called.
pub(super) fn label(language: &str) -> &'static str {
    if is_chinese(language) { "关系" } else { "Relationship" }
}

/// What is said when two ages do not fit a relationship. `name` stands for the person.
pub(super) fn ages_differ(language: &str, name: &str) -> String {
    match is_chinese(language) {
        true => format!("{name}和${{to_name}}的年龄与这一关系不符。"),
        false => format!("The ages of {name} and ${{to_name}} do not fit this relationship."),
    }
}

/// What is said when a relationship does not fit those of both persons to the first one.
pub(super) fn generations_differ(language: &str, name: &str) -> String {
    match is_chinese(language) {
        true => format!("从与第一人的关系看，{name}和${{to_name}}不是这种辈分。"),
        false => format!("By what each is to the first person, {name} and ${{to_name}} are of other generations."),
    }
}
