//! XML of secondary instances: `<root><item><name>…</name><label>…</label></item>…</root>`.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::Rows;

const DEPTH_MAX: usize = 64;

pub(super) fn read(text: &str) -> Result<Rows, String> {
    let mut reader = Reader::from_str(text);
    let mut records: Vec<Vec<(String, String)>> = Vec::new();
    // Elements around the place of reading: the root, an item, a column, and what may be inside that.
    let mut depth = 0;
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            Event::Start(element) => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return Err("it is nested too deep".into());
                }
                open(depth, element.local_name().as_ref(), &mut records);
            }
            Event::Empty(element) => open(depth + 1, element.local_name().as_ref(), &mut records),
            Event::End(_) => {
                if depth == 3
                    && let Some((_, value)) = records.last_mut().and_then(|r| r.last_mut())
                {
                    *value = value.trim().to_owned();
                }
                depth -= 1;
            }
            Event::Text(text) => add(depth, &text.xml10_content(), &mut records),
            Event::CData(text) => add(depth, &text.xml10_content(), &mut records),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(|e| e.to_string())? {
                    Some(character) => character.to_string(),
                    None => {
                        let name = reference.xml10_content();
                        let known = quick_xml::escape::resolve_xml_entity(&name);
                        known.ok_or_else(|| format!("`&{name};` stands for nothing"))?.to_owned()
                    }
                };
                add(depth, &character, &mut records);
            }
            Event::Eof if depth > 0 => return Err("it ends inside an element".into()),
            Event::Eof => return Rows::from_named(records),
            _ => {}
        }
    }
}

fn open(depth: usize, name: &str, records: &mut Vec<Vec<(String, String)>>) {
    match (depth, records.last_mut()) {
        (2, _) => records.push(Vec::new()),
        (3, Some(record)) => record.push((name.to_owned(), String::new())),
        _ => {}
    }
}

fn add(depth: usize, text: &str, records: &mut [Vec<(String, String)>]) {
    if depth == 3
        && let Some((_, value)) = records.last_mut().and_then(|r| r.last_mut())
    {
        value.push_str(text);
    }
}
