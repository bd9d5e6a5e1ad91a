//! From a workbook to a form: reads it, gives every node a slot, compiles the expressions and puts them in order.
//!
//! Start at [`compile`]. `layout.rs` makes scopes and slots, `names.rs` finds what a name means, `emit` writes
//! bytecode, `order.rs` sorts the steps and refuses cycles.

#[cfg(feature = "generator")]
mod bounds;
mod default;
mod emit;
mod given;
mod layout;
mod names;
mod order;
mod search;

use crate::author::{self, Draft};
use crate::definition::{Definition, Item, Kind};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::form::Form;
use crate::listing::SHORT;
use crate::program::{Compiled, Program, Rule, RuleKind, Step, Work};
use crate::workbook::Workbook;
use crate::xpath::{self, Mistake};

pub(crate) use default::is_expression;
use emit::{Context, Emitter};

/// Compiles a workbook. Everything that is wrong comes back at once; the form holds all that could be read, and is
/// `None` only when there is not a single question.
pub fn compile(book: &Workbook) -> (Option<Form>, Vec<Diagnostic>) {
    compile_with(book, &[])
}

/// Compiles a workbook with the files beside it that choices and look-ups come from, by name: `("villages.csv", bytes)`.
/// A file that is not given is a warning: any name is then taken for a choice of it. [`Form::attach`] gives one later.
pub fn compile_with(book: &Workbook, files: &[(&str, &[u8])]) -> (Option<Form>, Vec<Diagnostic>) {
    let (mut draft, mut diagnostics) = author::read(book);
    draft.attach(files, &mut diagnostics);
    let (compiled, more) = link(&draft.definition, &|item, column| draft_place(&draft, item, column));
    diagnostics.extend(more);
    diagnostics.sort_by(|a, b| (&a.place, &a.code).cmp(&(&b.place, &b.code)));
    // An entity's columns are checked as texts and as expressions.
    diagnostics.dedup_by(|b, a| (&a.place, &a.code, &a.message) == (&b.place, &b.code, &b.message));
    let form = (!draft.definition.items.is_empty()).then(|| Form::new(draft.definition.clone(), compiled));
    (form, diagnostics)
}

fn draft_place(draft: &Draft, item: usize, column: &str) -> Place {
    draft.place(item, column)
}

/// Whether nothing in a list of diagnostics leaves something out of the form.
pub fn is_sound(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|d| d.severity < Severity::Error)
}

/// An expression of an item, by the column it stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Relevant,
    Calculation,
    Count,
    Required,
    Constraint,
    Soft,
    Filter,
    #[cfg(feature = "generator")]
    Generate,
    Default,
    Seed,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::Relevant => "relevant",
            Column::Calculation => "calculation",
            Column::Count => "repeat_count",
            Column::Required => "required",
            Column::Constraint => "constraint",
            Column::Soft => "check_soft",
            Column::Filter => "choice_filter",
            #[cfg(feature = "generator")]
            Column::Generate => "generate",
            Column::Default => "default",
            Column::Seed => "parameters",
        }
    }

    fn source(self, item: &Item) -> &str {
        match self {
            Column::Relevant => &item.relevant,
            Column::Calculation => &item.calculation,
            Column::Count => &item.repeat_count,
            Column::Required => &item.required,
            Column::Constraint => &item.constraint,
            Column::Soft => &item.check_soft,
            Column::Filter => &item.choice_filter,
            #[cfg(feature = "generator")]
            Column::Generate => &item.generate,
            Column::Default => &item.default,
            Column::Seed => item.parameter("seed"),
        }
    }
}

/// What one expression compiled to, and what it reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Compilation {
    pub program: Program,
    /// Items read, each with the scope both live under.
    pub reads: Vec<(u32, u16)>,
    /// Repeats the positions of whose instances are read, in the same way.
    pub positions: Vec<(u32, u16)>,
    /// A repeat that a reference from inside it names: the instance around.
    pub around: Option<u32>,
    /// Reads the text of an identifier.
    pub sealed: bool,
    /// Depends on chance or on the day it is run.
    pub volatile: bool,
    pub ty: crate::program::Ty,
}

type Compile<'a> = &'a dyn Fn(&mut Compiled, &mut Vec<Diagnostic>, usize, Column) -> Compilation;
type PlaceOf<'a> = &'a dyn Fn(usize, &str) -> Place;

/// Compiles the expressions of a definition.
pub(crate) fn link(definition: &Definition, place: PlaceOf<'_>) -> (Compiled, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut compiled = layout::layout(definition);
    let names = names::Names::new(definition);
    let count = definition.items.len();

    let expression = |compiled: &mut Compiled, diagnostics: &mut Vec<Diagnostic>, item: usize, column: Column| {
        let searched = (column == Column::Filter).then(|| search::call(&definition.items[item].appearance)).flatten();
        let source = searched.as_deref().unwrap_or_else(|| column.source(&definition.items[item]));
        // What rows of a file hold that is not here cannot be asked; `given` asks answers of the form.
        let open = |list: u16| definition.lists[list as usize].takes_any();
        let absent = column == Column::Filter && definition.items[item].kind.list().is_some_and(open);
        if source.is_empty() || absent {
            return Compilation::default();
        }
        let cell = if searched.is_some() { "appearance" } else { column.name() };
        let mut parsed = match searched.as_deref().map(search::filter) {
            Some(Ok(Some(filter))) => Ok(filter),
            Some(Ok(None)) => return Compilation::default(),
            Some(Err(mistake)) => Err(mistake),
            None => xpath::parse(source),
        };
        if column == Column::Default && parsed.as_ref().is_ok_and(default::names_nothing) {
            let message = format!("`{source}` is read as an expression that names nothing, so there is no default");
            let warning = Diagnostic::warning("form/default-names-nothing", place(item, column.name()), message);
            diagnostics.push(warning.help(format!("write `string('{source}')` when it is meant as a text")));
            parsed = Ok(xpath::Expr::Text(String::new()));
        }
        let result = parsed.and_then(|expr| {
            let filter = definition.items[item].kind.list().filter(|_| column == Column::Filter);
            if let Some(list) = filter.filter(|list| definition.lists[*list as usize].choices.len() > SHORT) {
                let narrow =
                    Emitter::new(definition, compiled, &names, Context { item, filter: None }).narrowing(list, &expr);
                compiled.narrows[item] = narrow;
            }
            Emitter::new(definition, compiled, &names, Context { item, filter }).compile(&expr)
        });
        if let Ok(Compilation { around: Some(repeat), .. }) = result {
            let name = &definition.items[repeat as usize].name;
            let message = format!("inside `{name}`, `${{{name}}}` is the one around, not all of them");
            let warning = Diagnostic::warning("form/instance-around", place(item, column.name()), message);
            let help = match up_to(definition, item, repeat) {
                Some(up) => format!("write `{up}{name}` for all"),
                None => "count all of them in a `calculate` of its own".to_owned(),
            };
            diagnostics.push(warning.help(help));
        }
        result.unwrap_or_else(|mistake| {
            diagnostics.push(bad_expression(source, &mistake, place(item, cell), &names, definition));
            Compilation::default()
        })
    };

    // Types of calculations first, in order of appearance, so that a select compared later is known as one.
    let mut steps: Vec<(Step, Compilation)> = Vec::new();
    let mut relevance = vec![Program::Absent; count];
    for i in 0..count {
        let item = &definition.items[i];
        let node = compiled.nodes[i];
        let group = item.parent.map(|p| p as usize).filter(|p| relevance[*p] != Program::Absent);
        let relevant = expression(&mut compiled, &mut diagnostics, i, Column::Relevant);
        if relevant.sealed {
            let message = format!("`{}` depends on an identifier's text, which the server never sees", item.name);
            let help = "compute it in a `calculate` and depend on that";
            diagnostics
                .push(Diagnostic::error("form/relevant-reads-identifier", place(i, "relevant"), message).help(help));
        }
        if !item.relevant.is_empty() || group.is_some() {
            relevance[i] = Program::Constant(true);
            let group = group.map(|p| layout::at(&compiled, node.scope, p));
            let program = if relevant.program == Program::Absent { Program::Constant(true) } else { relevant.program };
            let work = Work::Relevant { group };
            steps.push((
                Step { work, item: i as u32, scope: node.scope, slot: node.slot, program, kept: false },
                relevant,
            ));
        }
        for (column, work) in [(Column::Calculation, Work::Calculate), (Column::Count, Work::Count)] {
            let made = expression(&mut compiled, &mut diagnostics, i, column);
            if column == Column::Calculation && !item.trigger.is_empty() {
                if item.kind == Kind::Calculate {
                    compiled.nodes[i].ty = made.ty;
                }
                actions(definition, &mut compiled, &names, i, made.program, place, &mut diagnostics);
                continue;
            }
            if made.program != Program::Absent {
                let kept = made.sealed || made.volatile;
                if work == Work::Calculate {
                    compiled.nodes[i].kept = kept;
                    compiled.nodes[i].ty = made.ty;
                }
                steps.push((
                    Step { work, item: i as u32, scope: node.scope, slot: node.slot, program: made.program, kept },
                    made,
                ));
            }
        }
    }
    for i in 0..count {
        rules(definition, &mut compiled, &mut diagnostics, i, &expression);
        given::rule(definition, &mut compiled, &names, i, place, &mut diagnostics);
    }
    order::order(definition, &mut compiled, steps, place, &mut diagnostics);
    layout::stored(definition, &mut compiled);
    for (i, item) in definition.items.iter().enumerate() {
        if !item.fact.is_empty() {
            if compiled.nodes[i].scope != 0 {
                let message = format!("`{}` is in a repeat; a fact is one number a form", item.name);
                diagnostics.push(
                    Diagnostic::error("form/fact-in-repeat", place(i, "fact"), message)
                        .help("sum it in a `calculate` outside"),
                );
            } else {
                compiled.facts.push((item.fact.clone(), i as u32));
            }
        }
    }
    compiled.choice_numbers = definition
        .lists
        .iter()
        .map(|list| list.choices.iter().map(|c| crate::vm::parse_number(&c.name)).collect())
        .collect();
    (compiled, diagnostics)
}

/// The steps from an item up to the group that a repeat around it is in; `None` when it is not inside.
fn up_to(definition: &Definition, item: usize, repeat: u32) -> Option<String> {
    let mut line = std::iter::successors(Some(item as u32), |i| definition.items[*i as usize].parent);
    line.position(|i| i == repeat).map(|steps| "../".repeat(steps + 1))
}

/// Notes which answers set an item.
fn actions(
    definition: &Definition,
    compiled: &mut Compiled,
    names: &names::Names<'_>,
    i: usize,
    program: Program,
    place: PlaceOf<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for name in &definition.items[i].trigger {
        let on = match names.named(name, i, 0) {
            Ok(on) => on,
            Err(mistake) => {
                diagnostics.push(bad_expression(name, &mistake, place(i, "trigger"), names, definition));
                continue;
            }
        };
        let asked = definition.items[on].kind.is_question() && !definition.items[on].is_computed();
        // A time that the device fills in stands for the moment a form begins or ends.
        if !asked && definition.items[on].kind != Kind::Hidden {
            let message = format!("`{name}` is not asked, so its answer never changes by itself");
            let help = "name a question that somebody answers";
            diagnostics.push(Diagnostic::error("form/bad-trigger", place(i, "trigger"), message).help(help));
            continue;
        }
        let (own, other) = (compiled.nodes[i].scope, compiled.nodes[on].scope);
        let lines = (layout::lineage(compiled, own), layout::lineage(compiled, other));
        let common = lines.0.iter().zip(&lines.1).take_while(|(a, b)| a == b).last();
        let under = common.map_or(0, |(scope, _)| *scope);
        compiled.actions.push(crate::program::Action { on: on as u32, item: i as u32, under, program });
    }
}

fn rules(
    definition: &Definition,
    compiled: &mut Compiled,
    diagnostics: &mut Vec<Diagnostic>,
    i: usize,
    expression: Compile<'_>,
) {
    let node = compiled.nodes[i];
    let kind = definition.items[i].kind;
    let always = matches!(kind, Kind::Note | Kind::Calculate | Kind::Group | Kind::Repeat);
    let add = |compiled: &mut Compiled, kind, made: &Compilation| {
        if made.program != Program::Absent && made.program != Program::Constant(kind != RuleKind::Required) {
            let rule = Rule {
                kind,
                item: i as u32,
                slot: node.slot,
                program: made.program,
                always,
                sealed: made.sealed || made.volatile,
            };
            compiled.rules[node.scope as usize].push(rule);
        }
    };
    let required = expression(compiled, diagnostics, i, Column::Required);
    if kind.is_question() {
        add(compiled, RuleKind::Required, &required);
    }
    let filter = expression(compiled, diagnostics, i, Column::Filter);
    add(compiled, RuleKind::Choice, &filter);
    compiled.filters[i] = filter.program;
    // Rows of a file may lack the name that was answered; other lists hold whatever can be.
    let rows = |list: u16| definition.lists[list as usize].is_open() && !definition.lists[list as usize].takes_any();
    if filter.program == Program::Absent && kind.list().is_some_and(rows) {
        let program = Program::Constant(true);
        let rule =
            Rule { kind: RuleKind::Choice, item: i as u32, slot: node.slot, program, always: false, sealed: false };
        compiled.rules[node.scope as usize].push(rule);
    }
    let constraint = expression(compiled, diagnostics, i, Column::Constraint);
    add(compiled, RuleKind::Constraint, &constraint);
    let soft = expression(compiled, diagnostics, i, Column::Soft);
    add(compiled, RuleKind::Soft, &soft);
    #[cfg(feature = "generator")]
    {
        compiled.bounds[i] = bounds::bounds(&definition.items[i]);
        compiled.generators[i] = expression(compiled, diagnostics, i, Column::Generate).program;
    }
    if is_expression(&definition.items[i].default, kind) {
        compiled.defaults[i] = expression(compiled, diagnostics, i, Column::Default).program;
    }
    if definition.items[i].parameter("randomize").eq_ignore_ascii_case("true") {
        compiled.seeds[i] = Some(expression(compiled, diagnostics, i, Column::Seed).program);
    }
}

fn bad_expression(
    source: &str,
    mistake: &Mistake,
    place: Place,
    names: &names::Names<'_>,
    definition: &Definition,
) -> Diagnostic {
    if let Some(name) = mistake.message.strip_prefix("unknown-name ") {
        let message = format!("`${{{name}}}` is not a question of this form");
        return Diagnostic::error("form/unknown-reference", place, message).did_you_mean(name, names.all());
    }
    if let Some(name) = mistake.message.strip_prefix("unknown-list ") {
        let message = format!("there is no choice list `{name}`");
        let all = definition.lists.iter().map(|l| l.name.as_str());
        return Diagnostic::error("form/unknown-list", place, message).did_you_mean(name, all);
    }
    if let Some(name) = mistake.message.strip_prefix("unknown-function ") {
        if let Some((_, instead)) = crate::functions::ABSENT.iter().find(|(absent, _)| *absent == name) {
            let message = format!("`{name}()` is not supported");
            return Diagnostic::error("form/unsupported-function", place, message).help(*instead);
        }
        let all =
            crate::functions::Function::ALL.iter().map(|(n, ..)| *n).chain(crate::functions::SPECIAL.iter().copied());
        let message = format!("there is no function `{name}()`");
        return Diagnostic::error("form/unknown-function", place, message).did_you_mean(name, all);
    }
    let before = source[..mistake.at.min(source.len())].chars().count();
    let message = format!("{} (character {})", mistake.message, before + 1);
    Diagnostic::error("form/bad-expression", place, message).help(format!("{source}\n{}^", " ".repeat(before)))
}
