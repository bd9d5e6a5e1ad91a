//! Files of forms: fetched by digest, and what the engine checks codes against.

use super::*;

const JOBS: &[u8] = b"name,label\n11,Farmer\n12,\"Fisher, sea\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_code_list_stays_outside_its_form_and_checks_codes_at_the_door() {
    let office = Office::open().await;
    let table = "| type | name | label |\n| select_one_from_file jobs.csv | job | Job |";
    let (form, _) = forms::compile(&forms::workbook::from_markdown(table).0);
    let digest = node::office::keep_file(&office.node, "jobs.csv", JOBS).unwrap();
    let form = form.unwrap().with_files_listed(&[("jobs.csv".into(), digest.clone())]);
    assert!(!String::from_utf8(form.to_bytes()).unwrap().contains("Farmer"));

    let path = format!("/v1/files/{digest}");
    assert_eq!(office.get(&path).await.code(), "blob/unknown", "no form lists it yet");
    office.node.admin(vec![node::office::publish_form(types::FormId(2), 1, 2, &form)]).await.unwrap();
    let reply = office.get(&path).await;
    assert_eq!((reply.status, reply.body.as_slice()), (StatusCode::OK, JOBS));
    assert_eq!(office.get("/v1/files/00").await.status, StatusCode::NOT_FOUND);

    // The phone has the form without its rows, and takes any code.
    let served = office.node.form(2, 1).unwrap();
    let phone = std::sync::Arc::new(forms::Form::from_bytes(&served.to_bytes()).unwrap());
    let findings = |code: &str| {
        let mut instance = forms::Instance::new(phone.clone(), &forms::Inputs::default());
        instance.set("job", &code.into()).unwrap();
        let answers = instance.to_answers();
        assert!(phone.check(&answers).unwrap().findings.is_empty());
        served.check(&answers).unwrap().findings.iter().map(|f| f.kind).collect::<Vec<_>>()
    };
    assert!(findings("12").is_empty());
    assert_eq!(findings("99"), [forms::RuleKind::Choice]);
}
