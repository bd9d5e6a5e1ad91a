//! A compiled form.

use crate::compile::link;
use crate::definition::{Definition, FORMAT, Item, Kind, Language};
use crate::diagnostic::Place;
use crate::error::{Error, Result};
use crate::program::Compiled;

/// More items, lists or choices than this are refused.
pub(crate) const ITEMS_MAX: usize = 60_000;
/// Groups and repeats inside each other, at most.
pub(crate) const DEPTH_MAX: usize = 32;

/// A form ready to be filled and checked. Immutable; share it in an `Arc`.
#[derive(Debug)]
pub struct Form {
    pub(crate) definition: Definition,
    pub(crate) compiled: Compiled,
    pub(crate) fingerprint: u32,
    /// Items by scope, then by name, then in order: what paths are made of.
    names: Vec<u32>,
    bytes: Vec<u8>,
    /// Nodes by name for reading XML, made when first needed.
    #[cfg(feature = "xml")]
    pub(crate) tree: std::sync::OnceLock<crate::xform::submission::Tree>,
}

impl Form {
    pub(crate) fn new(definition: Definition, compiled: Compiled) -> Form {
        // A definition holds numbers, texts and lists only, all of which JSON can write.
        let bytes = match definition.lists.iter().any(|l| l.is_open() && !l.choices.is_empty()) {
            true => serde_json::to_vec(&without_rows(&definition)).unwrap_or_default(),
            false => serde_json::to_vec(&definition).unwrap_or_default(),
        };
        Form::of(definition, compiled, bytes)
    }

    /// The same form, compiled with the rows of files it asks for.
    pub(crate) fn relinked(&self, definition: Definition, compiled: Compiled) -> Form {
        Form::of(definition, compiled, self.bytes.clone())
    }

    /// A form and the bytes it was published as.
    fn of(definition: Definition, compiled: Compiled, bytes: Vec<u8>) -> Form {
        let mut names: Vec<u32> = (0..definition.items.len() as u32).collect();
        names.sort_by_key(|i| (compiled.nodes[*i as usize].scope, definition.items[*i as usize].name.as_str()));
        Form {
            definition,
            compiled,
            fingerprint: bytes.iter().fold(0x811C_9DC5, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193)),
            names,
            bytes,
            #[cfg(feature = "xml")]
            tree: std::sync::OnceLock::new(),
        }
    }

    /// Reads what [`Form::to_bytes`] wrote, in this or an older version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Form> {
        let definition: Definition = types::json::read(bytes).map_err(Error::NotAForm)?;
        if definition.format != FORMAT {
            return Err(Error::UnknownFormat { found: definition.format });
        }
        verify(&definition)?;
        let (compiled, _) = link(&definition, &|_, _| Place::default());
        // Answers are bound to the bytes the office published, not to how this version would write them.
        Ok(Form::of(definition, compiled, bytes.to_vec()))
    }

    /// The form as self-describing JSON (`"format":"quipu-form/1"`): expressions as text, so any later version can
    /// compile them again. The same form always gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The same, without a copy.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// `form_id` of the settings.
    pub fn id(&self) -> &str {
        &self.definition.id
    }

    /// `version` of the settings.
    pub fn version(&self) -> &str {
        &self.definition.version
    }

    /// The title in a language.
    pub fn title(&self, language: usize) -> &str {
        self.definition.title.get(language)
    }

    /// Languages, the default one first. Indexes into this are what `language` means elsewhere.
    pub fn languages(&self) -> &[Language] {
        &self.definition.languages
    }

    /// The language with this code (`zh`), or 0.
    pub fn language(&self, code: &str) -> usize {
        self.definition.languages.iter().position(|l| l.code == code || l.name == code).unwrap_or(0)
    }

    /// What the form is made of, for codebooks and tools.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// A number bound to the exact bytes of the form; answers carry it.
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// Names of the facts, in the order of [`crate::Checked::facts`].
    pub fn fact_names(&self) -> impl Iterator<Item = &str> {
        self.compiled.facts.iter().map(|(name, _)| name.as_str())
    }

    /// The item with this index; indexes come from findings and screens.
    pub fn item(&self, index: u32) -> Option<&Item> {
        self.definition.items.get(index as usize)
    }

    /// The first item of a scope with a name.
    pub(crate) fn named(&self, scope: u16, name: &str) -> Option<u32> {
        let key = |i: u32| (self.compiled.nodes[i as usize].scope, self.definition.items[i as usize].name.as_str());
        let found = self.names.get(self.names.partition_point(|i| key(*i) < (scope, name))).copied();
        found.filter(|i| key(*i) == (scope, name))
    }

    pub(crate) fn kind(&self, item: u32) -> Kind {
        self.definition.items[item as usize].kind
    }
}

/// The definition as it travels: rows of files beside the form do not.
fn without_rows(definition: &Definition) -> Definition {
    let mut definition = definition.clone();
    for list in definition.lists.iter_mut().filter(|l| l.is_open()) {
        (list.columns, list.choices) = (Vec::new(), Vec::new());
    }
    definition
}

fn verify(definition: &Definition) -> Result<()> {
    let damaged = |what: String| Err(Error::DamagedForm(what));
    if definition.items.len() > ITEMS_MAX || definition.lists.len() > ITEMS_MAX {
        return damaged("too many items or lists".into());
    }
    if definition.languages.is_empty() {
        return damaged("no language".into());
    }
    for list in &definition.lists {
        if list.choices.iter().any(|c| c.extra.len() != list.columns.len()) {
            return damaged(format!("the columns of the list `{}`", list.name));
        }
    }
    let mut depths: Vec<usize> = Vec::new();
    for (i, item) in definition.items.iter().enumerate() {
        let depth = item.parent.and_then(|p| depths.get(p as usize)).map_or(0, |d| d + 1);
        if depth > DEPTH_MAX {
            return damaged(format!("`{}` is nested too deep", item.name));
        }
        depths.push(depth);
        if let Some(parent) = item.parent {
            let group = definition.items.get(parent as usize).is_some_and(|p| p.kind.is_group());
            if parent as usize >= i || !group {
                return damaged(format!("the group of `{}`", item.name));
            }
        }
        if item.kind.list().is_some_and(|list| list as usize >= definition.lists.len()) {
            return damaged(format!("the list of `{}`", item.name));
        }
    }
    Ok(())
}
