//! What can go wrong with a command.

use std::path::PathBuf;

/// The result of a command.
pub type Result<T> = std::result::Result<T, Error>;

/// What the command was doing. The cause is its source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot read or write `{path}`")]
    File { path: PathBuf, source: std::io::Error },
    #[error("the settings cannot be used")]
    Settings(#[from] Box<figment::Error>),
    #[error("the cell cannot be used")]
    Node(#[source] node::Error),
    #[error("the query database cannot be used")]
    Query(#[from] query::Error),
    #[error("the server cannot be used")]
    Api(#[from] api::Error),
    #[error("the vault cannot be used")]
    Vault(#[from] vault::Error),
    #[error("the journal cannot be used")]
    Journal(#[from] journal::Error),
    #[error("the store cannot be used")]
    Store(#[from] store::Error),
    #[error("the backup cannot be used")]
    Backup(#[from] ::backup::Error),
    #[error("an event cannot be read")]
    Event(#[from] event::Error),
    #[error("the form cannot be used")]
    Form(#[from] forms::Error),
    #[error("a simulated phone failed")]
    Fleet(#[from] fleet::phone::Error),
    #[error("the load could not be measured")]
    Load(#[from] bench::Error),
    #[error("this system gives no random numbers: {0}")]
    Random(String),
    #[error("{0}")]
    Refused(String),
}

impl From<node::Error> for Error {
    fn from(error: node::Error) -> Error {
        match error {
            // The office asked for something that does not fit: the cell is well.
            node::Error::Refused { what } | node::Error::OtherCell { what } => Error::Refused(what),
            error => Error::Node(error),
        }
    }
}

impl Error {
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::File { path, source }
    }
}

/// Random bytes of the system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}
