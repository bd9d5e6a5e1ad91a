//! Reads a definition from JSON: the names of its fields on the wire. A test reads every form both this way and serde's.

use types::json::{Read, Reader, Unreadable};

use super::{Choice, ChoiceList, Definition, Entity, Item, Kind, Language, Media, Words};
use crate::date::Date;

types::fields!(Definition {
    "format" => format,
    "id" => id,
    "version" => version,
    "unversioned" => unversioned,
    "title" => title,
    "languages" => languages,
    "table" => table,
    "reference_date" => reference_date,
    "settings" => settings,
    "entities" => entities,
    "lists" => lists,
    "items" => items,
});

types::fields!(Entity {
    "list" => list,
    "id" => id,
    "create_if" => create_if,
    "update_if" => update_if,
    "label" => label,
    "parent" => parent,
});

types::fields!(ChoiceList {
    "name" => name,
    "source" => source,
    "value_column" => value_column,
    "label_column" => label_column,
    "columns" => columns,
    "choices" => choices,
});

types::fields!(Choice {
    "name" => name,
    "label" => label,
    "extra" => extra,
    "weight" => weight,
    "media" => media,
});

types::fields!(Item {
    "name" => name,
    "kind" => kind,
    "parent" => parent,
    "type" => type_name,
    "label" => label,
    "hint" => hint,
    "guidance" => guidance,
    "media" => media,
    "parameters" => parameters,
    "attributes" => attributes,
    "save_to" => save_to,
    "appearance" => appearance,
    "relevant" => relevant,
    "required" => required,
    "required_message" => required_message,
    "constraint" => constraint,
    "constraint_message" => constraint_message,
    "check_soft" => check_soft,
    "check_soft_message" => check_soft_message,
    "calculation" => calculation,
    "trigger" => trigger,
    "choice_filter" => choice_filter,
    "repeat_count" => repeat_count,
    "default" => default,
    "read_only" => read_only,
    "identifier" => identifier,
    "fact" => fact,
    "generate" => generate,
});

types::fields!(Language { "name" => name, "code" => code });
types::fields!(Media { "image" => image, "big_image" => big_image, "audio" => audio, "video" => video });

impl Read for Words {
    fn read(&mut self, from: &mut Reader<'_>) -> Result<(), Unreadable> {
        self.0.read(from)
    }
}

impl Read for Date {
    fn read(&mut self, from: &mut Reader<'_>) -> Result<(), Unreadable> {
        self.0.read(from)
    }
}

/// Kinds without a list: their names on the wire.
const KINDS: [(&str, Kind); 20] = [
    ("group", Kind::Group),
    ("repeat", Kind::Repeat),
    ("text", Kind::Text),
    ("integer", Kind::Integer),
    ("decimal", Kind::Decimal),
    ("date", Kind::Date),
    ("year_month", Kind::YearMonth),
    ("geopoint", Kind::Geopoint),
    ("geotrace", Kind::Geotrace),
    ("geoshape", Kind::Geoshape),
    ("time", Kind::Time),
    ("date_time", Kind::DateTime),
    ("image", Kind::Image),
    ("audio", Kind::Audio),
    ("video", Kind::Video),
    ("file", Kind::File),
    ("note", Kind::Note),
    ("calculate", Kind::Calculate),
    ("hidden", Kind::Hidden),
    ("acknowledge", Kind::Acknowledge),
];

/// A name, or an object of a name and the number of the list.
impl Read for Kind {
    fn read(&mut self, from: &mut Reader<'_>) -> Result<(), Unreadable> {
        if from.peek() == Some(b'"') {
            let name = from.text()?;
            let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == name) else { return from.wrong() };
            *self = *kind;
            return Ok(());
        }
        let mut list = 0u16;
        let mut made = None;
        from.object(&mut |name, from| {
            list.read(from)?;
            made = Some(match name {
                "select_one" => Kind::SelectOne(list),
                "select_multiple" => Kind::SelectMultiple(list),
                "rank" => Kind::Rank(list),
                _ => return from.wrong(),
            });
            Ok(())
        })?;
        let Some(kind) = made else { return from.wrong() };
        *self = kind;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(json: &[u8]) -> (Option<Definition>, Option<Definition>) {
        (types::json::read(json).ok(), serde_json::from_slice(json).ok())
    }

    #[test]
    fn every_form_is_read_as_serde_reads_it_and_a_piece_of_one_is_refused() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/forms");
        let mut forms = 0;
        for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
            if file.extension().is_none_or(|ending| ending != "md") {
                continue;
            }
            let text = std::fs::read_to_string(file).unwrap();
            let (Some(form), _) = crate::compile(&crate::workbook::from_markdown(&text).0) else { continue };
            let json = form.to_bytes();
            let (ours, serdes) = both(&json);
            assert!(ours.is_some() && ours == serdes, "{}", form.id());
            for end in (0..json.len()).step_by(97) {
                assert_eq!(both(&json[..end]), (None, None));
            }
            let spread = serde_json::to_vec_pretty(form.definition()).unwrap();
            assert!(both(&spread).0 == serdes, "{} with white space", form.id());
            forms += 1;
        }
        assert!(forms > 60);
    }

    #[test]
    fn every_field_and_every_kind_has_its_name() {
        let kinds = KINDS.iter().map(|(_, kind)| *kind);
        let listed = [Kind::SelectOne(1), Kind::SelectMultiple(2), Kind::Rank(3)];
        let text = |n: usize| format!("text {n}");
        let words = |n: usize| Words(vec![text(n), format!("\"王\\\n{n}")]);
        let media = || Some(Box::new(Media { image: words(1), big_image: words(2), audio: words(3), video: words(4) }));
        let item = |kind| Item {
            name: text(1),
            kind,
            parent: Some(4),
            type_name: text(2),
            label: words(1),
            hint: words(2),
            guidance: words(3),
            media: media(),
            parameters: vec![(text(3), text(4))],
            attributes: vec![(text(5), text(6)), (text(7), text(8))],
            save_to: text(9),
            appearance: text(10),
            relevant: text(11),
            required: text(12),
            required_message: words(4),
            constraint: text(13),
            constraint_message: words(5),
            check_soft: text(14),
            check_soft_message: words(6),
            calculation: text(15),
            trigger: vec![text(16)],
            choice_filter: text(17),
            repeat_count: text(18),
            default: text(19),
            read_only: true,
            identifier: true,
            fact: text(20),
            generate: text(21),
        };
        let choice = Choice { name: text(1), label: words(1), extra: vec![text(2)], weight: Some(0.1), media: media() };
        let list = ChoiceList {
            name: text(1),
            source: text(2),
            value_column: text(3),
            label_column: text(4),
            columns: vec![text(5)],
            choices: vec![choice],
        };
        let entity = Entity {
            list: text(1),
            id: text(2),
            create_if: text(3),
            update_if: text(4),
            label: text(5),
            parent: Some(3),
        };
        let definition = Definition {
            format: text(1),
            id: text(2),
            version: text(3),
            unversioned: true,
            title: words(1),
            languages: vec![Language { name: text(4), code: text(5) }],
            table: text(6),
            reference_date: Some(Date(-3)),
            settings: vec![(text(7), text(8))],
            entities: vec![entity],
            lists: vec![list],
            items: kinds.chain(listed).map(item).collect(),
        };
        let json = serde_json::to_vec(&definition).unwrap();
        assert_eq!(both(&json), (Some(definition.clone()), Some(definition)));
    }
}
