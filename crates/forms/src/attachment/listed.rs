//! Which bytes the files of a form are: their digests, listed with it when it is published. So a version of a form has one
//! version of each code list, picture and sound, and whoever has the form can ask for them by digest.

use crate::compile::link;
use crate::diagnostic::Place;
use crate::form::Form;

/// The setting that lists them: a line a file, the digest and the name.
const SETTING: &str = "files";

impl Form {
    /// Pictures, sounds and films that go with labels, each name once.
    pub fn media(&self) -> Vec<&str> {
        let of_items = self.definition.items.iter().filter_map(|item| item.media.as_deref());
        let of_choices = self.definition.lists.iter().flat_map(|list| &list.choices).filter_map(|c| c.media.as_deref());
        let mut names: Vec<&str> = Vec::new();
        for media in of_items.chain(of_choices) {
            for words in [&media.image, &media.big_image, &media.audio, &media.video] {
                for name in words.0.iter().filter(|name| !name.is_empty()) {
                    if !names.contains(&name.as_str()) {
                        names.push(name);
                    }
                }
            }
        }
        names
    }

    /// The form with its files listed, names and digests as text. It is another form by its bytes and fingerprint.
    pub fn with_files_listed(&self, files: &[(String, String)]) -> Form {
        let mut definition = self.definition.clone();
        definition.settings.retain(|(name, _)| name != SETTING);
        if !files.is_empty() {
            let lines: Vec<String> = files.iter().map(|(name, digest)| format!("{digest} {name}")).collect();
            definition.settings.push((SETTING.into(), lines.join("\n")));
        }
        let (compiled, _) = link(&definition, &|_, _| Place::default());
        Form::new(definition, compiled)
    }

    /// Files that are listed: names and digests.
    pub fn files_listed(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.definition.setting(SETTING).lines();
        lines.filter_map(|line| line.split_once(' ').map(|(digest, name)| (name, digest)))
    }
}
