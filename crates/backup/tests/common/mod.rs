//! A small census journal at work, and a real S3-compatible server.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use backup::Target;
use event::frame::{Frame, Record};
use event::head::{AreaDefined, AreasDefined};
use event::sign::PrivateKey;
use event::{Fact, Head, Protobuf};
use journal::disk::{DiskJournal, Options};
use journal::{Journal, Reader};
use store::Store;
use types::{AreaId, CellId, StaffId, Time};

const CELL: CellId = CellId(3);

pub fn quiet(_: usize, _: usize) {}

fn options() -> Options {
    Options { segment_bytes: 8 << 10, ..Options::default() }
}

/// A data folder whose journal stays open, as a server has it.
pub struct Census {
    folder: tempfile::TempDir,
    journal: DiskJournal,
    body: u8,
}

impl Census {
    pub fn new() -> Census {
        Census::with_body(7)
    }

    /// One whose answers have this content.
    pub fn with_body(body: u8) -> Census {
        let folder = tempfile::tempdir().unwrap();
        let journal = DiskJournal::open(&folder.path().join("journal"), CELL, options()).unwrap().0;
        Census { folder, journal, body }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn end(&self) -> u64 {
        self.journal.tip().next_offset
    }

    /// Appends frames of one to three events, a second apart.
    pub fn append(&mut self, frames: u64) {
        for _ in 0..frames {
            append(&mut self.journal, self.body);
        }
    }

    pub fn frames(&self) -> Vec<Frame> {
        frames(&*self.journal.reader())
    }

    /// Puts a blob where the server does; returns its name.
    pub fn put_blob(&self, bytes: &[u8]) -> String {
        let name = blake3::hash(bytes).to_string();
        let place = self.folder().join("blobs").join(&name[..2]);
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join(&name), bytes).unwrap();
        name
    }

    /// Writes the store's checkpoint, or that of a server which took one event for another.
    pub fn checkpoint(&self, wrong: bool) {
        let mut store = Store::new();
        let reader = self.journal.reader();
        reader
            .heads(0, &mut |offset, time, head| {
                let mut head = Head::read(head).unwrap();
                if wrong && offset == 5 {
                    head.fact = areas(1_000);
                }
                store.apply(offset, time, &head);
                Ok(())
            })
            .unwrap();
        store.checkpoint(&self.folder().join("store")).unwrap();
    }

    /// Checks that the journal in `folder` is this one up to somewhere, and whole.
    pub fn assert_prefix(&self, folder: &Path) {
        let copy = DiskJournal::open(&folder.join("journal"), CELL, options()).unwrap().0;
        let (copied, all) = (frames(&*copy.reader()), self.frames());
        assert!(copied[..] == all[..copied.len()], "the copy has other frames");
    }

    /// Checks that a restored journal takes more.
    pub fn goes_on(folder: &Path) {
        let mut copy = DiskJournal::open(&folder.join("journal"), CELL, options()).unwrap().0;
        let before = copy.tip().next_offset;
        (0..12).for_each(|_| append(&mut copy, 1));
        drop(copy);
        let copy = DiskJournal::open(&folder.join("journal"), CELL, options()).unwrap().0;
        assert!(copy.tip().next_offset > before);
    }
}

fn areas(id: u32) -> Option<Fact> {
    let area = AreaDefined { id, code: format!("{id}"), ..Default::default() };
    Some(Fact::AreasDefined(AreasDefined { areas: vec![area] }))
}

fn append(journal: &mut DiskJournal, body: u8) {
    let tip = journal.tip();
    let record = |at: u64| {
        let head =
            Head { fact: areas((tip.next_offset + at) as u32), ..Head::of(AreaId(0), StaffId(0), areas(0).unwrap()) };
        Record { head: head.encode_to_vec(), body: vec![body; 200] }
    };
    let records: Vec<Record> = (0..1 + tip.next_offset % 3).map(record).collect();
    let (time, key) = (Time(tip.time.0 + Time::SECOND_US), PrivateKey::from_bytes(&[5; 32]));
    let digests = vec![[0; 32]; records.len()];
    let (frame, _) = Frame::seal(CELL, 1, &tip, time, records, &digests, &key);
    journal.append(&frame).unwrap();
}

fn frames(reader: &dyn Reader) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    while let Some(some) = Some(reader.frames(frames.last().map_or(0, |last| last.tip().next_offset), 1 << 20).unwrap())
        .filter(|some| !some.is_empty())
    {
        frames.extend(some);
    }
    frames
}

/// Every file below a folder, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// A SeaweedFS of the test's own, gone with it.
pub struct Weed {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Weed {
    /// Starts it and makes a bucket.
    ///
    /// # Panics
    /// When `weed` is not there: `scripts/setup.sh` installs it.
    pub fn start() -> Weed {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/weed");
        let weed = if tools.exists() { tools } else { PathBuf::from("weed") };
        let folder = tempfile::tempdir().unwrap();
        let [master, volume, filer, port] = ports();
        let child = Command::new(&weed)
            .args(["-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", "-filer"])
            .args([format!("-master.port={master}"), format!("-volume.port={volume}")])
            .args([format!("-filer.port={filer}"), format!("-s3.port={port}")])
            .args(["-master.volumeSizeLimitMB=64", "-volume.max=8", "-dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .expect("weed is installed by scripts/setup.sh");
        let weed = Weed { child, port, _folder: folder };
        let end = Instant::now() + Duration::from_secs(90);
        while !weed.make_bucket() {
            let log = || fs::read_to_string(weed._folder.path().join("log")).unwrap_or_default();
            assert!(Instant::now() < end, "SeaweedFS does not start: {}", log());
            std::thread::sleep(Duration::from_millis(300));
        }
        weed
    }

    /// Asks for the bucket by hand: an unsigned `PUT /census`, which a server without identities takes.
    fn make_bucket(&self) -> bool {
        use std::io::{Read, Write};
        let ask = || -> std::io::Result<String> {
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            write!(
                stream,
                "PUT /census HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 409"))
    }

    /// The place `bucket/prefix` in it.
    pub fn target(&self, place: &str) -> Target {
        let settings = [
            ("aws_endpoint", format!("http://127.0.0.1:{}", self.port)),
            ("aws_allow_http", "true".to_owned()),
            ("aws_region", "here".to_owned()),
            ("aws_access_key_id", "any".to_owned()),
            ("aws_secret_access_key", "any".to_owned()),
        ];
        Target::open_with(&format!("s3://{place}"), settings).unwrap()
    }
}

impl Drop for Weed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Free ports whose number plus 10,000 is free too: SeaweedFS serves gRPC there.
fn ports() -> [u16; 4] {
    let mut held = Vec::new();
    let mut next = || loop {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = first.local_addr().unwrap().port();
        if port < 50_000
            && let Ok(second) = TcpListener::bind(("127.0.0.1", port + 10_000))
        {
            held.push((first, second));
            return port;
        }
    };
    [next(), next(), next(), next()]
}
