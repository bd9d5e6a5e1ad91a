//! A phone's store copied to another phone: both go on, and no household is lost.

use e2e::census::{Census, ea};
use e2e::handset::Handset;
use e2e::journaled;
use e2e::server::Server;
use event::Fact;
use types::Verdict;

/// Goal: two phones that give the same number to different work lose neither's.
/// Method: a phone lists and syncs, its store is copied, both interview another household under the same number, both
/// send, and the folder is read.
#[tokio::test(flavor = "multi_thread")]
async fn both_phones_of_a_copied_store_keep_their_household() {
    let census = tokio::task::spawn_blocking(|| Census::found(1)).await.unwrap();
    let server = Server::start(&census.data());
    let mut first = Handset::enrol(server.addr, &census.codes[0], 1).await;
    let here = first.list(&census, ea(0), "Zhang");
    let there = first.list(&census, ea(0), "Wang");
    assert!(first.sync_all().await);

    let mut second = first.copy(2);
    let a = first.interview(&census, ea(0), here, 2, "Zhang");
    let b = second.interview(&census, ea(0), there, 3, "Wang");
    assert_eq!(a, b, "both give the same number");
    assert_ne!(first.finished[&a], second.finished[&b]);
    assert!(first.sync_all().await);
    assert!(second.sync_all().await, "the copy's work is taken in, too");
    assert_eq!(first.device.receipt(a).unwrap().verdict, Verdict::Accepted);
    assert_eq!(second.device.receipt(b).unwrap().verdict, Verdict::IdConflict);
    assert_ne!(first.device.receipt(a).unwrap().bytes, second.device.receipt(b).unwrap().bytes);
    // Asked again, each gets its own.
    for (phone, number) in [(&mut first, a), (&mut second, b)] {
        let held = phone.device.receipt(number).unwrap().bytes;
        phone.sync().await;
        assert_eq!(phone.device.receipt(number).unwrap().bytes, held);
    }
    assert!(server.stop().success());

    let bytes = second.finished[&b].clone();
    let data = census.data();
    tokio::task::spawn_blocking(move || {
        let found = journaled::read(&data);
        assert_eq!(found.progress.submissions, 1);
        assert_eq!(found.deposited.len(), 1, "the other's work is kept as it came");
        let Some(Fact::OperationDeposited(kept)) = &found.deposited[0].fact else { unreachable!() };
        assert!(kept.conflict, "and says why");
        let node = e2e::census::open(&data);
        let mut body = None;
        node.reader()
            .heads(0, &mut |offset, _, head| {
                if event::Head::read(head).unwrap() == found.deposited[0] {
                    body = Some(offset);
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(node.body(body.unwrap()).unwrap(), bytes, "byte for byte");
    })
    .await
    .unwrap();
}
