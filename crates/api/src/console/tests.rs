//! The console's interface over a small census: who may sign in, and what they may see.

mod cells;
mod held;

use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use areas::{AreaDef, AreaTree, Boundaries};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use event::head::CensusDefined;
use event::operation::ListDwelling;
use event::{Fact, Head};
use http_body_util::BodyExt;
use hyper::body::Frame;
use node::{Node, Options, office};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use types::{AreaId, FormId, Occupancy, PhaseId, Role, StaffId};

use super::bounds::{ADDRESS_MAX, BODY_BYTES_MAX, STRANGERS_MAX, Slots};
use super::{ConsoleState, Lag, hash_password, within};
use crate::cells::Cells;
use crate::state::{App, Remote};

const COUNTRY: AreaId = AreaId(0);
const NORTH: AreaId = AreaId(1);
const SOUTH: AreaId = AreaId(2);
/// The north's only enumeration area.
const EA: AreaId = AreaId(3);
const PASSWORD: &str = "seven red kites";

struct Office {
    _folder: TempDir,
    node: Arc<Node>,
    routes: Router,
}

/// An answer: its status, its JSON (null when empty) and the cookie it sets.
struct Answer {
    status: StatusCode,
    json: Value,
    cookie: Option<String>,
    /// When to try again.
    retry_after_s: Option<u32>,
}

/// Where requests come from unless a test says otherwise.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

impl Office {
    async fn open() -> Office {
        Office::open_within(Slots::default()).await
    }

    async fn open_within(slots: Slots) -> Office {
        Office::open_among(slots, None).await
    }

    async fn open_among(slots: Slots, cells: Option<Arc<Cells>>) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let node = tokio::task::spawn_blocking(move || Node::open(Options::new(&path), &mut |_, _| {}));
        let node = Arc::new(node.await.unwrap().unwrap());
        let hash = hash_password(PASSWORD, [1; 16]);
        let staff = |id, role, area, login| office::enrol_staff(StaffId(id), role, area, login, login, &hash);
        let census = CensusDefined {
            names: office::texts([("en", "Test")]),
            reference_date: "2020-11-01".into(),
            languages: vec!["zh".into(), "en".into()],
            census_key: vec![9; 32],
            id: 7,
            test: true,
            ..CensusDefined::default()
        };
        let mut events = vec![office::define_census(census)];
        events.extend(office::define_areas(&tree()));
        events.extend([
            office::open_phase(PhaseId(1), COUNTRY, &[("en", "Counting")], &[FormId(1)]),
            staff(1, Role::Administrator, COUNTRY, "ada"),
            staff(2, Role::Supervisor, NORTH, "sun"),
            staff(3, Role::Viewer, COUNTRY, "vera"),
            staff(4, Role::Enumerator, EA, "eli"),
            office::grant_lease(EA, StaffId(4), 1),
            listed(1, Occupancy::Occupied, &[1, 2]),
            listed(2, Occupancy::Vacant, &[]),
        ]);
        for ack in node.admin(events).await.unwrap() {
            assert_eq!(ack.held, types::Held::Not, "event {}", ack.offset());
        }
        let mut boundaries = Boundaries::default();
        boundaries.insert(NORTH, r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#.into());
        let state = ConsoleState {
            app: Arc::new(App::new(node.clone(), None, Default::default())),
            boundaries: Arc::new(boundaries),
            map_note: [("en".to_owned(), "Drawn by hand".to_owned())].into(),
            lag: Arc::new(|| Lag { behind_events: 2, seconds: 0.5 }),
            cells,
            secure: true,
        };
        Office { _folder: folder, node, routes: within(state, slots) }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        self.ask_from(HERE, request).await
    }

    async fn ask_from(&self, address: IpAddr, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(Remote((address, 40_000).into()));
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let cookie = response.headers().get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let response_headers = response.headers().clone();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let again = response_headers.get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().parse().unwrap());
        Answer { status, json: serde_json::from_slice(&body).unwrap_or(Value::Null), cookie, retry_after_s: again }
    }

    async fn sign_in(&self, login: &str, password: &str) -> Answer {
        self.sign_in_from(HERE, login, password).await
    }

    async fn sign_in_from(&self, address: IpAddr, login: &str, password: &str) -> Answer {
        let body = json!({ "login": login, "password": password }).to_string();
        self.ask_from(address, sign_in_with(body.into())).await
    }

    /// The cookie of somebody signed in.
    async fn cookie(&self, login: &str) -> String {
        let answer = self.sign_in(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.json);
        answer.cookie.unwrap().split(';').next().unwrap().to_owned()
    }

    async fn get(&self, cookie: &str, path: &str) -> Answer {
        self.ask(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
    }

    async fn seen(&self, cookie: &str, path: &str) -> Value {
        let answer = self.get(cookie, path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json);
        answer.json
    }

    async fn check_refused(&self, cookie: &str, path: &str, status: u16, code: &str) {
        let answer = self.get(cookie, path).await;
        assert_eq!((answer.status.as_u16(), &answer.json["code"]), (status, &json!(code)), "{path}");
    }
}

fn sign_in_with(body: Body) -> Request<Body> {
    Request::post("/sign-in").header(header::CONTENT_TYPE, "application/json").body(body).unwrap()
}

/// A body of which nothing ever arrives.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Pending
    }
}

fn endless() -> Body {
    Body::new(Endless)
}

fn tree() -> AreaTree {
    let mut tree = AreaTree::new();
    let def = |code: &str, parent, level| AreaDef {
        code: code.into(),
        parent,
        level,
        names: vec![("en".into(), format!("Area {code}"))],
    };
    for (code, parent, level) in [("C", None, 0), ("N", Some(COUNTRY), 1), ("S", Some(COUNTRY), 1)] {
        tree.insert(&def(code, parent, level)).unwrap();
    }
    tree.insert_eas(NORTH, 1).unwrap();
    tree.insert_eas(SOUTH, 2).unwrap();
    tree
}

/// What a supervisor lists for the area; `fold` takes it without a lease.
fn listed(dwelling: u32, occupancy: Occupancy, households: &[u32]) -> office::OfficeEvent {
    let fact = Fact::DwellingListed(ListDwelling {
        dwelling,
        kind: 1,
        occupancy: occupancy.code(),
        households: households.to_vec(),
        ..ListDwelling::default()
    });
    (Head::of(EA, StaffId(2), fact), Vec::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_with_a_console_sign_in_and_the_cookie_is_closed_to_scripts() {
    let office = Office::open().await;
    for (login, password) in [("ada", "wrong"), ("ada", ""), ("nobody", PASSWORD), ("", ""), ("", PASSWORD)] {
        let answer = office.sign_in(login, password).await;
        assert_eq!(answer.json["code"], "auth/password-wrong", "{login} {password}");
        assert_eq!(answer.cookie, None);
    }
    assert_eq!(office.sign_in("eli", PASSWORD).await.json["code"], "auth/no-console");
    let answer = office.sign_in("ada", PASSWORD).await;
    let cookie = answer.cookie.unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let me = office.seen(&cookie, "/me").await;
    assert_eq!((&me["role"], &me["census"]["test"]), (&json!("administrator"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guesser_waits_longer_each_time_and_locks_nobody_out() {
    let office = Office::open().await;
    for _ in 0..5 {
        assert_eq!(office.sign_in("ada", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    let answer = office.sign_in("ada", PASSWORD).await;
    assert_eq!((answer.status, &answer.json["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("request/too-many")));
    assert_eq!((answer.retry_after_s, &answer.json["params"]["seconds"]), (Some(2), &json!("2")));
    // Another login from there, and the right person from elsewhere, are let in.
    office.cookie("sun").await;
    assert_eq!(office.sign_in_from(ELSEWHERE, "ada", PASSWORD).await.status, StatusCode::NO_CONTENT);
    // That somebody signed in elsewhere does not help the guesser.
    assert_eq!(office.sign_in("ada", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(office.sign_in("ada", "wrong").await.status, StatusCode::UNAUTHORIZED);
    assert!(office.sign_in("ada", "wrong").await.retry_after_s > Some(2));
}

/// Goal: whoever only holds connections open shuts nobody out.
/// Method: sign-ins whose bodies never come, first more from one address than it may have, then from so many addresses
/// that all slots without a session are taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_there_is_no_room_for_is_refused_at_once_and_who_is_at_work_goes_on() {
    let office = Arc::new(Office::open().await);
    let cookie = office.cookie("ada").await;
    let mut held = tokio::task::JoinSet::new();
    let hold = |address: IpAddr, held: &mut tokio::task::JoinSet<Answer>| {
        let office = office.clone();
        held.spawn(async move { office.ask_from(address, sign_in_with(endless())).await });
    };
    let refused = |answer: &Answer| {
        let code = (answer.status, answer.json["code"].clone(), answer.retry_after_s);
        assert_eq!(code, (StatusCode::SERVICE_UNAVAILABLE, json!("server/busy"), Some(2)));
    };
    (0..=ADDRESS_MAX).for_each(|_| hold(HERE, &mut held));
    refused(&held.join_next().await.unwrap().unwrap());
    assert_eq!(office.sign_in_from(ELSEWHERE, "sun", PASSWORD).await.status, StatusCode::NO_CONTENT);
    for at in ADDRESS_MAX..=STRANGERS_MAX {
        hold(IpAddr::from([10, 0, 0, at as u8]), &mut held);
    }
    refused(&held.join_next().await.unwrap().unwrap());
    refused(&office.sign_in_from(ELSEWHERE, "sun", PASSWORD).await);
    office.seen(&cookie, "/overview").await;
    // Whoever goes makes room.
    held.shutdown().await;
    assert_eq!(office.sign_in("sun", PASSWORD).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_or_takes_too_long_is_refused_with_a_code() {
    let office = Office::open_within(Slots::new(Duration::from_millis(300))).await;
    let late = office.ask(sign_in_with(endless())).await;
    assert_eq!((late.status, &late.json["code"]), (StatusCode::REQUEST_TIMEOUT, &json!("request/timeout")));
    assert_eq!(late.retry_after_s, Some(2));
    let long = office.sign_in("ada", &"x".repeat(BODY_BYTES_MAX)).await;
    assert_eq!((long.status, &long.json["code"]), (StatusCode::PAYLOAD_TOO_LARGE, &json!("request/too-large")));
    assert_eq!(long.json["params"]["bytes_max"], json!(BODY_BYTES_MAX.to_string()));
    assert_eq!(office.ask(sign_in_with("{".into())).await.json["code"], "request/malformed");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_nothing_is_answered_and_signing_out_ends_it() {
    let office = Office::open().await;
    let paths = [
        "/me",
        "/overview",
        "/reconciliation",
        "/areas/0",
        "/map",
        "/ea/3",
        "/staff",
        "/devices",
        "/submissions",
        "/held",
    ];
    for path in paths {
        office.check_refused("", path, 401, "auth/signed-out").await;
        office.check_refused(&format!("quipu_session={:032x}", 5), path, 401, "auth/signed-out").await;
    }
    let cookie = office.cookie("ada").await;
    for path in paths {
        office.seen(&cookie, path).await;
    }
    let request = Request::post("/sign-out").header(header::COOKIE, &cookie);
    let answer = office.ask(request.body(Body::empty()).unwrap()).await;
    assert!(answer.cookie.unwrap().contains("Max-Age=0"));
    office.check_refused(&cookie, "/me", 401, "auth/signed-out").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_sees_their_subtree_and_nothing_beside_or_above_it() {
    let office = Office::open().await;
    let cookie = office.cookie("sun").await;
    for path in ["/overview?area=2", "/reconciliation?area=0", "/areas/0", "/areas/4", "/map?area=2", "/ea/4"] {
        office.check_refused(&cookie, path, 403, "auth/outside-area").await;
    }
    for path in ["/staff?area=0", "/devices?area=2", "/submissions?area=99", "/held?area=0", "/areas/4294967295"] {
        office.check_refused(&cookie, path, 403, "auth/outside-area").await;
    }
    office.check_refused(&cookie, "/overview?area=north", 400, "request/malformed").await;
    let overview = office.seen(&cookie, "/overview").await;
    assert_eq!(overview["area"]["code"], "N");
    let inside = office.seen(&cookie, "/areas/3").await;
    let path: Vec<_> = inside["path"].as_array().unwrap().iter().map(|area| area["code"].clone()).collect();
    assert_eq!(path, [json!("N")], "what lies above their own area is not named");
    let staff = office.seen(&cookie, "/staff").await;
    assert_eq!(staff["total"], 2);
    assert!(!staff.to_string().contains("argon2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewer_sees_counts_and_no_case() {
    let office = Office::open().await;
    let cookie = office.cookie("vera").await;
    for path in ["/overview", "/reconciliation", "/areas/1", "/map"] {
        office.seen(&cookie, path).await;
    }
    for path in ["/ea/3", "/staff", "/devices", "/submissions", "/held"] {
        office.check_refused(&cookie, path, 403, "auth/counts-only").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_add_up_over_children_and_cells() {
    let office = Office::open().await;
    let cookie = office.cookie("ada").await;
    let overview = office.seen(&cookie, "/overview").await;
    assert_eq!(overview["lag"], json!({ "behind_events": 2, "seconds": 0.5 }));
    let progress = &overview["progress"];
    assert_eq!((&progress["dwellings"], &progress["households"]), (&json!(2), &json!(2)));
    assert_eq!((&progress["occupancy"]["vacant"], &progress["response"]["not_started"]), (&json!(1), &json!(2)));

    let reconciliation = office.seen(&cookie, "/reconciliation").await;
    let cells = reconciliation["cells"].as_array().unwrap();
    assert_eq!(cells.iter().map(|cell| cell["dwellings"].as_u64().unwrap()).sum::<u64>(), 2);
    let vacant = cells.iter().find(|cell| cell["occupancy"] == "vacant").unwrap();
    assert_eq!(vacant["response"], Value::Null);

    let country = office.seen(&cookie, "/areas/0").await;
    let children = country["children"].as_array().unwrap();
    let eas: Vec<_> = children.iter().map(|child| child["eas"].clone()).collect();
    assert_eq!((eas, &country["eas"]), (vec![json!(1), json!(2)], &json!(3)));
    let dwellings = children.iter().map(|child| child["progress"]["dwellings"].as_u64().unwrap());
    assert_eq!(dwellings.sum::<u64>(), 2);

    let ea = office.seen(&cookie, "/ea/3").await;
    assert_eq!((&ea["lease"]["staff"], ea["households"].as_array().unwrap().len()), (&json!("eli"), 2));
    assert_eq!(ea["area"]["names"]["zh"], "普查小区 001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_marks_the_shapes_it_had_to_generate() {
    let office = Office::open().await;
    let map = office.seen(&office.cookie("ada").await, "/map").await;
    let features = map["collection"]["features"].as_array().unwrap();
    let marked: Vec<_> = features.iter().map(|shape| (&shape["id"], &shape["properties"]["generated"])).collect();
    assert_eq!(marked, [(&json!(1), &json!(false)), (&json!(2), &json!(true))]);
    assert_eq!(map["map_note"]["en"], "Drawn by hand");
}
