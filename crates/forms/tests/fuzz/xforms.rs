//! XForms.

use std::sync::Arc;

use forms::xform::submission::{self, Meta};
use forms::{Form, Inputs, xform};

use crate::{Chance, damage, root, run, seconds};

/// The smaller XForms of the fixtures.
fn xforms() -> Vec<String> {
    let files = std::fs::read_dir(root("fixtures/forms")).unwrap().map(|e| e.unwrap().path());
    let xml = files.filter(|p| p.extension().is_some_and(|e| e == "xml")).map(|p| std::fs::read_to_string(p).unwrap());
    xml.filter(|text| text.len() < 30_000).collect()
}

#[test]
fn damaged_xforms_give_diagnostics_and_forms_that_can_be_filled() {
    let (mut chance, all) = (Chance::seeded(), xforms());
    assert!(all.len() > 10);
    let (mut read, mut sound) = (0, 0);
    let count = run(seconds(2.0), || {
        let text = damage(all[chance.below(all.len())].as_bytes(), &mut chance);
        let (form, diagnostics) = xform::read(&text);
        assert!(form.is_some() || !diagnostics.is_empty());
        sound += u32::from(forms::is_sound(&diagnostics));
        if let Some(form) = form {
            read += 1;
            let form = Arc::new(form);
            let again = Form::from_bytes(&form.to_bytes()).unwrap();
            assert_eq!(again.definition(), form.definition());
            let instance = forms::Instance::new(form.clone(), &Inputs::default());
            let written = submission::write(&instance, &Meta::default());
            if let Err(fault) = submission::read(&form, written.as_bytes(), &Inputs::default()) {
                assert!(
                    matches!(fault.code, "xml/too-deep" | "xml/unknown-entity" | "xml/not-well-formed"),
                    "{fault}\n{written}"
                );
            }
        }
    });
    println!("{count} XForms, {read} of them read, {sound} without a mistake");
    assert!(read > 0 && sound > 0);
}
