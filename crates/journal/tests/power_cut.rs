//! Power cuts, for real: a file system on a loop device is shut down under a journal at work, so that whatever was not
//! flushed is gone, and mounted again.

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{CELL, append, frame_at};
use event::FrameHeader;
use journal::disk::Options;
use journal::{DiskJournal, Journal};

const INSIDE: &str = "QUIPU_TEST_POWER_CUT";
const CUTS: u64 = 50;

/// ext4's shutdown (`EXT4_IOC_SHUTDOWN`) without flushing its log.
const SHUT_DOWN: &str = "import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))";

fn open(dir: &Path) -> DiskJournal {
    let options = Options { segment_bytes: 256 << 10, check_bytes: 1 << 20, ..Options::default() };
    DiskJournal::open(dir, CELL, options).unwrap().0
}

/// Runs a program as root.
fn root(program: &[&str]) -> Result<(), String> {
    let own = std::fs::metadata("/proc/self").unwrap();
    let sudo: &[&str] = if std::os::unix::fs::MetadataExt::uid(&own) == 0 { &[] } else { &["sudo", "-n"] };
    let words: Vec<&str> = [sudo, program].concat();
    let output = Command::new(words[0]).args(&words[1..]).output().map_err(|error| format!("{words:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(format!("{words:?}: {said}"))
}

/// A small ext4 in a file.
struct Disk {
    image: PathBuf,
    place: PathBuf,
    _folder: tempfile::TempDir,
}

impl Disk {
    fn new() -> Result<Disk, String> {
        let folder = tempfile::tempdir().unwrap();
        let (image, place) = (folder.path().join("image"), folder.path().join("disk"));
        File::create(&image).unwrap().set_len(128 << 20).unwrap();
        std::fs::create_dir(&place).unwrap();
        root(&["mkfs.ext4", "-q", "-F", image.to_str().unwrap()])?;
        let disk = Disk { image, place, _folder: folder };
        disk.mount()?;
        root(&["chmod", "777", disk.place.to_str().unwrap()])?;
        Ok(disk)
    }

    fn mount(&self) -> Result<(), String> {
        root(&["mount", "-o", "loop", self.image.to_str().unwrap(), self.place.to_str().unwrap()])
    }

    fn unmount(&self) -> Result<(), String> {
        root(&["umount", self.place.to_str().unwrap()])
    }

    fn cut_power(&self) -> Result<(), String> {
        root(&["python3", "-c", SHUT_DOWN, self.place.to_str().unwrap()])
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.unmount();
    }
}

/// Goal: nothing acknowledged is lost in a power cut, and the journal opens by itself afterwards.
/// Method: another process appends frames of many sizes and says each once it is acknowledged; after a while that differs
/// from cut to cut the power is cut; after mounting again every frame that was acknowledged must be there, the same.
#[test]
fn what_was_acknowledged_survives_fifty_power_cuts() {
    if let Some(dir) = std::env::var_os(INSIDE) {
        return append_until_it_fails(Path::new(&dir));
    }
    let disk = match Disk::new() {
        Ok(disk) => disk,
        Err(why) => {
            eprintln!("POWER CUTS CANNOT BE TESTED HERE ({why}): processes are killed instead, which proves less");
            let folder = tempfile::tempdir().unwrap();
            return cycles(
                &folder.path().join("journal"),
                |child| child.kill().map_err(|error| error.to_string()),
                || Ok(()),
            );
        }
    };
    let again = || disk.unmount().and_then(|()| disk.mount());
    cycles(&disk.place.join("journal"), |_| disk.cut_power(), again);
}

fn cycles(
    dir: &Path,
    cut: impl Fn(&mut std::process::Child) -> Result<(), String>,
    again: impl Fn() -> Result<(), String>,
) {
    let (mut acknowledged, mut unacknowledged) = (0, 0);
    for nth in 0..CUTS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "what_was_acknowledged_survives_fifty_power_cuts", "--nocapture"])
            .env(INSIDE, dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut told: Vec<String> = Vec::new();
        while told.len() < (nth * 7 % 40) as usize + 2 {
            told.extend(lines.next().filter(|line| line.starts_with("acknowledged")));
        }
        cut(&mut child).unwrap();
        told.extend(lines.filter(|line| line.starts_with("acknowledged")));
        child.wait().unwrap();
        again().unwrap();
        let mut journal = open(dir);
        let reader = journal.reader();
        for line in &told {
            let mut words = line.split(' ').skip(1);
            let (first, hash) = (words.next().unwrap().parse().unwrap(), words.next().unwrap());
            let frame = reader.frame(first).unwrap_or_else(|error| panic!("cut {nth}: {line} is lost: {error}"));
            assert_eq!(name(&frame.header), hash, "cut {nth}");
        }
        let last: u64 = told.last().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        acknowledged += told.len();
        unacknowledged += usize::from(reader.frame(reader.end() - 1).unwrap().header.first_offset != last);
        append(&mut journal, 1, 40);
    }
    println!(
        "{CUTS} cuts, {acknowledged} frames acknowledged and there; {unacknowledged} times one more than was told"
    );
    journal::verify(dir, &[], &|_| ()).unwrap();
}

fn name(header: &FrameHeader) -> String {
    blake3::hash(&header.to_bytes()).to_string()
}

fn append_until_it_fails(dir: &Path) {
    let mut journal = open(dir);
    for nth in 0_u64.. {
        let frame = frame_at(&journal.tip(), nth % 9 + 1, (nth * 131 % 1500) as usize + 20);
        if journal.append(&frame).is_err() {
            return;
        }
        println!("\nacknowledged {} {}", frame.header.first_offset, name(&frame.header));
    }
}
