//! What somebody can do about an error of the database, said before what it said itself.

use postgres::error::SqlState;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// An error with advice.
#[derive(Debug, thiserror::Error)]
#[error("{advice}")]
struct Advised {
    advice: &'static str,
    source: postgres::Error,
}

/// The error, with advice where there is some.
pub(crate) fn advised(error: postgres::Error) -> Source {
    match advice(&error) {
        Some(advice) => Box::new(Advised { advice, source: error }),
        None => Box::new(error),
    }
}

fn advice(error: &postgres::Error) -> Option<&'static str> {
    let Some(code) = error.code() else {
        let source = std::error::Error::source(error)?.downcast_ref::<std::io::Error>()?;
        return match source.kind() {
            std::io::ErrorKind::InvalidData => Some("the server's certificate is not one that `sslmode` accepts"),
            _ => Some("nobody answers there, or the connection broke: check host and port, and that the server runs"),
        };
    };
    Some(match *code {
        SqlState::INVALID_PASSWORD => "the password is wrong, or none was given",
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "the server does not let this user in from here: see its pg_hba.conf, and whether the user exists"
        }
        SqlState::INVALID_CATALOG_NAME => "there is no such database: create it first",
        SqlState::INSUFFICIENT_PRIVILEGE => "the user lacks a right there: docs/postgres.md lists those it needs",
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "that server only reads: name all hosts, with target_session_attrs=read-write"
        }
        SqlState::DISK_FULL => "the database's disk is full: free some space there",
        _ => return None,
    })
}
