//! Answers in the native encoding, identifiers and drafts.

use forms::generator::{Mix, generate};
use forms::interview::Interview;
use forms::{Form, Inputs, Instance};

use crate::{Chance, damage, run, seconds, shipped};

#[test]
fn damaged_answers_are_read_or_refused() {
    let (mut chance, form) = (Chance::seeded(), shipped("cn2020_short.md"));
    let mut read = 0;
    let count = run(seconds(2.0), || {
        let mut filled = generate(&form, chance.below(50) as u64, &Mix::default());
        let (whole, split) = (filled.to_answers(), filled.split_identifiers());
        let (answers, identifiers) = (damage(&split.answers, &mut chance), damage(&split.identifiers, &mut chance));
        let _ = form.check(&answers);
        let _ = form.extract(&answers);
        let _ = forms::identifiers_decode(&form, &identifiers);
        let _ = Instance::from_split(form.clone(), &answers, &split.identifiers, &Inputs::default());
        let _ = Instance::from_split(form.clone(), &split.answers, &identifiers, &Inputs::default());
        let draft = damage(&Interview::open(filled, 0).save(), &mut chance);
        let _ = Interview::restore(form.clone(), &draft, &Inputs::default());
        if let Ok(instance) = Instance::from_answers(form.clone(), &damage(&whole, &mut chance), &Inputs::default()) {
            read += 1;
            // What was read is written in a way that is read again as the same.
            let again = Instance::from_answers(form.clone(), &instance.to_answers(), &Inputs::default()).unwrap();
            assert_eq!(again.to_answers(), instance.to_answers());
        }
    });
    println!("{count} answers, {read} of them read");
    assert!(read > 0);
}

#[test]
fn damaged_compiled_forms_are_read_or_refused() {
    let (mut chance, bytes) = (Chance::seeded(), shipped("cn2020_short.md").to_bytes());
    let mut read = 0;
    let count = run(seconds(1.0), || {
        let bytes = damage(&bytes, &mut chance);
        if let Ok(form) = Form::from_bytes(&bytes) {
            read += 1;
            assert_eq!(form.to_bytes(), bytes);
            let _ = Instance::new(form.into(), &Inputs::default()).findings();
        }
    });
    println!("{count} compiled forms, {read} of them read");
}
