//! What is held: who sees it, and what becomes of it when somebody of the office decides.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use event::head::SubmissionReceived;
use event::operation::RecordVisit;
use event::{Fact, Head};
use serde_json::{Value, json};
use types::{AreaId, Held, Offset, StaffId};

use super::{Answer, EA, Office};

/// In the south, where only Ada looks.
const FAR: AreaId = AreaId(4);
const NOWHERE: AreaId = AreaId(99);

impl Office {
    /// Eli's phone sends something that cannot count; where it is in the journal.
    async fn hold(&self, number: u64, area: AreaId, fact: Fact) -> Offset {
        let head = Head { origin: vec![7; 16], number, digest: vec![number as u8; 32], device: 9, ..Head::default() };
        let head = Head { staff: 4, area: area.0, lease: 1, fact: Some(fact), ..head };
        let acks = self.node.admin(vec![(head, Vec::new())]).await.unwrap();
        assert_ne!(acks[0].held, Held::Not);
        acks[0].offset()
    }

    async fn decide(&self, cookie: &str, offset: Offset, decision: &str) -> Answer {
        let request = Request::post(format!("/held/{offset}")).header(header::COOKIE, cookie);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(json!({ "decision": decision }).to_string().into()).unwrap()).await
    }

    async fn held(&self, cookie: &str) -> Vec<Value> {
        let list = self.seen(cookie, "/held").await;
        let held = list["held"].as_array().unwrap().clone();
        assert_eq!(list["total"], json!(held.len()));
        held
    }
}

/// Of a form that is not published, so it is held.
fn submission(household: u32) -> Fact {
    let facts = Vec::new();
    Fact::SubmissionReceived(SubmissionReceived {
        household,
        form: 1,
        phase: 1,
        source: 1,
        facts,
        ..Default::default()
    })
}

fn visit() -> Fact {
    Fact::VisitRecorded(RecordVisit { dwelling: 1, outcome: 2, ..RecordVisit::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn held_work_is_listed_with_its_reason_and_sender_to_those_whose_area_it_names() {
    let office = Office::open().await;
    let (ada, sun) = (office.cookie("ada").await, office.cookie("sun").await);
    assert!(office.held(&ada).await.is_empty());
    let here = office.hold(1, EA, submission(1)).await;
    let far = office.hold(2, FAR, visit()).await;
    let stray = office.hold(3, NOWHERE, visit()).await;

    let all = office.held(&ada).await;
    assert_eq!(all.iter().map(|item| item["offset"].as_u64().unwrap()).collect::<Vec<_>>(), [here, far, stray]);
    let first = &all[0];
    assert_eq!(
        (&first["event"], &first["held"], &first["sender"], &first["household"], &first["can_count"]),
        (&json!("submission.received"), &json!("form_not_open"), &json!("eli"), &json!(1), &json!(true))
    );
    assert_eq!((&all[1]["held"], &all[1]["can_count"]), (&json!("outside_area"), &json!(false)));
    assert_eq!((&all[2]["held"], &all[2]["area"]), (&json!("unknown_area"), &Value::Null));
    assert_eq!(office.held(&sun).await.len(), 1, "a supervisor sees their own subtree");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_counts_or_is_dismissed_once_and_by_who_may() {
    let office = Office::open().await;
    let (ada, sun, vera) = (office.cookie("ada").await, office.cookie("sun").await, office.cookie("vera").await);
    let answers = office.hold(1, EA, submission(1)).await;
    let unlisted = office.hold(2, EA, submission(7)).await;
    let far = office.hold(3, FAR, visit()).await;
    let stray = office.hold(4, NOWHERE, visit()).await;

    for (cookie, offset, decision, status, code) in [
        ("", answers, "count", 401, "auth/signed-out"),
        (&*vera, answers, "count", 403, "auth/counts-only"),
        (&*sun, far, "dismiss", 403, "auth/outside-area"),
        (&*sun, stray, "dismiss", 409, "held/not-decided"),
        (&*ada, answers, "forget", 400, "request/malformed"),
        (&*ada, far, "count", 404, "held/no-longer"),
        (&*ada, 1, "dismiss", 404, "held/no-longer"),
        (&*ada, unlisted, "count", 409, "held/not-decided"),
    ] {
        let answer = office.decide(cookie, offset, decision).await;
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (status, &json!(code)), "{offset} {decision}");
    }
    assert_eq!(office.decide(&ada, unlisted, "count").await.json["params"]["reason"], "not_listed");
    assert_eq!(office.held(&ada).await.len(), 4, "what was refused changed nothing");

    assert_eq!(office.decide(&sun, answers, "count").await.status, StatusCode::NO_CONTENT);
    for offset in [unlisted, far, stray] {
        assert_eq!(office.decide(&ada, offset, "dismiss").await.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(office.decide(&ada, answers, "dismiss").await.json["code"], "held/no-longer");
    assert!(office.held(&ada).await.is_empty());
    let ea = office.seen(&ada, "/ea/3").await;
    assert_eq!(ea["households"][0]["response"], "approved");
    assert_eq!((&ea["progress"]["held"], &ea["progress"]["submissions"]), (&json!(0), &json!(1)));
    // Who decided is in the journal.
    let last = office.node.store().next_offset() - 1;
    let (_, record) = office.node.reader().record(last).unwrap();
    assert_eq!(Head::read(&record.head).unwrap().staff, StaffId(1).0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_decides_nothing() {
    let office = Office::open().await;
    let offset = office.hold(1, EA, submission(1)).await;
    // A form of another site cannot send JSON, and the cookie does not travel with it.
    let request = Request::post(format!("/held/{offset}")).header(header::COOKIE, office.cookie("ada").await);
    let request = request.header(header::CONTENT_TYPE, "text/plain");
    let answer = office.ask(request.body(Body::from(r#"{"decision":"dismiss"}"#)).unwrap()).await;
    assert_eq!(answer.json["code"], "request/malformed");
}
