//! All servers are gone with all they held: what phones still hold sets the census up again, and receipts prove the rest.

use std::fs;

use e2e::census::{Census, ea};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::{Server, printed, quipu};
use event::Operation;
use types::{Response, Verdict};

const PHONES: u32 = 3;
const HOUSEHOLDS: u64 = 4;

/// Goal: after the loss of every server, each household whose phone is left is there again, once; of the others somebody
/// can say which they were.
/// Method: three phones work and get receipts, and one finishes something more. The data folder and its keys are deleted.
/// The census is set up again with its number and its vault; two phones enrol again and sync, the third is lost too, but
/// its receipts were handed in. The folder is read, names are opened, and the receipts are looked for.
#[tokio::test(flavor = "multi_thread")]
async fn phones_bring_back_what_all_servers_lost_and_receipts_name_the_rest() {
    let census = tokio::task::spawn_blocking(|| Census::found(PHONES)).await.unwrap();
    let server = Server::start(&census.data());
    let mut phones = Vec::new();
    for at in 0..PHONES {
        let mut phone = Handset::enrol(server.addr, &census.codes[at as usize], at.into()).await;
        for _ in 0..HOUSEHOLDS {
            let household = phone.list(&census, ea(at), "Zhang");
            phone.interview(&census, ea(at), household, 2, "Zhang");
        }
        assert!(phone.sync_all().await);
        phones.push(phone);
    }
    let unsent = phones[0].list(&census, ea(0), "Wang");
    phones[0].interview(&census, ea(0), unsent, 1, "Wang");
    assert!(server.stop().success());
    let held: Vec<String> =
        phones.iter().flat_map(|phone| phone.device.held_receipts()).map(|held| held.to_string()).collect();
    let receipts = census.data().with_file_name("receipts.txt");
    fs::write(&receipts, held.join("\n")).unwrap();
    let key: [u8; 32] = fs::read(census.data().join("keys/node.key")).unwrap().try_into().unwrap();
    let key: String =
        event::sign::PrivateKey::from_bytes(&key).public().iter().map(|byte| format!("{byte:02x}")).collect();
    let (data, receipts) = (census.data(), receipts.to_str().unwrap().to_owned());
    let folder = data.to_str().unwrap().to_owned();
    let verify = || quipu(&["journal", "verify", "--data", &folder, "--receipts", &receipts, "--node-key", &key]);
    let proved = verify();
    assert!(
        proved.status.success() && printed(&proved).contains("receipts: 24 proved, 0 taken"),
        "{}",
        printed(&proved)
    );

    fs::remove_dir_all(&data).unwrap();
    let census = tokio::task::spawn_blocking(|| census.found_again()).await.unwrap();
    let server = Server::start(&data);
    drop(phones.pop());
    for (phone, code) in phones.iter_mut().zip(&census.codes) {
        phone.enrol_again(server.addr, code).await;
        assert!(phone.sync_all().await, "all of it is sent again");
        let receipts: Vec<_> = phone.device.receipts().collect();
        assert_eq!(receipts.len(), phone.finished.len());
        assert!(receipts.iter().all(|receipt| receipt.verdict == Verdict::Accepted), "{receipts:?}");
        // A second code of the same office changes nothing.
        assert!(phone.device.held_receipts().count() == phone.finished.len());
    }
    assert_eq!(phones[0].device.eas().len(), 1, "the phone knows its area again");
    assert!(server.stop().success());

    let told = verify();
    assert!(!told.status.success(), "something is missing");
    assert!(
        printed(&told).contains("receipts: 0 proved, 16 taken in under another receipt, 8 missing"),
        "{}",
        printed(&told)
    );
    let lost = held.iter().skip(16).map(|line| line.split(' ').next().unwrap());
    for operation in lost {
        assert!(
            printed(&told).contains(&format!("missing: operation {operation},")),
            "{operation}: {}",
            printed(&told)
        );
    }
    let case = format!("{}/1", phone_area(&folder));
    let vault = census.vault();
    let names = quipu(&[
        "vault",
        "open",
        "--vault",
        vault.to_str().unwrap(),
        "--data",
        &folder,
        "--case",
        &case,
        "--reason",
        "after the loss",
        "--viewer",
        "test",
    ]);
    assert!(printed(&names).contains("Zhang"), "{}", printed(&names));
    let found = tokio::task::spawn_blocking(move || journaled::read(&data)).await.unwrap();
    for bytes in phones.iter().flat_map(|phone| phone.finished.values()) {
        let id = Operation::read(bytes).unwrap().id().unwrap();
        assert_eq!(found.operations[&id].len(), 1, "{id} took effect once");
    }
    assert_eq!((found.progress.submissions, found.progress.held), (2 * HOUSEHOLDS + 1, 0));
    assert_eq!(found.progress.responses(Response::NotStarted), 0);
}

/// The code of the first enumeration area.
fn phone_area(data: &str) -> String {
    let output = quipu(&["sql", "--data", data, "SELECT code FROM area WHERE id = 2"]);
    let printed = printed(&output);
    let code =
        printed.lines().rev().find_map(|line| line.strip_prefix("| ")?.split(' ').next().filter(|c| c.contains('-')));
    code.unwrap_or_else(|| panic!("no area: {printed}")).to_owned()
}
