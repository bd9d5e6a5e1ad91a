//! A census divided into a root cell and a cell for each of two provinces, set up by the commands for cells.

use std::ffi::OsStr;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use areas::{AreaDef, AreaTree};
use event::head::CensusDefined;
use journal_postgres::{Address, Files, PostgresJournal};
use node::office::OfficeEvent;
use node::{Node, Options, Scope, office};
use tempfile::TempDir;
use types::{AreaId, CellId, Role, StaffId};
use vault::Vault;

use crate::census::{Census, HOUSEHOLD, LISTING, PHASE, compile, definition, random};
use crate::server::{Server, binary, free_port, printed};

/// The country.
pub const COUNTRY: AreaId = AreaId(0);
/// How many provinces there are.
pub const PROVINCES: usize = 2;
/// What all cells know.
pub const SECRET: &str = "known to cells alone";
/// How long the lease of a server that was killed may keep the cell from being opened.
const OWN: Duration = Duration::from_secs(30);
/// Enumeration areas of a province.
pub const EAS: u32 = 2;

/// The root cell, which serves, and the cells of the provinces, which do not yet.
pub struct Divided {
    folder: TempDir,
    /// The root cell's server.
    pub root: Option<Server>,
    /// Where each cell's server listens, the root's first.
    pub addresses: Vec<std::net::SocketAddr>,
    /// Each province's part of the census.
    pub provinces: Vec<Arc<Census>>,
    census: CensusDefined,
    /// The database that keeps every cell's journal; none: each in its folder.
    database: Option<String>,
}

/// The province at a place.
pub fn province(at: usize) -> AreaId {
    AreaId(1 + at as u32)
}

/// An enumeration area of a province.
pub fn ea(at: usize, index: u32) -> AreaId {
    AreaId(1 + PROVINCES as u32 + at as u32 * EAS + index)
}

/// The enumerator of an enumeration area, and somebody of the province without any.
fn enumerator(at: usize, index: u32) -> StaffId {
    StaffId(at as u32 * (EAS + 1) + index + 1)
}

impl Divided {
    /// Sets it up: the root cell by the office, the others by joining it. Journals are in the cells' folders.
    pub fn found() -> Divided {
        Divided::found_in(None)
    }

    /// As [`Divided::found`], with the journals in a database, or in the folders.
    pub fn found_in(database: Option<String>) -> Divided {
        let folder = tempfile::tempdir().expect("a folder");
        Vault::init(&folder.path().join("vault"), 5, 3, random()).expect("a vault");
        let vault = Vault::load(&folder.path().join("vault")).expect("a vault");
        let census = definition(&vault, u64::from_le_bytes(random()));
        let addresses: Vec<_> = (0..=PROVINCES).map(|_| free_port()).collect();
        let mut divided = Divided { folder, root: None, addresses, provinces: Vec::new(), census, database };
        divided.command(&["cell", "root", "--data", text(&divided.data(0))]);
        divided.office(divided.national());
        divided.serve_root();
        for at in 0..PROVINCES {
            let province = divided.join(at, &vault);
            divided.provinces.push(Arc::new(province));
        }
        divided
    }

    /// The data folder of a cell, the root's first.
    pub fn data(&self, cell: usize) -> PathBuf {
        self.folder.path().join(format!("cell-{cell}"))
    }

    /// Where a cell is reached.
    pub fn address(&self, cell: usize) -> String {
        format!("http://{}", self.addresses[cell])
    }

    /// Opens a cell whose server does not run.
    pub fn open(&self, cell: usize) -> Node {
        let scope = if cell == 0 { Scope::Root } else { Scope::Subtree(province(cell - 1)) };
        let data = self.data(cell);
        let mut options = Options { cell: CellId(cell as u16), scope, ..Options::new(&data) };
        let Some(database) = &self.database else {
            return Node::open(options, &mut |_, _| {}).expect("the cell opens");
        };
        // What the binary writes there when it is the first to open the folder.
        std::fs::write(data.join("journal-in-postgres.txt"), "").expect("a file");
        let address = Address::read(database, None).expect("an address");
        let database = journal_postgres::Options::new(address, &format!("cell {cell}"));
        let journal = PostgresJournal::open(database.clone(), &data.join("journal"), options.cell);
        options.files = Some(Arc::new(Files::new(database, options.cell)));
        let node = Node::open_with(options, Box::new(journal.expect("the database opens")), &mut |_, _| {});
        let node = node.expect("the cell opens");
        assert!(node.wait_to_own(OWN), "cell {cell} is still owned by its server");
        node
    }

    /// Starts a cell's server.
    pub fn serve(&self, cell: usize) -> Server {
        Server::start_with(&self.data(cell), self.addresses[cell], |command| {
            command.env("QUIPU_CELL__SECRET", SECRET).envs(self.journal());
        })
    }

    /// The setting that says where the journals are.
    fn journal(&self) -> Option<(&str, &String)> {
        self.database.as_ref().map(|database| ("QUIPU_JOURNAL__ADDRESS", database))
    }

    /// Starts the root cell's server.
    pub fn serve_root(&mut self) {
        self.root = Some(self.serve(0));
    }

    /// The root cell's office works while its server is stopped. Returns the next offset there.
    pub fn office(&self, events: Vec<OfficeEvent>) -> u64 {
        let node = self.open(0);
        office::append(&node, events).expect("the census is written down");
        let end = node.store().next_offset();
        node.stop().expect("a checkpoint");
        end
    }

    /// The census with another name: every cell takes that over.
    pub fn renamed(&self, name: &str) -> OfficeEvent {
        office::define_census(CensusDefined { names: office::texts([("en", name)]), ..self.census.clone() })
    }

    /// One more cell tries to join, over this area; what that printed.
    pub fn try_join(&self, number: u16, code: &str) -> Result<String, String> {
        self.run(&self.join_command(number.into(), code, "https://localhost"))
    }

    fn join_command(&self, cell: usize, code: &str, address: &str) -> Vec<String> {
        let (data, number, root) = (self.data(cell), cell.to_string(), self.address(0));
        let values =
            ["--data", text(&data), "--number", &number, "--area", code, "--root", &root, "--address", address];
        ["cell", "join"].into_iter().chain(values).map(str::to_owned).collect()
    }

    /// Adds up what all cells have counted, as `quipu cell show` does; what it printed, also when it could not.
    pub fn show(&self) -> Result<String, String> {
        self.run(&["cell", "show", "--root", &self.address(0)])
    }

    /// Asks the copies of all cells' tables in the root cell's folder, whose server does not run.
    pub fn sql(&self, statement: &str) -> Result<String, String> {
        self.run(&["sql", "--data", text(&self.data(0)), statement])
    }

    fn national(&self) -> Vec<OfficeEvent> {
        let mut events = vec![office::define_census(self.census.clone())];
        events.extend(office::define_areas(&tree()));
        events.push(office::publish_form(LISTING, 1, 1, &compile("listing")));
        events.push(office::publish_form(HOUSEHOLD, 1, 2, &compile("cn2020_short")));
        events.push(office::open_phase(PHASE, COUNTRY, &[("en", "Counting")], &[LISTING, HOUSEHOLD]));
        for at in 0..PROVINCES {
            for index in 0..EAS {
                let (staff, ea) = (enumerator(at, index), ea(at, index));
                events.push(office::enrol_staff(staff, Role::Enumerator, ea, "Enumerator", "", ""));
            }
            let courier = enumerator(at, EAS);
            events.push(office::enrol_staff(courier, Role::Enumerator, province(at), "Courier", "", ""));
        }
        events
    }

    fn join(&self, at: usize, vault: &Vault) -> Census {
        let cell = at + 1;
        let code = format!("1{cell}");
        self.command(&self.join_command(cell, &code, &self.address(cell)));
        let node = self.open(cell);
        let (mut events, mut codes) = (Vec::new(), Vec::new());
        for index in 0..EAS {
            let (staff, ea) = (enumerator(at, index), ea(at, index));
            let (code, letter) = vault.letter(staff, [ea], random());
            events.extend([office::issue_letter(ea, letter), office::grant_lease(ea, staff, 1)]);
            codes.push(code);
        }
        let (courier_code, letter) = vault.letter(enumerator(at, EAS), [], random());
        events.push(office::issue_letter(province(at), letter));
        office::append(&node, events).expect("the cell's office works");
        node.stop().expect("a checkpoint");
        let folder = tempfile::tempdir().expect("a folder");
        let (listing, household) = (compile("listing"), compile("cn2020_short"));
        Census { folder, data: self.data(cell), id: self.census.id, codes, courier_code, listing, household }
    }

    /// Runs a command that must do well.
    fn command<A: AsRef<OsStr> + Debug>(&self, arguments: &[A]) {
        self.run(arguments).unwrap_or_else(|printed| panic!("{arguments:?}: {printed}"));
    }

    fn run<A: AsRef<OsStr> + Debug>(&self, arguments: &[A]) -> Result<String, String> {
        let mut command = Command::new(binary());
        let output = command.args(arguments).env("QUIPU_CELL__SECRET", SECRET).envs(self.journal()).output();
        let output = output.expect("the binary runs");
        if output.status.success() { Ok(printed(&output)) } else { Err(printed(&output)) }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

fn tree() -> AreaTree {
    let mut tree = AreaTree::new();
    let names = |name: &str| vec![("en".to_owned(), name.to_owned())];
    let country = AreaDef { code: "1".into(), parent: None, level: 0, names: names("Country") };
    tree.insert(&country).expect("a country");
    for at in 0..PROVINCES {
        let code = format!("1{}", at + 1);
        let province = AreaDef { code, parent: Some(COUNTRY), level: 1, names: names("Province") };
        tree.insert(&province).expect("a province");
    }
    for at in 0..PROVINCES {
        tree.insert_eas(province(at), EAS).expect("enumeration areas");
    }
    tree.rebuild_index();
    tree
}
