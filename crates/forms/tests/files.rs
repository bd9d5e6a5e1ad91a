//! Choices from files beside the form.

use std::sync::Arc;

use expect_test::{Expect, expect};
use forms::generator::{Mix, generate};
use forms::{Form, Inputs, Instance, Value, compile_with, workbook};

const FORM: &str = "
| survey |
| | type | name | label | choice_filter | parameters | appearance |
| | text | district | District | | | |
| | select_one_from_file villages.csv | village | Village | district = ${district} | value=code label=title | |
| | select_multiple_from_file wells.geojson | wells | Wells | | | |
| | select_one fruits | fruit | Fruit | | | search('prices') |
| choices |
| | list_name | name | label |
| | fruits | fruit_key | fruit_name |";

const VILLAGES: &[u8] = b"code,title,district\n11,Upper,A\n12,Lower,A\n21,Far,B\n";
const WELLS: &[u8] = br#"{"features":[{"id":"w1","properties":{"title":"Old"}},{"id":"w2","properties":{}}]}"#;

fn compiled(files: &[(&str, &[u8])], expected: Expect) -> Arc<Form> {
    let (form, mistakes) = compile_with(&workbook::from_markdown(FORM).0, files);
    expected.assert_eq(&mistakes.iter().map(|m| format!("{m}\n")).collect::<String>());
    Arc::new(form.unwrap())
}

fn found(instance: &mut Instance) -> Vec<String> {
    let form = instance.form().clone();
    instance.findings().iter().map(|f| format!("{} {:?}", form.item(f.item).unwrap().name, f.kind)).collect()
}

fn without() -> Arc<Form> {
    compiled(
        &[],
        expect![[r#"
            form/missing-file  survey!B3: the file `villages.csv` is not here, so nothing is checked against it
            form/missing-file  survey!B4: the file `wells.geojson` is not here, so nothing is checked against it
            form/missing-file  survey!B5: the file `prices.csv` is not here, so nothing is checked against it
        "#]],
    )
}

#[test]
fn a_form_without_its_files_takes_any_name_and_keeps_it() {
    let form = without();
    assert_eq!(form.files(), ["prices.csv", "villages.csv", "wells.geojson"]);
    let mut instance = Instance::new(form.clone(), &Inputs::default());
    instance.set("village", &"12".into()).unwrap();
    instance.set("wells", &"w2 w9 w2".into()).unwrap();
    instance.set("fruit", &"mango".into()).unwrap();
    assert_eq!(found(&mut instance), Vec::<String>::new());
    let again = Instance::from_answers(form, &instance.to_answers(), &Inputs::default()).unwrap();
    assert_eq!(again.value("village").unwrap(), Value::Choice("12".into()));
    assert_eq!(again.value("wells").unwrap(), Value::Choices(vec!["w2".into(), "w9".into()]));
    assert_eq!(again.value("fruit").unwrap(), Value::Choice("mango".into()));
}

#[test]
fn a_file_given_later_checks_answers_given_before() {
    let bare = without();
    let mut early = Instance::new(bare.clone(), &Inputs::default());
    for (name, value) in [("district", "B"), ("village", "12"), ("wells", "w1 w9")] {
        early.set(name, &value.into()).unwrap();
    }
    let answers = early.to_answers();
    assert!(bare.check(&answers).unwrap().findings.is_empty());
    let form = bare.attach("villages.csv", VILLAGES).unwrap().attach("media/wells.geojson", WELLS).unwrap();
    assert_eq!((form.to_bytes(), form.fingerprint()), (bare.to_bytes(), bare.fingerprint()));
    let form = Arc::new(form);
    // The village is in another district, and there is no well w9; both answers are kept.
    let mut instance = Instance::from_answers(form.clone(), &answers, &Inputs::default()).unwrap();
    assert_eq!(found(&mut instance), ["village Choice", "wells Choice"]);
    assert_eq!(instance.value("wells").unwrap().text(), "w1 w9");
    assert_eq!(form.check(&answers).unwrap().findings.len(), 2);
    assert!(instance.set("village", &"99".into()).is_err());
    instance.set("village", &"21".into()).unwrap();
    instance.set("wells", &"w2".into()).unwrap();
    assert_eq!(found(&mut instance), Vec::<String>::new());
    // What was answered with the file is read without it.
    let plain = Instance::from_answers(bare, &instance.to_answers(), &Inputs::default()).unwrap();
    assert_eq!(plain.value("village").unwrap().text(), "21");
}

#[test]
fn a_form_compiled_with_its_files_travels_without_their_rows() {
    let files =
        [("villages.csv", VILLAGES), ("wells.geojson", WELLS), ("prices.csv", &b"fruit_key,fruit_name\nm,Mango\n"[..])];
    let form = compiled(&files, expect![""]);
    let list = form.definition().lists.iter().find(|l| l.name == "villages").unwrap();
    let choice = &list.choices[2];
    assert_eq!((choice.name.as_str(), choice.label.get(0), list.columns.len()), ("21", "Far", 3));
    assert_eq!(form.definition().lists[0].choices[0].label.get(0), "Mango");
    let bytes = form.to_bytes();
    assert!(!String::from_utf8_lossy(&bytes).contains("Mango"));
    let travelled = Form::from_bytes(&bytes).unwrap();
    assert_eq!(travelled.fingerprint(), form.fingerprint());
    assert!(travelled.definition().lists.iter().all(|l| l.choices.is_empty()));
    for seed in 0..20 {
        let mut instance = generate(&form, seed, &Mix::default());
        assert_eq!(found(&mut instance), Vec::<String>::new());
    }
}

#[test]
fn files_that_do_not_fit_are_told() {
    let files: [(&str, &[u8]); 3] =
        [("villages.csv", b"name,label\n1,One\n"), ("wells.geojson", b"{}"), ("prices.csv", b"fruit_key\n")];
    compiled(
        &files,
        expect![[r#"
            form/bad-file  survey!B3: the file `villages.csv` cannot be used: it has no column `code` to take choices from
            form/bad-file  survey!B4: the file `wells.geojson` cannot be used: it is no GeoJSON FeatureCollection
        "#]],
    );
    assert!(without().attach("other.csv", b"name\n").is_err());
}

#[test]
fn digests_of_files_are_listed_with_the_form_and_the_rows_are_not() {
    let table = "
        | survey |
        | | type | name | label | media::image | media::audio |
        | | select_one_from_file villages.csv | village | Village | map.png | village.mp3 |
        | | select_one crop | crop | Crop | | |
        | choices |
        | | list_name | name | label | media::image |
        | | crop | rice | Rice | rice.png |
        | | crop | none | None | map.png |";
    let (form, _) =
        compile_with(&workbook::from_markdown(table).0, &[("villages.csv", b"name,label\n11,Upper\n".as_slice())]);
    let form = form.unwrap();
    assert_eq!((form.files(), form.media()), (vec!["villages.csv"], vec!["map.png", "village.mp3", "rice.png"]));
    let listed = form.with_files_listed(&[("villages.csv".into(), "ab12".into()), ("my map.png".into(), "cd".into())]);
    assert_ne!(listed.fingerprint(), form.fingerprint());
    let again = Form::from_bytes(&listed.to_bytes()).unwrap();
    assert_eq!(again.files_listed().collect::<Vec<_>>(), [("villages.csv", "ab12"), ("my map.png", "cd")]);
    assert!(!String::from_utf8(listed.to_bytes()).unwrap().contains("Upper"));
    assert_eq!(listed.with_files_listed(&[]).to_bytes(), form.to_bytes());
}

const DRUGS: &[u8] = b"key,title,clinic,brand\nasp,Aspirin,A,Bayer\npar,Paracetamol,A,Panadol\nibu,Ibuprofen,B,Aspro\n";

/// The rows that a search in an appearance leaves, of drugs of the clinics A and B.
fn searched(appearance: &str, answers: &[(&str, &str)]) -> Vec<String> {
    let table = format!(
        "| survey |
         | | type | name | label | appearance |
         | | text | typed | Typed | |
         | | text | clinic | Clinic | |
         | | select_one drugs | drug | Drug | {appearance} |
         | choices |
         | | list_name | name | label |
         | | drugs | key | title |"
    );
    let (form, mistakes) = compile_with(&workbook::from_markdown(&table).0, &[("drugs.csv", DRUGS)]);
    assert!(forms::is_sound(&mistakes), "{mistakes:?}");
    let mut instance = Instance::new(Arc::new(form.unwrap()), &Inputs::default());
    for (path, value) in answers {
        instance.set(path, &Value::from(*value)).unwrap();
    }
    let nodes = forms::interview::Interview::open(instance, 0).nodes();
    nodes.into_iter().find(|node| node.path == "drug").unwrap().choices
}

#[test]
fn a_search_leaves_the_rows_it_finds() {
    let offered = |appearance: &str, typed: &str| searched(appearance, &[("typed", typed), ("clinic", "A")]).join(" ");
    assert_eq!(offered("search('drugs')", "x"), "asp par ibu");
    assert_eq!(offered("search('drugs', 'contains', 'title', ${typed})", "PR"), "ibu");
    assert_eq!(offered("search('drugs', 'contains', 'title, brand', ${typed})", "asp"), "asp ibu");
    assert_eq!(offered("search('drugs', 'startswith', 'brand', ${typed})", "pan"), "par");
    assert_eq!(offered("search('drugs', 'endsWith', 'title', ${typed})", "IN"), "asp");
    assert_eq!(offered("minimal search('drugs.csv', 'matches', 'clinic', ${clinic})", ""), "asp par");
    assert_eq!(offered("search('drugs', 'contains', 'title', ${typed}, 'clinic', ${clinic})", "a"), "asp par");
    assert_eq!(offered("search('drugs', 'contains', 'title', ${typed}, 'clinic', 'B')", ""), "ibu");
}

#[test]
fn a_search_that_cannot_be_read_is_told_where_it_stands() {
    let table = "| survey |
         | | type | name | label | appearance |
         | | select_one drugs | a | A | search('drugs', 'contains') |
         | | select_one drugs | b | B | search('drugs', 'contains', 'colour', ${typo}) |
         | | select_one drugs | c | C | search('drugs', 'contains', 'colour', 'red') |
         | choices |
         | | list_name | name | label |
         | | drugs | key | title |";
    let (_, mistakes) = compile_with(&workbook::from_markdown(table).0, &[("drugs.csv", DRUGS)]);
    expect![[r#"
        form/bad-expression  survey!E2: `search()` takes a file; then how, columns and a text to find; then a column and its value (character 1); search('drugs', 'contains')
        ^
        form/bad-expression  survey!E3: the choice list has no column `colour` with values (character 1); search('drugs', 'contains', 'colour', ${typo})
        ^
        form/bad-expression  survey!E4: the choice list has no column `colour` with values (character 1); search('drugs', 'contains', 'colour', 'red')
        ^
    "#]].assert_eq(&mistakes.iter().map(|m| format!("{m}\n")).collect::<String>());
}
