//! What goes wrong and when: the server dies and comes back, its disk fails, phones are lost and copied, the office
//! moves people about.

use std::sync::atomic::Ordering;

use event::head::{BodyErased, DeviceRevoked, LeaseEnded, PhaseClosed, PhaseOpened};
use event::operation::Review;
use event::{Fact, Head};
use journal::simulated::{Cut, Fault};
use node::office::grant_lease;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::{AreaId, StaffId};

use super::{DAY_US, DAYS, Do, HOUR_US, SECOND_US, World};
use crate::damage;
use crate::office::{EAS_EACH, HOUSEHOLD, PHASE, VILLAGES, ea, supervisor, village};
use crate::people::Person;
use crate::phone::Phone;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disaster {
    /// The process is killed; the machine goes on.
    Kill,
    /// The power fails.
    PowerCut(Cut),
    /// The disk fails at some write or flush from now.
    Disk(Fault),
    /// The disk is full soon.
    Full,
    /// A sealed segment rots under the running server.
    Rot,
    /// The server's clock is set.
    Clock,
    /// A phone's storage is copied to another phone.
    Copy,
    /// A phone is wiped by the office.
    Wipe,
    /// A phone is lost for good; its owner gets another.
    Lose,
    /// Somebody sets a phone's clock.
    PhoneClock,
    /// An enumerator is replaced.
    Replace,
    /// A lease ends, and nobody has another.
    EndLease,
    /// A device is revoked.
    Revoke,
    /// A phase is closed in a village for some days.
    Close,
    /// It is opened again.
    Reopen(AreaId),
    /// The console approves what was held.
    ApproveHeld,
    /// The bodies of a village are erased.
    Erase,
    /// A checkpoint of the store is damaged, if there is one.
    Checkpoint,
}

impl World {
    /// Decides what goes wrong in these weeks.
    pub fn plan(&mut self) {
        use Disaster as D;
        let mut plan = Vec::new();
        let mut some = |rng: &mut ChaCha8Rng, most: u32, what: D| {
            plan.extend((0..rng.random_range(0..=most)).map(|_| what));
        };
        let rng = &mut self.rng;
        some(rng, 3, D::Kill);
        [Cut::Everything, Cut::Torn, Cut::Torn, Cut::Nothing]
            .into_iter()
            .for_each(|cut| some(rng, 2, D::PowerCut(cut)));
        for _ in 0..3 {
            let fault = Fault::Halt(rng.random_range(0..40));
            some(rng, 2, D::Disk(fault));
        }
        let (flush, write) = (Fault::Flush(rng.random_range(0..10)), Fault::Write(rng.random_range(0..10)));
        some(rng, 2, D::Disk(flush));
        some(rng, 1, D::Disk(write));
        some(rng, 1, D::Full);
        some(rng, 1, D::Rot);
        some(rng, 3, D::Clock);
        some(rng, 4, D::Copy);
        some(rng, 4, D::Wipe);
        some(rng, 3, D::Lose);
        some(rng, 4, D::PhoneClock);
        some(rng, 10, D::Replace);
        some(rng, 2, D::EndLease);
        some(rng, 3, D::Revoke);
        some(rng, 2, D::Close);
        some(rng, 6, D::ApproveHeld);
        some(rng, 1, D::Erase);
        some(rng, 2, D::Checkpoint);
        for disaster in plan {
            let wait_us = DAY_US / 2 + self.within((DAYS - 2) * DAY_US);
            self.after(wait_us, Do::Disaster(disaster));
        }
    }

    pub fn strike(&mut self, disaster: Disaster) -> Result<(), String> {
        match disaster {
            Disaster::Kill => self.crash(None),
            Disaster::PowerCut(cut) => self.crash(Some(cut)),
            Disaster::Disk(fault) => {
                self.server.disk.fail(fault);
                self.excused = true;
            }
            Disaster::Full => {
                self.server.disk.limit(Some(self.server.disk.used()));
                self.excused = true;
            }
            Disaster::Rot => self.rot()?,
            Disaster::Clock => {
                let by_us = self.rng.random_range(-30..=30) * HOUR_US / 10;
                self.server.clock.0.fetch_add(by_us, Ordering::Relaxed);
            }
            Disaster::Checkpoint => self.spoil_checkpoint(),
            Disaster::Copy | Disaster::Wipe | Disaster::Lose | Disaster::PhoneClock => return self.mistreat(disaster),
            _ => return self.govern(disaster),
        }
        Ok(())
    }

    /// The server is gone, with the machine's memory if the power was cut. Somebody comes to start it.
    fn crash(&mut self, cut: Option<Cut>) {
        if self.server.node().is_none() {
            return;
        }
        self.server.kill();
        if let Some(cut) = cut {
            self.server.disk.power_cut(cut);
        }
        let wait_us = 10 * SECOND_US + self.within(5 * HOUR_US);
        self.after(wait_us, Do::Start);
    }

    /// Looks whether the cell has stopped: it may, after a fault, and then only a restart helps.
    pub fn look_after(&mut self) -> Result<(), String> {
        if self.server.disk.halted() {
            let cut = [Cut::Everything, Cut::Torn, Cut::Nothing][self.rng.random_range(0..3)];
            self.crash(Some(cut));
            return Ok(());
        }
        self.observe()?;
        match self.server.stopped() {
            None => Ok(()),
            Some(reason) if !self.excused => Err(format!("the cell stopped for no reason: {reason}")),
            Some(_) => {
                let cut = self.rng.random_bool(0.5).then_some(Cut::Torn);
                self.crash(cut);
                Ok(())
            }
        }
    }

    /// The server is started; sometimes its disk was damaged while it lay still, and then it must say so and stay down.
    pub fn start(&mut self) -> Result<(), String> {
        if self.server.node().is_some() {
            return Ok(());
        }
        self.mend();
        if self.rng.random_bool(0.5) {
            self.damaged_start()?;
        }
        let check_bytes = [0, 100_000, u64::MAX][self.rng.random_range(0..3)];
        self.server.start(check_bytes).map_err(|error| format!("the server does not start: {}", error.whole()))?;
        self.counts.starts += 1;
        self.observe()?;
        self.check_disk()?;
        let digests = self.rng.random_bool(0.5);
        self.check_store(digests)
    }

    /// Ends whatever is wrong with the disk.
    pub fn mend(&mut self) {
        self.server.disk.heal();
        self.server.disk.limit(None);
        if let Some(rot) = self.rot.take() {
            rot.repair(&self.server);
        }
        self.excused = false;
    }

    fn damaged_start(&mut self) -> Result<(), String> {
        self.server.disk.settle();
        // A torn end is not for this reader, and there is nothing to damage at first.
        let Ok(tape) = self.tape() else { return Ok(()) };
        let Some(damage) = damage::inflict(&self.server, &tape, &mut self.rng) else { return Ok(()) };
        let before = self.server.disk.files();
        let name = damage.path().display().to_string();
        match self.server.start(u64::MAX) {
            Ok(()) if damage.harmless => {
                self.server.kill();
                self.counts.damages += 1;
                return Ok(());
            }
            Ok(()) => return Err(format!("the server started although {} in {name}", damage.what)),
            Err(error) => {
                let error = error.whole();
                if damage.harmless {
                    return Err(format!("the server does not start, because {} in {name}: {error}", damage.what));
                }
                if !error.contains(&name) {
                    return Err(format!("{} in {name}, and the server says: {error}", damage.what));
                }
            }
        }
        let segments = |files: Vec<(std::path::PathBuf, Vec<u8>)>| -> Vec<_> {
            files.into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "qseg")).collect()
        };
        let (before, after) = (segments(before), segments(self.server.disk.files()));
        if let Some(((path, bytes), (_, now))) = before.iter().zip(&after).find(|(before, after)| before != after) {
            let at = bytes.iter().zip(now).position(|(before, after)| before != after);
            let what = format!("changed {} at {at:?}", path.display());
            return Err(format!("{} in {name}: the server did not start, and {what}", damage.what));
        }
        self.counts.damages += 1;
        damage.repair(&self.server);
        Ok(())
    }

    /// For some hours a sealed segment gives wrong bytes. Nothing wrong may be told meanwhile.
    fn rot(&mut self) -> Result<(), String> {
        if self.rot.is_some() || self.server.node().is_none() {
            return Ok(());
        }
        let tape = self.tape()?;
        let newest = tape.segments.last();
        let sealed = crate::tape::Tape {
            frames: tape.frames.into_iter().filter(|frame| Some(&frame.path) != newest).collect(),
            segments: Vec::new(),
        };
        let Some((damage, frame)) = damage::flip(&self.server, &sealed, &mut self.rng) else { return Ok(()) };
        self.rot = Some(damage);
        let Some(node) = self.server.node() else { return Ok(()) };
        let served = |(offset, event): (u64, &(Vec<u8>, Vec<u8>))| {
            node.reader().record(offset).is_ok_and(|(_, record)| (record.head, record.body) != *event)
        };
        if node.reader().frame(frame.first).is_ok() || (frame.first..).zip(&frame.events).any(served) {
            return Err(format!("damaged bytes were served, at offset {} or after", frame.first));
        }
        Ok(())
    }

    fn spoil_checkpoint(&mut self) {
        let Ok(listed) = std::fs::read_dir(self.server.checkpoints()) else { return };
        let mut paths: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        if let (Some(path), Some(mut bytes)) = (paths.last(), paths.last().and_then(|path| std::fs::read(path).ok())) {
            let at = self.rng.random_range(0..bytes.len());
            bytes[at] ^= 2;
            bytes.truncate(if self.rng.random_bool(0.5) { at } else { usize::MAX });
            std::fs::write(path, bytes).expect("the scratch folder takes it");
        }
    }

    /// What happens to phones.
    fn mistreat(&mut self, disaster: Disaster) -> Result<(), String> {
        let at = self.rng.random_range(VILLAGES as usize..self.phones.len());
        if self.phones[at].lost {
            return Ok(());
        }
        match disaster {
            Disaster::Wipe => {
                let step = self.phones[at].device.wipe();
                self.phones[at].store(step);
                return Ok(());
            }
            Disaster::PhoneClock => {
                let by_us = self.rng.random_range(-400..400) * DAY_US / 100;
                self.phones[at].turn_clock(by_us);
                return Ok(());
            }
            _ => {}
        }
        let Person::Enumerator(walk) = self.people[at].clone() else { return Ok(()) };
        self.muddled.push(walk.world.ea);
        let rng = ChaCha8Rng::seed_from_u64(self.rng.random());
        let phone = if matches!(disaster, Disaster::Copy) {
            self.phones[at].copy(rng)?
        } else {
            self.phones[at].lost = true;
            Phone::new(self.phones[at].staff, rng, self.now_us)
        };
        self.take_on(phone, Person::Enumerator(walk));
        Ok(())
    }

    /// What the office decides. With the server down it is decided an hour later.
    fn govern(&mut self, disaster: Disaster) -> Result<(), String> {
        let at = self.rng.random_range(0..VILLAGES * EAS_EACH);
        let (area, village) = (ea(at), village(at / EAS_EACH));
        let office = |area, fact| (Head::of(area, StaffId(0), fact), Vec::new());
        let event = match disaster {
            Disaster::Replace => {
                let Some(staff) = self.next_spare() else { return Ok(()) };
                let from = self
                    .people
                    .iter()
                    .rposition(|person| matches!(person, Person::Enumerator(walk) if walk.world.ea == area));
                if let Some(Person::Enumerator(walk)) = from.map(|from| self.people[from].clone()) {
                    self.muddled.push(area);
                    self.employ(staff, Person::Enumerator(walk.taken_over()));
                }
                grant_lease(area, staff, self.model.lease_last(area) + 1)
            }
            Disaster::EndLease => {
                self.muddled.push(area);
                office(area, Fact::LeaseEnded(LeaseEnded { lease: self.model.lease_last(area) }))
            }
            Disaster::Revoke => {
                let phone = self.rng.random_range(VILLAGES as usize..self.phones.len());
                let Some(enrolment) = self.phones[phone].device.enrolment() else { return Ok(()) };
                let device = enrolment.device;
                if let Person::Enumerator(walk) = &self.people[phone] {
                    self.muddled.push(walk.world.ea);
                }
                office(area, Fact::DeviceRevoked(DeviceRevoked { device }))
            }
            Disaster::Close => {
                self.muddled.extend((0..EAS_EACH).map(|within| ea(at / EAS_EACH * EAS_EACH + within)));
                let wait_us = DAY_US + self.within(4 * DAY_US);
                self.after(wait_us, Do::Disaster(Disaster::Reopen(village)));
                office(village, Fact::PhaseClosed(PhaseClosed { phase: PHASE.0.into() }))
            }
            Disaster::Reopen(village) => {
                let forms = vec![HOUSEHOLD.0.into()];
                let opened = PhaseOpened { phase: PHASE.0.into(), forms, ..PhaseOpened::default() };
                office(village, Fact::PhaseOpened(opened))
            }
            Disaster::ApproveHeld => {
                let held: Vec<_> = self.model.held_submissions().collect();
                if held.is_empty() {
                    return Ok(());
                }
                let (submission, area, household) = held[self.rng.random_range(0..held.len())];
                let by = supervisor((area.0 - ea(0).0) / EAS_EACH);
                self.muddled.push(area);
                let (form, phase) = (HOUSEHOLD.0.into(), PHASE.0.into());
                let review = Review { household, form, phase, reason: 0, submission, marks: Vec::new() };
                (Head::of(area, by, Fact::SubmissionApproved(review)), Vec::new())
            }
            Disaster::Erase => office(village, Fact::BodyErased(BodyErased { wave: 1 })),
            other => unreachable!("{other:?} is not the office's to decide"),
        };
        if self.server.node().is_none() {
            // The event is lost with the phone call; it is made anew.
            self.after(HOUR_US, Do::Disaster(disaster));
            return Ok(());
        }
        self.server.admin(vec![event]);
        self.look_after()
    }
}
