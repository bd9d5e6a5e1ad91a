//! `Interview`: a form being answered, for JavaScript. What a screen says is the engine's; here it becomes the shapes
//! of `API.md`, and text that a question cannot hold yet (half a date) is kept beside it.

mod outline;
mod shape;

use std::collections::BTreeMap;
use std::sync::Arc;

use forms::definition::{Item, Kind};
use forms::interview::{Interview as Inner, ScreenKind};
use forms::{Date, Form, Inputs, Instance};
use wasm_bindgen::prelude::*;

use crate::convert::{self, error, read, write};
use crate::kept;
use crate::view::Answers;

type Js = Result<JsValue, JsValue>;

/// An interview. See `API.md`.
#[wasm_bindgen]
pub struct Interview {
    inner: Inner,
    form: Arc<Form>,
    /// Typed, but not (yet) an answer of the question's type; by path.
    typed: BTreeMap<String, String>,
}

fn form_error(wrong: forms::Error) -> JsValue {
    let code = match wrong {
        forms::Error::WrongValue { .. } => "form/wrong-value",
        forms::Error::NoSuchPath(_) => "form/no-such-question",
        forms::Error::NotAForm(_) | forms::Error::UnknownFormat { .. } => "form/unreadable",
        _ => "form/answers-unreadable",
    };
    error(code, &wrong.to_string())
}

fn compiled(bytes: &[u8]) -> Result<Arc<Form>, JsValue> {
    kept::compiled(bytes).map_err(form_error)
}

/// `reference` and `today` are days; everything else fills the question of that name.
fn inputs(given: JsValue) -> Result<Inputs, JsValue> {
    let given: BTreeMap<String, String> =
        if given.is_undefined() || given.is_null() { BTreeMap::new() } else { read("inputs", given)? };
    let mut inputs = Inputs::default();
    for (name, value) in given {
        match name.as_str() {
            "reference" => inputs.reference = Date::parse(&value),
            "today" => inputs.today = Date::parse(&value),
            _ => inputs.prefill.push((name, value)),
        }
    }
    Ok(inputs)
}

#[wasm_bindgen]
impl Interview {
    /// A new interview, or one that goes on with a draft.
    #[wasm_bindgen(constructor)]
    pub fn new(
        form: &[u8],
        #[wasm_bindgen(unchecked_param_type = "{ [name: string]: string }")] given: JsValue,
        draft: Option<Vec<u8>>,
    ) -> Result<Interview, JsValue> {
        let (form, inputs) = (compiled(form)?, inputs(given)?);
        let inner = match draft {
            Some(draft) => Inner::restore(form.clone(), &draft, &inputs).map_err(form_error)?,
            None => Inner::new(form.clone(), &inputs, 0),
        };
        Ok(Interview { inner, form, typed: BTreeMap::new() })
    }

    /// An interview over answers that were submitted. Identifiers that cannot be read here stay sealed.
    #[wasm_bindgen(js_name = fromAnswers)]
    pub fn from_answers(
        form: &[u8],
        #[wasm_bindgen(unchecked_param_type = "{ [name: string]: string }")] given: JsValue,
        #[wasm_bindgen(unchecked_param_type = "Answers")] submitted: JsValue,
    ) -> Result<Interview, JsValue> {
        let (form, inputs) = (compiled(form)?, inputs(given)?);
        let submitted: Answers = read("answers", submitted)?;
        let answers = &submitted.answers.0;
        let instance = match &submitted.identifiers {
            Some(identifiers) => Instance::from_split(form.clone(), answers, &identifiers.0, &inputs),
            None => Instance::from_answers(form.clone(), answers, &inputs),
        };
        let inner = Inner::open(instance.map_err(form_error)?, 0);
        Ok(Interview { inner, form, typed: BTreeMap::new() })
    }

    /// What to draw.
    #[wasm_bindgen(unchecked_return_type = "Screen")]
    pub fn screen(&mut self, language: &str) -> Js {
        let language = self.form.language(language);
        self.inner.set_language(language);
        let screen = self.inner.screen();
        write(&shape::screen(&self.form, screen, &self.typed, language))
    }

    /// Takes an answer. Text that is no answer of this type shows as a finding `type` and counts as no answer.
    pub fn answer(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Value | null")] value: JsValue,
        path: Option<String>,
    ) -> Result<(), JsValue> {
        let text = match read::<Option<shape::Value>>("answer", value)? {
            None => String::new(),
            Some(shape::Value::One(text)) => text,
            Some(shape::Value::Many(codes)) => codes.join(" "),
        };
        let id = self.inner.id();
        let path = path.unwrap_or_else(|| id.clone());
        if let Some(position) = shape::position_on(&id, &path) {
            return self.inner.name_person(position, &text).map_err(form_error);
        }
        if path != id {
            return Err(error("form/no-such-question", &format!("`{path}` is not on the screen `{id}`")));
        }
        match self.inner.answer(&text) {
            Ok(()) => {
                self.typed.remove(&path);
                Ok(())
            }
            Err(forms::Error::WrongValue { .. }) => {
                self.typed.insert(path, text);
                self.inner.answer("").map_err(form_error)
            }
            Err(other) => Err(form_error(other)),
        }
    }

    /// Says why a warning about the question on the screen is right all the same.
    pub fn confirm(&mut self, reason: &str) {
        self.inner.confirm(reason);
    }

    /// Goes on, whatever is found.
    #[expect(clippy::should_implement_trait, reason = "JavaScript knows it by this name")]
    pub fn next(&mut self) -> bool {
        self.inner.next(true)
    }

    /// Goes back.
    pub fn back(&mut self) -> bool {
        self.inner.back()
    }

    /// Goes to a screen by its path.
    pub fn goto(&mut self, path: &str) -> bool {
        self.inner.goto(path)
    }

    /// An answer by its path, empty for none; nothing where the question is not asked.
    pub fn value(&self, path: &str) -> Option<String> {
        let instance = self.inner.instance();
        instance.is_relevant(path).ok().filter(|asked| *asked)?;
        Some(instance.value(path).ok()?.text())
    }

    /// Adds somebody to the roster.
    #[wasm_bindgen(js_name = addPerson)]
    pub fn add_person(&mut self, repeat: Option<String>, name: Option<String>) -> Result<u32, JsValue> {
        self.on_roster(repeat, |inner| inner.add_person(name.as_deref().unwrap_or_default())).map(|at| at - 1)
    }

    /// Takes somebody off the roster; `index` from 0.
    #[wasm_bindgen(js_name = removePerson)]
    pub fn remove_person(&mut self, index: u32, repeat: Option<String>) -> Result<(), JsValue> {
        self.typed.clear();
        self.on_roster(repeat, |inner| inner.remove_person(index.saturating_add(1)))
    }

    fn on_roster<T>(
        &mut self,
        repeat: Option<String>,
        act: impl FnOnce(&mut Inner) -> forms::Result<T>,
    ) -> Result<T, JsValue> {
        let here = self.inner.id();
        // The roster named is the one on the screen for this one act.
        let elsewhere = repeat.filter(|repeat| !repeat.is_empty() && *repeat != here);
        if let Some(repeat) = &elsewhere {
            self.inner.goto(repeat);
        }
        let done = act(&mut self.inner).map_err(form_error);
        if elsewhere.is_some() {
            self.inner.goto(&here);
        }
        done
    }

    /// All screens with what stands on them.
    #[wasm_bindgen(unchecked_return_type = "OutlineEntry[]")]
    pub fn outline(&mut self, language: &str) -> Js {
        self.inner.set_language(self.form.language(language));
        write(&outline::entries(&self.inner))
    }

    /// Who is what to whom on the roster, as far as it was told.
    #[wasm_bindgen(unchecked_return_type = "Family")]
    pub fn family(&self) -> Js {
        write(&shape::Family::from(self.inner.family()))
    }

    /// A draft.
    pub fn save(&self) -> Vec<u8> {
        self.inner.save()
    }

    /// Ends the interview; it may go on and be finished again.
    #[wasm_bindgen(unchecked_return_type = "FinishedForm")]
    pub fn finish(&mut self, language: &str) -> Js {
        self.inner.set_language(self.form.language(language));
        let finished = self.inner.finish();
        let mut review = self.inner.clone();
        review.goto("review");
        let problems = review.screen().problems;
        let facts = self.form.fact_names().map(str::to_owned).zip(finished.split.facts.iter().copied());
        write(&shape::FinishedForm {
            outcome: finished.outcome.code(),
            findings: problems.into_iter().map(shape::finding).collect(),
            split: shape::Split {
                answers: convert::Bytes(finished.split.answers),
                identifiers: convert::Bytes(finished.split.identifiers),
                facts: shape::Facts(facts.collect()),
            },
        })
    }
}

/// The item a screen's path names, such as `person[2]/d4_sex`: by its name and the name of the repeat it is in, since two
/// repeats may use a name twice.
fn item<'a>(form: &'a Form, path: &str) -> Option<&'a Item> {
    let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
    let within = above.rsplit('/').next().and_then(|part| part.split_once('[')).map(|(repeat, _)| repeat);
    form.definition()
        .items
        .iter()
        .find(|item| item.name == name && repeat_of(form, item).map(|r| r.name.as_str()) == within)
}

/// The nearest repeat an item is in.
fn repeat_of<'a>(form: &'a Form, item: &Item) -> Option<&'a Item> {
    let items = &form.definition().items;
    let mut parent = item.parent;
    while let Some(above) = parent.and_then(|at| items.get(at as usize)) {
        if above.kind == Kind::Repeat {
            return Some(above);
        }
        parent = above.parent;
    }
    None
}

/// The question that names the instances of a repeat, as the engine chooses it: its first text.
fn naming(form: &Form, repeat: &str) -> Option<String> {
    let repeat = item(form, repeat)?;
    let asked = |item: &&Item| item.kind == Kind::Text && !item.is_computed() && !item.read_only;
    let inside = |item: &&Item| repeat_of(form, item).is_some_and(|own| std::ptr::eq(own, repeat));
    form.definition().items.iter().filter(asked).find(inside).map(|item| item.name.clone())
}

fn is_end(kind: ScreenKind) -> bool {
    kind == ScreenKind::Review
}
