//! Submissions in ODK's XML.

use std::sync::Arc;

use forms::generator::{Mix, generate};
use forms::xform::submission::{self, Meta};
use forms::{Form, Inputs, compile, workbook};

use crate::{Chance, damage, root, run, seconds, shipped};

#[test]
fn damaged_submissions_are_read_or_refused_and_both_doors_agree() {
    let mut chance = Chance::seeded();
    let text = std::fs::read_to_string(root("fixtures/interviews/048-entities-of-rosters.md")).unwrap();
    let entities = Arc::new(compile(&workbook::from_markdown(&text).0).0.unwrap());
    let household = shipped("cn2020_short.md");
    let mut written: Vec<(Arc<Form>, String)> = Vec::new();
    for (form, seed) in (0..10).flat_map(|seed| [(household.clone(), seed), (entities.clone(), seed)]) {
        let meta = Meta { instance_id: Some(format!("uuid:{seed}")), ..Meta::default() };
        written.push((form.clone(), submission::write(&generate(&form, seed, &Mix::default()), &meta)));
    }
    let mut read = 0;
    let count = run(seconds(2.0), || {
        let (form, text) = &written[chance.below(written.len())];
        let text = damage(text.as_bytes(), &mut chance);
        let checked = submission::check(form, &text, &Inputs::default());
        match (submission::read(form, &text, &Inputs::default()), checked) {
            (Ok(received), Ok((checked, faults))) => {
                read += 1;
                assert_eq!((&received.findings, &received.faults), (&checked.findings, &faults));
                let again = submission::read(form, received.write().as_bytes(), &Inputs::default());
                assert!(again.is_ok(), "{}\n{}\n{}", again.unwrap_err(), received.source(), received.write());
                let answers = received.instance.to_answers();
                form.check(&answers).unwrap();
            }
            (Err(a), Err(b)) => assert_eq!(a, b),
            (a, b) => panic!("{:?} {:?}", a.err(), b.err()),
        }
    });
    println!("{count} submissions, {read} of them read");
    assert!(read > 0);
}
