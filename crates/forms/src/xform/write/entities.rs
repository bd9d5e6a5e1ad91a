//! Entities the form makes or changes: which they are, and in which group their `meta/entity` node goes.
//!
//! Source: ODK XForms, Entities; the choice of group is pyxform's. A declaration belongs to the deepest repeat it is
//! written from (`save_to`, or a reference in its own columns), and as deep inside that as its `save_to` questions
//! share a group, one declaration a group.

use super::fields::Fields;
use super::grid::Grid;
use super::item::{Action, FIRST_LOAD, Item, NEW_REPEAT};
use super::names::{is_name, references};
use crate::diagnostic::Diagnostic;
use crate::workbook::{Sheet, Workbook};

/// A group on the way to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Container {
    pub name: String,
    pub repeat: bool,
    pub group: bool,
}

/// Where something about an entity stands.
struct Source {
    path: Vec<Container>,
    /// Row of the survey sheet.
    row: u32,
    /// Whether it is a `save_to`, rather than a question the declaration refers to.
    saves: bool,
}

struct Declaration {
    row: u32,
    dataset: String,
    fields: Fields,
    variables: Vec<String>,
    sources: Vec<Source>,
}

/// The rows of the entities sheet.
#[derive(Default)]
pub(super) struct Declarations {
    all: Vec<Declaration>,
    /// Declarations in the order they are first written from.
    used: Vec<usize>,
}

/// The part of a path that ends with its last repeat.
fn scope(path: &[Container]) -> &[Container] {
    &path[..path.iter().rposition(|c| c.repeat).map_or(0, |at| at + 1)]
}

/// How deep a path is: repeats on it, then groups after the last of them.
fn depth(path: &[Container]) -> (usize, usize) {
    (path.iter().filter(|c| c.repeat).count(), path.len() - scope(path).len())
}

/// A declaration looking for its group.
struct Request {
    declaration: usize,
    scope: Vec<Container>,
    wanted: Vec<Container>,
    saved_from: Vec<Vec<Container>>,
}

impl Declarations {
    pub fn read(grid: Grid, sheet: &Sheet, diagnostics: &mut Vec<Diagnostic>) -> Declarations {
        let mut all: Vec<Declaration> = Vec::new();
        for (row, fields) in grid.rows {
            let dataset = fields.text("list_name").unwrap_or_default().to_owned();
            let text = |key| fields.text(key);
            let (id, create, update) = (text("entity_id"), text("create_if"), text("update_if"));
            let wrong = if !is_name(&dataset) || dataset.starts_with("__") || dataset.contains('.') {
                Some(("form/bad-name", "the list of an entity is a name, without full stops"))
            } else if all.iter().any(|other| other.dataset == dataset) {
                Some(("form/duplicate-entity-list", "this list has a row already"))
            } else if id.is_none() && update.is_some() {
                Some(("form/entity-without-id", "`update_if` needs an `entity_id`"))
            } else if id.is_some() && create.is_some() && update.is_none() {
                Some(("form/entity-without-update-if", "`create_if` beside an `entity_id` needs an `update_if`"))
            } else if id.is_none() && text("label").is_none() {
                Some(("form/entity-without-label", "a new entity needs a `label`"))
            } else {
                None
            };
            if let Some((code, message)) = wrong {
                diagnostics.push(Diagnostic::error(code, sheet.place(row, None), message));
                continue;
            }
            let columns = [id, create, update, text("label")];
            let mut variables: Vec<String> = Vec::new();
            for reference in columns.into_iter().flatten().flat_map(references) {
                if !variables.iter().any(|v| v == reference.name) {
                    variables.push(reference.name.to_owned());
                }
            }
            all.push(Declaration { row, dataset, fields, variables, sources: Vec::new() });
        }
        Declarations { all, used: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Notes what a survey row has to do with the entities. The list before a `#` leaves its `save_to`.
    pub fn note(&mut self, item: &mut Item, path: &[Container], row: u32) -> Result<(), String> {
        let mut found = Vec::new();
        let save_to = item.bind.as_ref().and_then(|bind| bind.text("entities:saveto")).map(str::to_owned);
        if let Some(save_to) = save_to {
            let (list, property) = match save_to.split_once('#') {
                Some((list, property)) => (Some(list), property),
                None => (None, save_to.as_str()),
            };
            let at = match (list, self.all.as_slice()) {
                (_, []) => return Err("`save_to` needs an entities sheet".into()),
                (Some(list), all) => {
                    all.iter().position(|d| d.dataset == list).ok_or("`save_to` names no entity list")?
                }
                (None, [_]) => 0,
                (None, _) => return Err("with several entity lists, `save_to` says which: `list#property`".into()),
            };
            if !is_name(property) || property.starts_with("__") || matches!(property, "name" | "label") {
                return Err(format!("`{property}` cannot be a property of an entity"));
            }
            item.bind_mut().set_text("entities:saveto", property);
            found.push((at, true));
        }
        let named = |declaration: &Declaration| declaration.variables.contains(&item.name);
        found.extend(self.all.iter().enumerate().filter(|(_, d)| named(d)).map(|(at, _)| (at, false)));
        for (at, saves) in found {
            if self.all[at].sources.is_empty() {
                self.used.push(at);
            }
            self.all[at].sources.push(Source { path: path.to_vec(), row, saves });
        }
        Ok(())
    }

    /// Puts every declaration's node in its group. The result is the version of the entities specification.
    pub fn place(
        mut self,
        root: &mut Item,
        book: &Workbook,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'static str> {
        if self.is_empty() {
            return None;
        }
        let mut placed = self.allocate(book, diagnostics);
        let nested = placed.iter().any(|(path, _)| path.iter().any(|c| c.repeat));
        let version = if self.all.len() > 1 || nested { "2025.1.0" } else { "2024.1.0" };
        self.inject(root, &[], &mut placed, false);
        Some(version)
    }

    fn allocate(&self, book: &Workbook, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Vec<Container>, usize)> {
        let mut requests: Vec<Request> = self.used.iter().map(|at| self.request(*at)).collect();
        for request in &requests {
            self.check_scope(request, book, diagnostics);
        }
        let unused = (0..self.all.len()).filter(|at| !self.used.contains(at));
        requests.extend(unused.map(|declaration| Request {
            declaration,
            scope: Vec::new(),
            wanted: Vec::new(),
            saved_from: Vec::new(),
        }));
        if let [only] = requests.as_slice()
            && only.scope.is_empty()
        {
            return vec![(Vec::new(), only.declaration)];
        }
        let mut placed: Vec<(Vec<Container>, usize)> = Vec::new();
        let mut reserved: Vec<(Vec<Container>, usize)> = Vec::new();
        let mut scopes: Vec<Vec<Container>> = Vec::new();
        for request in &requests {
            if !scopes.contains(&request.scope) {
                scopes.push(request.scope.clone());
            }
        }
        for scope in scopes {
            let mut here: Vec<&Request> = requests.iter().filter(|request| request.scope == scope).collect();
            here.sort_by_key(|request| self.all[request.declaration].row);
            for request in here {
                let taken = |path: &[Container]| reserved.iter().any(|(other, _)| other == path);
                let saves_elsewhere = request.saved_from.iter().any(|path| taken(path));
                let depths = (scope.len()..=request.wanted.len()).rev();
                let free = depths.map(|len| &request.wanted[..len]).find(|path| saves_elsewhere || !taken(path));
                match free.filter(|path| !taken(path)) {
                    Some(path) => {
                        let path = path.to_vec();
                        for from in &request.saved_from {
                            let between = path.len()..=from.len();
                            reserved.extend(between.map(|len| (from[..len].to_vec(), request.declaration)));
                        }
                        reserved.push((path.clone(), request.declaration));
                        placed.push((path, request.declaration));
                    }
                    None => {
                        let (code, message) = if request.wanted.len() < scope.len() {
                            let message =
                                "the questions this entity is made of share no group of the repeat they are in";
                            ("form/entity-scope", message)
                        } else {
                            ("form/entity-place", "another entity list has the group this one needs")
                        };
                        let place = book.entities.place(self.all[request.declaration].row, None);
                        diagnostics.push(Diagnostic::error(code, place, message));
                    }
                }
            }
        }
        placed
    }

    fn request(&self, declaration: usize) -> Request {
        let sources = &self.all[declaration].sources;
        // The deepest repeat of all, and within it the deepest place, those of `save_to` before others.
        let repeats = |source: &Source| depth(&source.path).0;
        let mut scope_of = &sources[0];
        for source in sources {
            if repeats(source) > repeats(scope_of) {
                scope_of = source;
            }
        }
        let scope_path = scope(&scope_of.path);
        let deepest = |saves: bool| {
            let mut best: Option<&Source> = None;
            for source in sources.iter().filter(|s| (!saves || s.saves) && scope(&s.path) == scope_path) {
                if best.is_none_or(|best| depth(&source.path).1 > depth(&best.path).1) {
                    best = Some(source);
                }
            }
            best
        };
        let mut saved_from: Vec<Vec<Container>> = Vec::new();
        for source in sources.iter().filter(|source| source.saves) {
            if !saved_from.contains(&source.path) {
                saved_from.push(source.path.clone());
            }
        }
        let wanted = match (saved_from.as_slice(), deepest(true).or(sources.iter().find(|s| s.saves))) {
            ([first, others @ ..], Some(saving)) if !others.is_empty() => {
                let len = saved_from.iter().map(Vec::len).min().unwrap_or(0);
                // As in pyxform, it is the last difference that counts.
                let differs = |at: &usize| others.iter().any(|other| other[*at] != first[*at]);
                let shared = &first[..(0..len).rev().find(differs).unwrap_or(len)];
                let boundary = scope(&saving.path);
                if depth(shared) > depth(boundary) { shared } else { boundary }.to_vec()
            }
            ([only], _) => only.clone(),
            _ => deepest(false).map(|source| source.path.clone()).unwrap_or_default(),
        };
        Request { declaration, scope: scope_path.to_vec(), wanted, saved_from }
    }

    /// An entity is made of one instance of each repeat it is in: it cannot also be written from another repeat, nor
    /// its properties from outside.
    fn check_scope(&self, request: &Request, book: &Workbook, diagnostics: &mut Vec<Diagnostic>) {
        let declaration = &self.all[request.declaration];
        for source in &declaration.sources {
            let own = scope(&source.path);
            if request.scope.starts_with(own) && (!source.saves || scope(&request.wanted) == own) {
                continue;
            }
            let (place, what) = if source.saves {
                (book.survey.place(source.row, None), "this `save_to`")
            } else {
                (book.entities.place(declaration.row, None), "a question this row refers to")
            };
            let message = format!("{what} is in another repeat than the rest of `{}`", declaration.dataset);
            diagnostics.push(Diagnostic::error("form/entity-scope", place, message));
        }
    }

    fn inject(
        &mut self,
        item: &mut Item,
        path: &[Container],
        placed: &mut Vec<(Vec<Container>, usize)>,
        repeats: bool,
    ) {
        if let Some(at) = placed.iter().position(|(other, _)| other == path) {
            let (_, declaration) = placed.remove(at);
            item.children.push(Item::meta(vec![self.all[declaration].item(repeats)]));
        }
        let mut repeats = repeats;
        for child in &mut item.children {
            let (repeat, group) = (child.kind == "repeat", child.kind == "group");
            if !repeat && !group {
                continue;
            }
            // As in pyxform, what follows a repeat counts as in it.
            repeats |= repeat;
            let mut path = path.to_vec();
            path.push(Container { name: child.name.clone(), repeat, group });
            if placed.iter().any(|(other, _)| other.starts_with(&path)) {
                self.inject(child, &path, placed, repeats);
            }
        }
    }
}

impl Declaration {
    /// The `entity` node. In a repeat, every new instance gets an id of its own.
    fn item(&self, in_repeat: bool) -> Item {
        let attribute = |name: &str, value: &str| Item { value: value.into(), ..Item::new(name, "attribute") };
        let computed = |mut item: Item, calculate: Option<&str>| {
            let bind = item.bind_mut();
            for (key, value) in [("calculate", calculate), ("readonly", Some("true()")), ("type", Some("string"))] {
                if let Some(value) = value {
                    bind.set_text(key, value);
                }
            }
            item
        };
        let text = |key| self.fields.text(key);
        let when = |item: Item, condition: Option<&str>| match condition {
            Some(condition) => computed(item, Some(condition)),
            None => item,
        };
        let mut entity = Item::new("entity", "entity");
        let children = &mut entity.children;
        children.push(attribute("dataset", &self.dataset));
        let id = text("entity_id");
        if id.is_none() || text("create_if").is_some() {
            children.push(when(attribute("create", "1"), text("create_if")));
        }
        let mut own_id = computed(attribute("id", ""), id);
        if let Some(id) = id {
            children.push(when(attribute("update", "1"), text("update_if")));
            let entity = format!("instance('{}')/root/item[name={id}]", self.dataset);
            for (name, column) in
                [("baseVersion", "__version"), ("trunkVersion", "__trunkVersion"), ("branchId", "__branchId")]
            {
                children.push(computed(attribute(name, ""), Some(&format!("{entity}/{column}"))));
            }
        } else {
            own_id.actions.push(Action::set_value(FIRST_LOAD, Some("uuid()")));
            if in_repeat {
                own_id.actions.push(Action::set_value(NEW_REPEAT, Some("uuid()")));
            }
        }
        children.push(own_id);
        if let Some(label) = text("label") {
            children.push(computed(Item::new("label", "label"), Some(label)));
        }
        entity
    }
}
