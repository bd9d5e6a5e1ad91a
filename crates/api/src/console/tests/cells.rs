//! The root cell's console: what the cells have counted, and nothing that one of them did not say.

use std::sync::Arc;

use serde_json::{Value, json};
use types::{AreaId, CellId};

use super::{COUNTRY, EA, NORTH, Office, SOUTH};
use crate::cells::{Asks, Cells, Standing};
use crate::console::bounds::Slots;

async fn root() -> (Office, Arc<Cells>) {
    let cells = Arc::new(Cells::new(node::ROOT, "a secret".into(), "pack".into()));
    (Office::open_among(Slots::default(), Some(cells.clone())).await, cells)
}

fn asks(cell: u16, area: AreaId) -> Asks {
    Asks { from: 0, cell: CellId(cell), area, address: format!("https://cell-{cell}") }
}

fn standing(cell: u16, counts: &[(&str, u64)]) -> Standing {
    let counts = serde_json::from_value(counts.iter().copied().collect()).unwrap();
    Standing { cell: CellId(cell), area: String::new(), next_offset: 100, census: 7, imported: None, counts }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_root_cells_console_adds_up_what_the_cells_said_and_leads_to_theirs() {
    let (office, cells) = root().await;
    let ada = office.cookie("ada").await;
    let none = office.seen(&ada, "/overview").await;
    assert_eq!((&none["cells"], &none["progress"]["households"]), (&json!([]), &json!(0)));

    for (cell, area) in [(1, NORTH), (2, SOUTH)] {
        assert!(cells.hear(office.node.store().areas(), asks(cell, area)));
    }
    assert!(!cells.hear(office.node.store().areas(), asks(3, EA)), "the area is the first cell's");
    cells.stands(standing(
        1,
        &[
            ("dwellings", 4),
            ("households", 5),
            ("persons", 9),
            ("response.complete", 5),
            ("place.occupied.complete.proxy", 3),
        ],
    ));
    cells.stands(standing(9, &[("households", 1000)]));
    let one = office.seen(&ada, "/overview").await;
    assert_eq!(one["progress"]["households"], json!(5));
    let seen = |overview: &Value, at: usize| overview["cells"][at].clone();
    let north = seen(&one, 0);
    assert_eq!((&north["number"], &north["address"]), (&json!(1), &json!("https://cell-1")));
    assert_eq!(
        (&north["households"], &north["silent"], &north["area"]["id"]),
        (&json!(5), &json!(false), &json!(NORTH))
    );
    assert_eq!(seen(&one, 1)["households"], Value::Null, "the second cell has said nothing, and nobody counts for it");

    cells.stands(standing(2, &[("dwellings", 1), ("households", 2), ("place.occupied.complete.proxy", 1)]));
    let both = office.seen(&ada, "/overview").await;
    assert_eq!((&both["progress"]["households"], &both["progress"]["response"]["complete"]), (&json!(7), &json!(5)));
    let places = office.seen(&ada, "/reconciliation").await;
    assert_eq!((&places["dwellings"], places["cells"].as_array().unwrap().len()), (&json!(5), 1));
    assert_eq!((&places["cells"][0]["dwellings"], &places["cells"][0]["source"]), (&json!(4), &json!("proxy")));

    let country = office.seen(&ada, &format!("/areas/{COUNTRY}")).await;
    assert_eq!((&country["cell"], &country["children"][0]["cell"]["number"]), (&Value::Null, &json!(1)));
    assert_eq!(country["children"][1]["progress"]["households"], json!(2));
    let village = office.seen(&ada, &format!("/areas/{EA}")).await;
    assert_eq!(
        (&village["cell"]["address"], &village["progress"]["households"]),
        (&json!("https://cell-1"), &json!(0))
    );

    // Who answers for the north alone sees no other cell.
    let sun = office.cookie("sun").await;
    let hers = office.seen(&sun, "/overview").await;
    assert_eq!((hers["cells"].as_array().unwrap().len(), &hers["progress"]["households"]), (1, &json!(5)));
    // Of a cell larger than what was asked about nobody learns more than where its console is.
    let below = office.seen(&ada, &format!("/overview?area={EA}")).await;
    let cell = seen(&below, 0);
    assert_eq!((&cell["number"], &cell["whole"], &cell["area"]["id"]), (&json!(1), &json!(false), &json!(EA)));
    assert_eq!((&cell["households"], &cell["persons"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_area_that_is_no_cells_is_an_alarm_and_a_census_of_one_cell_has_none() {
    let (office, cells) = root().await;
    let areas = |of: &Office| cells.alarms(of.node.store().areas());
    assert!(cells.hear(office.node.store().areas(), asks(1, NORTH)));
    let south = office.node.store().areas().code(SOUTH).unwrap();
    assert_eq!(
        (areas(&office)[0].code.as_str(), &areas(&office)[0].params["areas"]),
        ("alarm/areas-without-cell", &south)
    );
    assert!(cells.hear(office.node.store().areas(), asks(2, SOUTH)));
    assert!(areas(&office).is_empty());

    let alone = Office::open().await;
    let ada = alone.cookie("ada").await;
    let overview = alone.seen(&ada, "/overview").await;
    assert_eq!((&overview["cells"], &overview["progress"]["households"]), (&Value::Null, &json!(2)));
    assert_eq!(alone.seen(&ada, &format!("/areas/{NORTH}")).await["cell"], Value::Null);
}
