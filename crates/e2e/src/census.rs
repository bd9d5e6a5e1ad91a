//! A small census in a data folder, set up the way an office does before the first phone comes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use areas::{AreaDef, AreaTree};
use event::head::CensusDefined;
use forms::{Date, Form, Inputs};
use node::{Node, Options, office};
use tempfile::TempDir;
use types::{AreaId, FormId, Held, PhaseId, Role, StaffId};
use vault::Vault;

/// The listing form.
pub const LISTING: FormId = FormId(1);
/// The household form.
pub const HOUSEHOLD: FormId = FormId(2);
/// The one phase.
pub const PHASE: PhaseId = PhaseId(1);
/// The village above the enumeration areas.
pub const VILLAGE: AreaId = AreaId(1);
const COUNTRY: AreaId = AreaId(0);
const FIRST_EA: u32 = 2;

/// A data folder with a census, its vault beside it, and the letters of its staff.
pub struct Census {
    pub(crate) folder: TempDir,
    pub(crate) data: PathBuf,
    /// Names this census in operations.
    pub id: u64,
    /// Activation code of the enumerator of each enumeration area. Staff numbers go from 1.
    pub codes: Vec<String>,
    /// Activation code of somebody who has no area: their phone sends what others finished.
    pub courier_code: String,
    /// The compiled listing form.
    pub listing: Arc<Form>,
    /// The compiled household form.
    pub household: Arc<Form>,
}

impl Census {
    /// A census of one village with so many enumeration areas.
    pub fn found(eas: u32) -> Census {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        Census::found_in(folder, &data, eas)
    }

    /// As [`Census::found`], with the data folder somewhere else.
    pub fn found_in(folder: TempDir, data: &Path, eas: u32) -> Census {
        Vault::init(&folder.path().join("vault"), 5, 3, random()).expect("a vault");
        Census::establish(folder, data, &open(data), u64::from_le_bytes(random()), eas)
    }

    /// The same census set up once more in an empty data folder, after all servers were lost: its number and its vault are
    /// what is left.
    pub fn found_again(self) -> Census {
        Census::establish(self.folder, &self.data, &open(&self.data), self.id, self.codes.len() as u32)
    }

    /// As [`Census::found`], with its journal in a database. Nodes get folders of their own: [`Census::node`].
    pub fn found_shared(database: &journal_postgres::Options, eas: u32) -> Census {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let options = Options::new(&data);
        let files = Arc::new(journal_postgres::Files::new(database.clone(), options.cell));
        let journal = journal_postgres::PostgresJournal::open(database.clone(), &data.join("journal"), options.cell);
        let options = Options { files: Some(files), ..options };
        let node = Node::open_with(options, Box::new(journal.expect("the database opens")), &mut |_, _| {});
        Vault::init(&folder.path().join("vault"), 5, 3, random()).expect("a vault");
        Census::establish(folder, &data, &node.expect("the node opens"), u64::from_le_bytes(random()), eas)
    }

    /// A data folder for one more node that shares the journal: it has the nodes' key, as an operator copies it.
    pub fn node(&self, name: &str) -> PathBuf {
        let data = self.folder.path().join(name);
        std::fs::create_dir_all(data.join("keys")).expect("a folder");
        std::fs::copy(self.data.join("keys/node.key"), data.join("keys/node.key")).expect("the nodes' key");
        data
    }

    fn establish(folder: TempDir, data: &Path, node: &Node, id: u64, eas: u32) -> Census {
        let vault = Vault::load(&folder.path().join("vault")).expect("a vault");
        let (listing, household) = (compile("listing"), compile("cn2020_short"));
        let census = definition(&vault, id);
        let mut events = vec![office::define_census(census)];
        events.extend(office::define_areas(&tree(eas)));
        events.push(office::publish_form(LISTING, 1, 1, &listing));
        events.push(office::publish_form(HOUSEHOLD, 1, 2, &household));
        events.push(office::open_phase(PHASE, COUNTRY, &[("en", "Counting")], &[LISTING, HOUSEHOLD]));
        let mut codes = Vec::new();
        for at in 0..eas {
            let (staff, ea) = (StaffId(at + 1), ea(at));
            let (code, mut letter) = vault.letter(staff, [ea], random());
            // A phone and a spare one.
            letter.devices_max = 2;
            events.push(office::enrol_staff(staff, Role::Enumerator, ea, &format!("Enumerator {at}"), "", ""));
            events.push(office::issue_letter(ea, letter));
            events.push(office::grant_lease(ea, staff, 1));
            codes.push(code);
        }
        let courier = StaffId(eas + 1);
        let (courier_code, letter) = vault.letter(courier, [], random());
        events.push(office::enrol_staff(courier, Role::Enumerator, VILLAGE, "Courier", "", ""));
        events.push(office::issue_letter(VILLAGE, letter));
        for ack in node.admin_blocking(events).expect("the census is written down") {
            assert_eq!(ack.held, Held::Not, "event {} of the office", ack.offset());
        }
        node.stop().expect("a checkpoint");
        Census { folder, data: data.to_owned(), id, codes, courier_code, listing, household }
    }

    /// A census that somebody has set up by commands in `data` in this folder, with these activation codes.
    pub fn commanded(folder: TempDir, codes: Vec<String>) -> Census {
        let data = folder.path().join("data");
        let node = open(&data);
        let id = node.store().census().expect("it is defined").id;
        node.stop().expect("a checkpoint");
        let (listing, household) = (compile("listing"), compile("cn2020_short"));
        Census { folder, data, id, codes, courier_code: String::new(), listing, household }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.data.clone()
    }

    /// The vault's folder.
    pub fn vault(&self) -> PathBuf {
        self.folder.path().join("vault")
    }

    /// What comes from outside into every form.
    pub fn inputs(&self) -> Inputs {
        Inputs { reference: Date::parse("2020-11-01"), ..Inputs::default() }
    }
}

/// The enumeration area of this place in [`Census::codes`].
pub fn ea(at: u32) -> AreaId {
    AreaId(FIRST_EA + at)
}

/// Opens the cell of a data folder that no server has open.
pub fn open(data: &Path) -> Node {
    Node::open(Options::new(data), &mut |_, _| {}).expect("the data folder opens")
}

fn tree(eas: u32) -> AreaTree {
    let mut tree = AreaTree::new();
    let names = |name: &str| vec![("en".to_owned(), name.to_owned())];
    let country = AreaDef { code: "1".into(), parent: None, level: 0, names: names("Country") };
    let village = AreaDef { code: "101".into(), parent: Some(COUNTRY), level: 1, names: names("Village") };
    tree.insert(&country).expect("a country");
    tree.insert(&village).expect("a village");
    tree.insert_eas(VILLAGE, eas).expect("enumeration areas");
    tree.rebuild_index();
    tree
}

pub(crate) fn compile(name: &str) -> Arc<Form> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../forms/{name}.md"));
    let (book, _) = forms::workbook::from_markdown(&std::fs::read_to_string(path).expect("a shipped form"));
    let (form, mistakes) = forms::compile(&book);
    Arc::new(form.unwrap_or_else(|| panic!("{name}: {mistakes:?}")))
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("random bytes");
    bytes
}

/// The census of the tests, under this vault's key.
pub(crate) fn definition(vault: &Vault, id: u64) -> CensusDefined {
    CensusDefined {
        names: office::texts([("en", "Test")]),
        reference_date: "2020-11-01".into(),
        time_zone: "Asia/Shanghai".into(),
        languages: vec!["en".into(), "zh".into()],
        test: true,
        census_key: vault.census_key().to_vec(),
        id,
        ..CensusDefined::default()
    }
}
