//! The web apps are embedded by `src/assets.rs`. The compiler knows of files it has embedded, not of those that appear
//! later: so Cargo watches the folders they are built into.

use std::path::Path;

fn main() {
    for app in ["../../web/collect", "../../web/console"] {
        let built = Path::new(app).join("dist");
        // A missing path would make Cargo build this crate every time.
        let watched = if built.exists() { built } else { app.into() };
        if watched.exists() {
            println!("cargo:rerun-if-changed={}", watched.display());
        } else {
            println!("cargo:rerun-if-changed=../../web/package.json");
        }
    }
}
