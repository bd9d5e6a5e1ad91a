//! How much does a day's work weigh on the network? The real device core lists doors and finishes a day's 25 households of
//! three persons without a network, its phone is opened again, and it syncs over one plain connection whose bytes are counted.
//!
//! `day ADDRESS CODE [DAYS] [wait]`. With `wait` it says `ready` before the first day ends and goes on at a line of input, so
//! that the network may be made worse meanwhile (`scripts/day.sh`). Prints each day, then medians beside the budget.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use device::{Device, Listing, Now, Request, Step, Submission};
use forms::generator::{Mix, generate};
use forms::{Date, Form, Inputs};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use types::{AreaId, FormId, Occupancy, PhaseId, Source};

const HOUSEHOLDS: u32 = 25;
const PERSONS: u32 = 3;
const ROUND_TRIPS_MAX: u32 = 3;
const BYTES_MAX: u64 = 16_000;
const SECONDS_MAX: f64 = 10.0;
/// How long the collector waits for a reply.
const REPLY_WAIT: Duration = Duration::from_secs(60);
/// The collector sends shorter bodies as they are.
const PACKED_BYTES_MIN: usize = 512;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: day ADDRESS CODE [DAYS] [wait]";
    let (address, code) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let days: u32 = arguments.next().map_or(Ok(1), |days| days.parse())?;
    let mut wait = arguments.next().is_some_and(|word| word == "wait");
    let mut phone = Phone::enrol(&address, &code)?;
    let doors = phone.list(days * HOUSEHOLDS)?;
    let mut measured = Vec::new();
    for day in doors.chunks(HOUSEHOLDS as usize) {
        for household in day {
            phone.interview(*household)?;
        }
        phone.open_again()?;
        if std::mem::take(&mut wait) {
            println!("ready");
            std::io::stdin().read_line(&mut String::new())?;
        }
        let (began, before) = (Instant::now(), phone.link.count);
        while phone.device.outbox().count > 0 {
            phone.sync();
        }
        let count = phone.link.count.since(before);
        let seconds = began.elapsed().as_secs_f64();
        println!("{} round trips, {} bytes up, {} bytes down, {seconds:.2} s", count.requests, count.up, count.down);
        measured.push((count, seconds));
    }
    measured.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let (count, seconds) = measured[measured.len() / 2];
    let show = |what: &str, value: f64, limit: f64, unit: &str| {
        println!("{what}: {value} of {limit} {unit}, ratio {:.2}", value / limit);
    };
    show("day_round_trips", count.requests.into(), ROUND_TRIPS_MAX.into(), "");
    show("day_bytes", (count.up + count.down) as f64, BYTES_MAX as f64, "bytes");
    show("day_seconds_median", (seconds * 100.0).round() / 100.0, SECONDS_MAX, "s");
    Ok(())
}

/// What crossed the connection, headers and all.
#[derive(Clone, Copy, Default)]
struct Count {
    requests: u32,
    up: u64,
    down: u64,
}

impl Count {
    fn since(self, before: Count) -> Count {
        Count { requests: self.requests - before.requests, up: self.up - before.up, down: self.down - before.down }
    }
}

struct Phone {
    device: Device,
    disk: BTreeMap<String, Vec<u8>>,
    link: Link,
    rng: ChaCha8Rng,
    ea: AreaId,
}

impl Phone {
    fn enrol(address: &str, code: &str) -> Result<Phone> {
        let mut rng = ChaCha8Rng::seed_from_u64(rand::random());
        let mut entropy = [0; 64];
        rng.fill_bytes(&mut entropy);
        let (device, step) = Device::create(entropy, now());
        let link = Link { address: address.to_owned(), stream: None, count: Count::default() };
        let mut phone = Phone { device, disk: BTreeMap::new(), link, rng, ea: AreaId(0) };
        phone.keep(&step);
        let step = phone.device.enrol(code)?;
        phone.follow(step);
        phone.sync();
        phone.ea = phone.device.eas().iter().find(|ea| ea.lease > 0).ok_or("the phone has no area")?.ea;
        Ok(phone)
    }

    fn form(&self, purpose: u32) -> Result<(Arc<Form>, FormId, u32)> {
        let known = self.device.forms().find(|form| form.head.purpose == purpose).ok_or("a form is missing")?.head;
        let bytes = self.device.form(known.form, known.version).ok_or("a form is not here")?;
        Ok((Arc::new(Form::from_bytes(bytes)?), FormId(u16::try_from(known.form)?), known.version))
    }

    /// Lists doors of one household each and sends them. Returns the households' numbers.
    fn list(&mut self, doors: u32) -> Result<Vec<u32>> {
        let (form, id, version) = self.form(1)?;
        let mut households = Vec::new();
        for door in 1..=doors {
            let mut instance = generate(&form, door.into(), &mix(None));
            let listing = Listing {
                ea: self.ea,
                building: door,
                kind: 1,
                occupancy: Occupancy::Occupied,
                households: 1,
                form: id,
                version,
                sheet: instance.split_identifiers().into(),
                ..Listing::default()
            };
            let entropy = self.entropy();
            let (step, finished) = self.device.list_dwelling(&listing, now(), entropy)?;
            self.keep(&step);
            households.extend(finished.households);
        }
        while self.device.outbox().count > 0 {
            self.sync();
        }
        Ok(households)
    }

    fn interview(&mut self, household: u32) -> Result<()> {
        let (form, id, version) = self.form(2)?;
        let mut instance = generate(&form, self.rng.next_u64(), &mix(Some(PERSONS)));
        let phase = self.device.phases().next().ok_or("no phase is open")?.head.phase;
        let submission = Submission {
            ea: self.ea,
            household,
            form: id,
            version,
            phase: PhaseId(u16::try_from(phase)?),
            source: Source::InPerson,
            started_us: now().us,
            outcome: instance.outcome(),
            sheet: instance.split_identifiers().into(),
            ..Submission::default()
        };
        let entropy = self.entropy();
        let (step, _) = self.device.submit(&submission, now(), entropy)?;
        self.keep(&step);
        Ok(())
    }

    /// The app was closed since the last sync: no session and no connection is left.
    fn open_again(&mut self) -> Result<()> {
        self.device = Device::open(self.disk.clone())?;
        self.link.stream = None;
        Ok(())
    }

    fn sync(&mut self) {
        let entropy = self.entropy();
        let step = self.device.sync(now(), entropy);
        self.follow(step);
    }

    fn follow(&mut self, step: Step) {
        self.keep(&step);
        let mut next = step.request;
        while let Some(request) = next {
            let entropy = self.entropy();
            let step = match self.link.send(&request) {
                Ok((status, body)) => {
                    self.device.response(request.id, status, &body, now(), entropy).unwrap_or_default()
                }
                Err(_) => {
                    self.link.stream = None;
                    self.device.failed(request.id, now())
                }
            };
            self.keep(&step);
            next = step.request;
        }
    }

    fn keep(&mut self, step: &Step) {
        step.deletes.iter().for_each(|key| drop(self.disk.remove(key)));
        self.disk.extend(step.puts.iter().cloned());
    }

    fn entropy(&mut self) -> [u8; 32] {
        let mut entropy = [0; 32];
        self.rng.fill_bytes(&mut entropy);
        entropy
    }
}

/// One connection, as a browser keeps it, with the headers a browser sends.
struct Link {
    address: String,
    stream: Option<BufReader<TcpStream>>,
    count: Count,
}

impl Link {
    fn send(&mut self, request: &Request) -> Result<(u16, Vec<u8>)> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(REPLY_WAIT))?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().ok_or("no connection")?;
        let packs = request.path == "/v1/sync" && request.body.len() >= PACKED_BYTES_MIN;
        let body = if packs { gzip(&request.body)? } else { request.body.clone() };
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method, request.path, self.address);
        head +=
            &format!("accept: */*\r\naccept-encoding: gzip, deflate, br, zstd\r\ncontent-length: {}\r\n", body.len());
        head += "user-agent: Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36\r\n";
        for (name, value) in &request.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += if packs { "content-encoding: gzip\r\n\r\n" } else { "\r\n" };
        let message = [head.as_bytes(), &body].concat();
        self.count.requests += 1;
        self.count.up += message.len() as u64;
        stream.get_mut().write_all(&message)?;

        let (mut status, mut length, mut packed, mut line) = (0, 0, false, String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err("the connection ended".into());
            }
            self.count.down += line.len() as u64;
            let Some((name, value)) = line.trim().split_once(' ') else { break };
            match name.to_ascii_lowercase().as_str() {
                "http/1.1" => status = value.split(' ').next().unwrap_or_default().parse()?,
                "content-length:" => length = value.parse()?,
                "content-encoding:" => packed = value == "gzip",
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        self.count.down += length as u64;
        let mut plain = Vec::new();
        match packed {
            true => flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain)?,
            false => body.as_slice().read_to_end(&mut plain)?,
        };
        Ok((status, plain))
    }
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(plain)?;
    Ok(packer.finish()?)
}

fn mix(persons: Option<u32>) -> Mix {
    let inputs = Inputs { reference: Date::parse("2020-11-01"), ..Inputs::default() };
    Mix { inputs, persons, ..Mix::default() }
}

fn now() -> Now {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Now { us: since.as_micros() as i64, offset_min: 480 }
}
