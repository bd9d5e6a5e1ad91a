//! `POST /v1/sync`: the outbox up, receipts and everything new down.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use event::{FrameHeader, wire};
use node::{Answers, Changes, Node, office};
use store::Store;
use types::{AreaId, Offset, Role, StaffId, Verdict};

use crate::auth::Caller;
use crate::problem::Problem;
use crate::protobuf::{Packed, Packing, read};
use crate::router::body;
use crate::state::App;

/// The longest request, bytes. A phone sends about 1 MiB at a time.
const BYTES_MAX: usize = 16 << 20;
/// Most operations of a request.
const OPERATIONS_MAX: usize = 4096;
/// Changes in an answer, unless the device asks for fewer.
const CHANGES_MAX: usize = 1000;
/// So many changes are read by the thread that answers.
const FEW_MAX: usize = 16;

/// Takes operations in, then tells what is new.
pub(crate) async fn sync(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Result<Packed<wire::Synced>, Problem> {
    let packing = Packing::of(request.headers());
    let body = packing.unpack(body(request, BYTES_MAX).await?, BYTES_MAX)?;
    caller.check(&body)?;
    let request: wire::Sync = read(&body)?;
    drop(body);
    if request.operations.len() > OPERATIONS_MAX {
        return Err(Problem::too_many_operations().with("max", OPERATIONS_MAX));
    }
    let mut synced = wire::Synced { cursor: request.cursor, ..wire::Synced::default() };
    let mut sent = HashMap::new();
    if !request.operations.is_empty() {
        let answers = app.node.submit(caller.device, caller.staff, request.operations).await?;
        (synced.frames, synced.receipts) = receipts(&answers);
        if request.brief {
            sent = places(&answers);
        }
    }
    let readable = match caller.reading_refused(&app.node) {
        Some(problem) => Err(problem),
        None if request.cursor == wire::RECEIPTS_ONLY => Ok(None),
        None => readable(&app.node, caller.staff).map(Some),
    };
    match readable {
        Err(problem) => synced.reading_refused = problem.code.to_owned(),
        Ok(None) => {}
        Ok(Some(eas)) => {
            synced.supervisor = eas.first().and_then(|ea| supervisor(&app.node, caller.staff, *ea));
            let max = match request.changes_max {
                0 => CHANGES_MAX,
                max => (max as usize).min(CHANGES_MAX),
            };
            match changes(&app.node, caller.staff, eas, request.cursor, max).await {
                Ok(changes) => {
                    (synced.changes, synced.cursor, synced.more) = (changes.changes, changes.cursor, changes.more);
                }
                // What was sent is durable: its receipts go out, and the changes wait for the next sync.
                Err(problem) if synced.receipts.is_empty() => return Err(problem),
                Err(_) => {}
            }
        }
    }
    for change in &mut synced.changes {
        if let Some(place) = sent.get(&change.offset) {
            (change.sent, change.body) = (*place, Vec::new());
        }
    }
    synced.now_us = app.node.now().0;
    app.phones.heard(caller.device, types::Time(synced.now_us), request.unsent, &request.app);
    Ok(Packed(synced, packing))
}

/// What is new for somebody. Most syncs bring a few events just written, which memory holds; more of them, or old ones,
/// are read away from the threads that answer requests.
async fn changes(
    node: &Arc<Node>,
    staff: StaffId,
    eas: Vec<AreaId>,
    cursor: Offset,
    max: usize,
) -> Result<Changes, Problem> {
    if cursor > 0 && node.news(&eas, cursor, FEW_MAX) <= FEW_MAX {
        return Ok(node.changes(staff, &eas, cursor, max)?);
    }
    let node = node.clone();
    let read = tokio::task::spawn_blocking(move || node.changes(staff, &eas, cursor, max)).await;
    Ok(read.map_err(|_| Problem::internal())??)
}

/// The offsets of a request's operations, each with 1 + its place in the request. An id that met other bytes is left
/// out: the event in the journal holds more than was sent.
fn places(answers: &Answers) -> HashMap<Offset, u32> {
    let taken = answers.iter().zip(1..).filter_map(|(answer, place)| Some((answer.as_ref().ok()?, place)));
    let taken = taken.filter(|(ack, _)| ack.verdict != Verdict::IdConflict);
    taken.map(|(ack, place)| (ack.frame.first_offset + u64::from(ack.index), place)).collect()
}

/// Receipts as they travel: each frame's header once. What could not be kept says so in its place.
fn receipts(answers: &Answers) -> (Vec<Vec<u8>>, Vec<wire::Received>) {
    let mut frames = Vec::new();
    let mut known: HashMap<u64, u32> = HashMap::new();
    let received = answers.iter().map(|answer| {
        let Ok(ack) = answer else {
            let not_taken = Problem::not_taken().code.to_owned();
            return wire::Received { not_taken, ..wire::Received::default() };
        };
        let frame = *known.entry(ack.frame.first_offset).or_insert_with(|| {
            frames.push(header(&ack.frame));
            frames.len() as u32 - 1
        });
        wire::Received {
            frame,
            index: ack.index,
            path: ack.path.clone(),
            event: ack.event.to_vec(),
            verdict: ack.verdict.code(),
            held: ack.held.code(),
            not_taken: String::new(),
        }
    });
    let received = received.collect();
    (frames, received)
}

fn header(frame: &FrameHeader) -> Vec<u8> {
    frame.to_bytes().to_vec()
}

/// Who supervises this person's area, unless it is this person.
fn supervisor(node: &Node, staff: StaffId, ea: AreaId) -> Option<wire::Contact> {
    let store = node.store();
    let above = store.supervisor_of(ea).filter(|above| above.staff != staff)?;
    Some(wire::Contact { name: above.name.clone(), phone: above.phone.clone() })
}

/// The enumeration areas whose events this person may read: those leased to them, and a supervisor's subtree. A phone is
/// told all of it or, of a subtree no phone could hold, why it is told nothing.
fn readable(node: &Node, staff: StaffId) -> Result<Vec<AreaId>, Problem> {
    let store = node.store();
    let mut eas = store.leases_of(staff);
    if let Some(post) = store.staff(staff).filter(|post| post.role == Role::Supervisor) {
        let too_many = || Problem::too_many_areas().with("areas_max", office::SUPERVISED_MAX);
        eas.extend(office::supervised(store.areas(), post.area).ok_or_else(too_many)?);
        eas.sort_unstable();
        eas.dedup();
    }
    Ok(eas)
}

/// Whether this person may read the events of an area.
pub(crate) fn reads(store: &Store, staff: StaffId, area: AreaId) -> bool {
    if store.lease(area).is_some_and(|lease| lease.staff == staff) {
        return true;
    }
    let supervisor = store.staff(staff).filter(|post| post.role == Role::Supervisor);
    supervisor.is_some_and(|post| store.areas().contains(post.area, area))
}
