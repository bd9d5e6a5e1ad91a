//! Submissions in ODK's XML.

use forms::Inputs;
use forms::generator::{Mix, generate};
use forms::xform::submission::{self, Meta};

use crate::{Chance, damage, run, seconds, shipped};

#[test]
fn damaged_submissions_are_read_or_refused_and_both_doors_agree() {
    let mut chance = Chance::seeded();
    let form = shipped("cn2020_short.md");
    let written: Vec<String> = (0..20)
        .map(|seed| {
            let meta = Meta { instance_id: Some(format!("uuid:{seed}")), ..Meta::default() };
            submission::write(&generate(&form, seed, &Mix::default()), &meta)
        })
        .collect();
    let mut read = 0;
    let count = run(seconds(2.0), || {
        let text = damage(written[chance.below(written.len())].as_bytes(), &mut chance);
        let checked = submission::check(&form, &text, &Inputs::default());
        match (submission::read(&form, &text, &Inputs::default()), checked) {
            (Ok(received), Ok((checked, faults))) => {
                read += 1;
                assert_eq!((&received.findings, &received.faults), (&checked.findings, &faults));
                let again = submission::read(&form, received.write().as_bytes(), &Inputs::default());
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
