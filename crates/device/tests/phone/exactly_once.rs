//! Goal: whatever a person saw finished is at the office exactly once, or as a conflict of its own, and nothing without
//! a receipt is ever deleted.
//! Method: phones that list, submit, restart at any step, are copied, and talk over a network that drops, repeats,
//! delays and reorders; after each act the storage is checked, at the end the journal.

use event::{Operation, operation};
use proptest::prelude::*;
use types::Verdict;

use crate::handset::{Dice, Handset, NOW, listing};
use crate::server::Server;

const PHONES_MAX: usize = 4;

#[derive(Clone, Copy, Debug)]
enum Do {
    List(u8),
    Submit(u8),
    Visit(u8),
    /// Finishes, but dies before it is stored: nobody saw it finished.
    FinishUnstored,
    Sync,
    /// A request reaches the server.
    Arrive,
    /// A request is lost; the phone notices.
    Lose,
    /// An answer reaches the phone; which of those on their way.
    Answer(u8),
    /// An answer comes twice.
    AnswerTwice(u8),
    /// An answer comes, and the phone dies before its step is stored.
    AnswerUnstored(u8),
    /// An answer is lost; the phone notices.
    LoseAnswer,
    /// The next receipts are spoilt.
    Forge,
    Restart,
    Copy,
    Wipe,
}

fn acts() -> impl Strategy<Value = Vec<(u8, Do)>> {
    let act = prop_oneof![
        3 => (0..3u8).prop_map(Do::List),
        3 => any::<u8>().prop_map(Do::Submit),
        1 => any::<u8>().prop_map(Do::Visit),
        1 => Just(Do::FinishUnstored),
        5 => Just(Do::Sync),
        6 => Just(Do::Arrive),
        1 => Just(Do::Lose),
        6 => any::<u8>().prop_map(Do::Answer),
        2 => any::<u8>().prop_map(Do::AnswerTwice),
        1 => any::<u8>().prop_map(Do::AnswerUnstored),
        1 => Just(Do::LoseAnswer),
        1 => Just(Do::Forge),
        2 => Just(Do::Restart),
        1 => Just(Do::Copy),
        1 => Just(Do::Wipe),
    ];
    proptest::collection::vec((any::<u8>(), act), 1..120)
}

fn perform(act: Do, phone: &mut Handset, server: &mut Server, dice: &mut Dice) {
    match act {
        Do::List(households) => drop(phone.list(u32::from(households), dice)),
        Do::Submit(household) => drop(phone.submit(u32::from(household % 6) + 1, dice)),
        Do::Visit(dwelling) => {
            let visit = device::Visit {
                ea: crate::server::EA,
                dwelling: u32::from(dwelling % 4) + 1,
                outcome: 2,
                ..Default::default()
            };
            let done = phone.device.record_visit(&visit, NOW, dice.bytes());
            phone.finish(done);
        }
        Do::FinishUnstored => {
            let _ = phone.device.list_dwelling(&listing(1), NOW, dice.bytes());
            phone.restart();
        }
        Do::Sync => {
            let step = phone.device.sync(NOW, dice.bytes());
            phone.keep(step);
        }
        Do::Arrive => {
            if let Some(request) = phone.requests.pop() {
                let (status, body) = server.answer(&request);
                phone.answers.push((request.id, status, body));
            }
        }
        Do::Lose => {
            if let Some(request) = phone.requests.pop() {
                let step = phone.device.failed(request.id, NOW);
                phone.keep(step);
            }
        }
        Do::Answer(which) => drop(answer(which, phone, dice)),
        Do::AnswerTwice(which) => {
            if let Some((id, status, body)) = answer(which, phone, dice) {
                let step = phone.device.response(id, status, &body, NOW, dice.bytes()).unwrap();
                phone.keep(step);
            }
        }
        Do::AnswerUnstored(which) => {
            if let Some((id, status, body)) = take(which, phone) {
                let _ = phone.device.response(id, status, &body, NOW, dice.bytes());
                phone.restart();
            }
        }
        Do::LoseAnswer => {
            if let Some((id, _, _)) = phone.answers.pop() {
                let step = phone.device.failed(id, NOW);
                phone.keep(step);
            }
        }
        Do::Forge => server.forge = true,
        Do::Restart => phone.restart(),
        Do::Wipe => {
            let step = phone.device.wipe();
            phone.keep(step);
        }
        Do::Copy => unreachable!("done by the caller"),
    }
}

fn take(which: u8, phone: &mut Handset) -> Option<(u64, u16, Vec<u8>)> {
    let count = phone.answers.len();
    (count > 0).then(|| phone.answers.swap_remove(usize::from(which) % count))
}

fn answer(which: u8, phone: &mut Handset, dice: &mut Dice) -> Option<(u64, u16, Vec<u8>)> {
    let (id, status, body) = take(which, phone)?;
    let step = phone.device.response(id, status, &body, NOW, dice.bytes()).unwrap();
    phone.keep(step);
    Some((id, status, body))
}

/// Everything shown is in the storage: as its very bytes, or as a receipt that proves them.
fn check_storage(phone: &Handset) {
    let opened = phone.storage.open();
    for shown in &phone.shown {
        match (opened.outgoing(shown.number), opened.receipt(shown.number)) {
            (Some(bytes), None) => assert_eq!(bytes, shown.bytes),
            (None, Some(receipt)) => {
                let proof = event::Receipt::read(&receipt.bytes).unwrap();
                let node = event::sign::PrivateKey::from_bytes(&[1; 32]).public();
                proof.verify(&operation::digest(&shown.bytes), &node).unwrap();
            }
            (waiting, receipt) => {
                panic!("{} is waiting: {}, has a receipt: {}", shown.number, waiting.is_some(), receipt.is_some())
            }
        }
    }
}

fn check_journal(phones: &[Handset], server: &Server) {
    for entries in server.journal.values() {
        let counted = entries.iter().filter(|(_, taken)| taken.verdict == Verdict::Accepted).count();
        assert_eq!(counted, 1, "an id takes effect once");
    }
    for phone in phones {
        for shown in &phone.shown {
            let id = Operation::read(&shown.bytes).unwrap().id().unwrap();
            let digest = operation::digest(&shown.bytes);
            let found = server.journal[&id].iter().filter(|(known, _)| *known == digest).count();
            assert_eq!(found, 1, "{id} of {} is at the office once", shown.number);
            let receipt = phone.device.receipt(shown.number).unwrap();
            let (_, taken) = server.journal[&id].iter().find(|(known, _)| *known == digest).unwrap();
            assert_eq!(receipt.verdict, taken.verdict);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn everything_shown_as_finished_is_received_exactly_once_or_as_a_conflict(acts in acts()) {
        let mut server = Server::new();
        let mut dice = Dice(1);
        let mut phones = vec![Handset::enrolled(&mut server, &mut dice), Handset::enrolled(&mut server, &mut dice)];
        for (which, act) in acts {
            let at = usize::from(which) % phones.len();
            match act {
                Do::Copy if phones.len() < PHONES_MAX => {
                    let copy = phones[at].copy();
                    phones.push(copy);
                }
                Do::Copy => {}
                act => perform(act, &mut phones[at], &mut server, &mut dice),
            }
            check_storage(&phones[at]);
        }
        server.forge = false;
        for phone in &mut phones {
            phone.restart();
            phone.sync_all(&mut server, &mut dice);
            prop_assert_eq!(phone.device.outbox().count, 0);
            check_storage(phone);
        }
        check_journal(&phones, &server);
    }
}
