//! A row's cells by column, in the order of the columns; a column such as `label::French` is a cell inside `label`.

/// What a column holds: a text, or texts by the next part of the header (a language, an attribute, a kind of media).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Text(String),
    Map(Fields),
}

impl Cell {
    pub fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            Cell::Map(_) => None,
        }
    }

    pub fn map(&self) -> Option<&Fields> {
        match self {
            Cell::Text(_) => None,
            Cell::Map(map) => Some(map),
        }
    }

    /// Applies `f` to every text, with the key that leads to it.
    pub fn each_text(&mut self, key: &str, f: &mut impl FnMut(&str, &mut String)) {
        match self {
            Cell::Text(text) => f(key, text),
            Cell::Map(map) => map.each_text(f),
        }
    }
}

/// Cells by key, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, Cell)>);

impl Fields {
    pub fn get(&self, key: &str) -> Option<&Cell> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, cell)| cell)
    }

    /// The text of a key that holds one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Cell::text)
    }

    /// The cells of a key that holds some.
    pub fn map(&self, key: &str) -> Option<&Fields> {
        self.get(key).and_then(Cell::map)
    }

    pub fn set(&mut self, key: &str, cell: Cell) {
        match self.0.iter_mut().find(|(k, _)| k == key) {
            Some((_, old)) => *old = cell,
            None => self.0.push((key.to_owned(), cell)),
        }
    }

    pub fn set_text(&mut self, key: &str, text: impl Into<String>) {
        self.set(key, Cell::Text(text.into()));
    }

    pub fn remove(&mut self, key: &str) -> Option<Cell> {
        let at = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(at).1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Cell)> {
        self.0.iter().map(|(key, cell)| (key.as_str(), cell))
    }

    /// The cells that are texts.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter_map(|(key, cell)| cell.text().map(|text| (key, text)))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn each_text(&mut self, f: &mut impl FnMut(&str, &mut String)) {
        for (key, cell) in &mut self.0 {
            cell.each_text(key, f);
        }
    }

    /// Adds a cell at a path of keys. Where a text and translations meet, the text becomes the translation of
    /// `language`, unless there is one already.
    pub fn merge(&mut self, path: &[String], text: String, language: &str) {
        let [key, rest @ ..] = path else { return };
        let [_, ..] = rest else {
            match self.0.iter_mut().find(|(k, _)| k == key) {
                Some((_, Cell::Map(map))) => {
                    if map.get(language).is_none() {
                        map.set_text(language, text);
                    }
                }
                _ => self.set_text(key, text),
            }
            return;
        };
        if self.get(key).is_none() {
            self.0.push((key.clone(), Cell::Map(Fields::default())));
        }
        let Some((_, cell)) = self.0.iter_mut().find(|(k, _)| k == key) else { return };
        if let Cell::Text(old) = cell {
            let mut map = Fields::default();
            map.set_text(language, std::mem::take(old));
            // A translation in the language of the bare column replaces it.
            *cell = Cell::Map(if rest.len() == 1 && rest[0] == language { Fields::default() } else { map });
        }
        if let Cell::Map(map) = cell {
            map.merge(rest, text, language);
        }
    }
}

impl FromIterator<(String, Cell)> for Fields {
    fn from_iter<T: IntoIterator<Item = (String, Cell)>>(cells: T) -> Fields {
        Fields(cells.into_iter().collect())
    }
}
