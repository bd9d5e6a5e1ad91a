//! Between phones and the server: messages are lost, doubled, overtaken, late and spoilt.

use std::net::Ipv4Addr;

use device::Request;
use event::{Protobuf, wire};
use rand::Rng;

use super::{DAY_US, Do, HOUR_US, SECOND_US, World};
use crate::office::{START_US, code};
use crate::server::{Answer, Call, Server};

/// Requests that come so close together are served together.
const TOGETHER_US: i64 = SECOND_US / 4;
const TOGETHER_MAX: usize = 24;
/// An app gives up on a reply after so long.
const PATIENCE_US: i64 = 60 * SECOND_US;

impl World {
    /// A phone begins to sync, or to enrol.
    pub fn sync(&mut self, at: usize) {
        if self.phones[at].lost {
            return;
        }
        let phone = &mut self.phones[at];
        let step = match phone.device.enrolment() {
            None => phone.device.enrol(&code(phone.staff)),
            Some(_) => {
                let (now, entropy) = (phone.now(self.now_us), phone.entropy());
                Ok(phone.device.sync(now, entropy))
            }
        };
        // A locked phone cannot enrol.
        let Ok(step) = step else { return };
        if let Some(request) = self.phones[at].store(step) {
            self.send(at, request);
        }
    }

    /// A request leaves a phone, and may arrive: never, once or twice, soon or days later.
    fn send(&mut self, phone: usize, request: Request) {
        let life = self.phones[phone].life;
        self.after(PATIENCE_US, Do::GiveUp { phone, life, id: request.id });
        // Whole villages are cut off for some hours now and then.
        let cut_off = (self.now_us / (6 * HOUR_US) + self.phones[phone].staff.0 as i64 % 8).rem_euclid(11) == 0;
        if cut_off || self.mishap(0.08) {
            return;
        }
        if self.mishap(0.04) {
            let wait_us = self.delay();
            self.after(wait_us, Do::Arrive { phone, life, request: request.clone() });
        }
        let wait_us = self.delay();
        self.after(wait_us, Do::Arrive { phone, life, request });
    }

    fn mishap(&mut self, share: f64) -> bool {
        let happens = self.rng.random_bool(share);
        self.counts.mishaps += u64::from(happens);
        happens
    }

    fn delay(&mut self) -> i64 {
        match self.rng.random_range(0..200) {
            0 => self.within(3 * DAY_US),
            1..6 => self.within(2 * PATIENCE_US),
            // Everybody syncs when the evening's network comes on.
            6..60 => TOGETHER_US - self.now_us.rem_euclid(TOGETHER_US) + self.within(10_000),
            _ => self.within(2 * SECOND_US),
        }
    }

    /// A request reaches the server, with those that come at the same time.
    pub fn arrive(&mut self, phone: usize, life: u32, request: Request) -> Result<(), String> {
        let mut group = vec![(phone, life, request)];
        // Registering is done one at a time, and never waits for others.
        let alone = |request: &Request| request.path == "/v1/enrol";
        while !alone(&group[0].2) && group.len() < TOGETHER_MAX {
            let fits = |what: &Do| matches!(what, Do::Arrive { request, .. } if !alone(request));
            let Some(Do::Arrive { phone, life, request }) = self.take_next(self.now_us + TOGETHER_US, fits) else {
                break;
            };
            group.push((phone, life, request));
        }
        let calls = group.iter().map(|(phone, _, request)| self.call(*phone, request.clone())).collect();
        let answers = self.serve(calls)?;
        for ((phone, life, request), answer) in group.into_iter().zip(answers) {
            if let Some((status, body)) = answer {
                self.reply(phone, life, request.id, status, body);
            }
        }
        self.after(SECOND_US, Do::Idle);
        Ok(())
    }

    /// A request from a phone; an address of its own each day, so that a day's slips are not another's.
    pub fn call(&self, phone: usize, request: Request) -> Call {
        let day = ((self.now_us - START_US) / DAY_US) as u8;
        let from = Ipv4Addr::new(10, day, (phone >> 8) as u8, phone as u8);
        Call { from, request }
    }

    /// Has the server answer, and checks what it promises.
    pub fn serve(&mut self, calls: Vec<Call>) -> Result<Vec<Answer>, String> {
        let senders: Vec<_> = calls.iter().map(|call| (u32::from(call.from) & 0xFFFF, call.request.clone())).collect();
        let mut answers = self.server.serve(calls);
        if self.server.disk.halted() {
            // Whatever was on its way out went with the power.
            answers.iter_mut().for_each(|answer| *answer = None);
        }
        self.look_after()?;
        let key = Server::node_key();
        for ((phone, request), answer) in senders.iter().zip(&answers) {
            if let Some((200, body)) = answer
                && request.path == "/v1/sync"
            {
                let staff = self.phones[*phone as usize].staff;
                self.ledger.synced(&request.body, body, staff, &key, &self.model)?;
            }
        }
        Ok(answers)
    }

    /// An answer leaves the server.
    fn reply(&mut self, phone: usize, life: u32, id: u64, status: u16, body: Vec<u8>) {
        if self.mishap(0.08) {
            return;
        }
        let body = if self.mishap(0.08) { self.spoil(body) } else { body };
        if self.mishap(0.04) {
            let wait_us = self.delay();
            self.after(wait_us, Do::Answer { phone, life, id, status, body: body.clone() });
        }
        let wait_us = self.delay();
        self.after(wait_us, Do::Answer { phone, life, id, status, body });
    }

    /// Somebody on the way changes a proof. (All the rest of an answer is the line's to protect: TLS.)
    fn spoil(&mut self, body: Vec<u8>) -> Vec<u8> {
        let Ok(mut answer) = wire::Synced::decode(body.as_slice()) else { return body };
        let at = self.rng.random_range(0..answer.receipts.len().max(1));
        let Some(received) = answer.receipts.get_mut(at) else { return body };
        let proof = match self.rng.random_range(0..3) {
            0 => answer.frames.get_mut(received.frame as usize),
            1 => Some(&mut received.path),
            _ => Some(&mut received.event),
        };
        if let Some(proof) = proof.filter(|proof| !proof.is_empty()) {
            let at = self.rng.random_range(0..proof.len());
            proof[at] ^= 1 << self.rng.random_range(0..8);
        }
        answer.encode_to_vec()
    }

    /// An answer reaches a phone.
    pub fn answered(&mut self, at: usize, life: u32, id: u64, status: u16, body: &[u8]) -> Result<(), String> {
        let phone = &mut self.phones[at];
        if phone.life != life || phone.lost {
            return Ok(());
        }
        let (now, entropy) = (phone.now(self.now_us), phone.entropy());
        // A refused enrolment is tried again with the next sync.
        let Ok(step) = phone.device.response(id, status, body, now, entropy) else { return Ok(()) };
        if self.rng.random_bool(0.005) {
            // It dies before the step is stored.
            return self.phones[at].die();
        }
        let request = self.phones[at].store(step);
        match request {
            Some(request) => self.send(at, request),
            None => self.try_again(at),
        }
        Ok(())
    }

    /// No answer came in time.
    pub fn give_up(&mut self, at: usize, life: u32, id: u64) {
        let phone = &mut self.phones[at];
        if phone.life != life || phone.lost {
            return;
        }
        let now = phone.now(self.now_us);
        let step = phone.device.failed(id, now);
        let waits = step.generation > 0;
        phone.store(step);
        if waits {
            self.try_again(at);
        }
    }

    /// The app tries again by itself, a few times, when there is something to send.
    fn try_again(&mut self, at: usize) {
        let phone = &self.phones[at];
        let wait_us = phone.device.next_sync_us() - phone.now(self.now_us).us;
        if wait_us > 0 && phone.device.outbox().count > 0 && self.rng.random_bool(0.5) {
            self.after(wait_us, Do::Again(at));
        }
    }
}
