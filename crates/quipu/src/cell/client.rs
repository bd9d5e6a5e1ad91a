//! Asks another cell.

use std::time::Duration;

use api::cells::{Asks, List, Standing};
use event::{Digest, Protobuf, wire};
use reqwest::{Certificate, Response, StatusCode};
use types::{AreaId, Offset};

use crate::config;
use crate::error::{Error, Result};

/// A cell that says nothing for so long is given up; a long answer over a slow line may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// See the module's documentation.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    secret: String,
}

impl Client {
    /// With the secret that all cells share.
    pub fn new(settings: &config::Cell) -> Result<Client> {
        let secret = settings.secret.clone().filter(|secret| !secret.is_empty());
        let missing =
            || Error::Refused("cells need a secret in common: set QUIPU_CELL__SECRET or [cell] secret".into());
        let secret = secret.ok_or_else(missing)?;
        let mut http = reqwest::Client::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE);
        if let Some(path) = &settings.authority {
            let pem = std::fs::read(path).map_err(Error::file(path))?;
            let wrong = |error| Error::Refused(format!("`{}` is no certificate: {error}", path.display()));
            http = http.add_root_certificate(Certificate::from_pem(&pem).map_err(wrong)?);
        }
        let http = http.build().map_err(|error| Error::Refused(format!("other cells cannot be asked: {error}")))?;
        Ok(Client { http, secret })
    }

    /// The secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// What is national, from the root cell.
    pub async fn reference(&self, root: &str, asks: &Asks) -> Result<wire::Reference> {
        let Asks { from, cell, area, address } = asks;
        let path = format!("/v1/reference?from={from}&cell={cell}&area={area}&address={address}");
        let bytes = self.get(root, &path).await?.bytes().await.map_err(|error| unreachable(root, &error))?;
        let wrong = |error| Error::Refused(format!("{root} answers what this program does not understand: {error}"));
        wire::Reference::decode(bytes).map_err(wrong)
    }

    /// The root cell's area pack; `None` when it has none.
    pub async fn pack(&self, root: &str) -> Result<Option<Vec<u8>>> {
        let response = self.ask(root, "/v1/reference/pack").await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let bytes = good(root, response).await?.bytes().await.map_err(|error| unreachable(root, &error))?;
        Ok(Some(bytes.to_vec()))
    }

    /// A file that a published form lists.
    pub async fn file(&self, root: &str, digest: &str) -> Result<Vec<u8>> {
        let response = self.get(root, &format!("/v1/files/{digest}")).await?;
        Ok(response.bytes().await.map_err(|error| unreachable(root, &error))?.to_vec())
    }

    /// The permanent id of an area.
    pub async fn area(&self, root: &str, code: &str) -> Result<AreaId> {
        let response = self.ask(root, &format!("/v1/areas/{code}")).await?;
        if response.status() == StatusCode::NOT_FOUND {
            let what = format!("{root} has no area with code `{code}`, or is no cell that has the same secret");
            return Err(Error::Refused(what));
        }
        json(root, good(root, response).await?).await
    }

    /// The cells that the root cell has heard of.
    pub async fn cells(&self, root: &str) -> Result<List> {
        json(root, self.get(root, "/v1/cells").await?).await
    }

    /// What a cell hands out of its tables, as bytes of a [`query::Part`]; `None` when they go no further than
    /// the offset already had.
    pub async fn tables(&self, address: &str, had: Option<Offset>) -> Result<Option<Vec<u8>>> {
        let had = had.map_or_else(String::new, |had| format!("?had={had}"));
        let response = self.get(address, &format!("/v1/cell/tables{had}")).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        Ok(Some(response.bytes().await.map_err(|error| unreachable(address, &error))?.to_vec()))
    }

    /// A file of a cell's tables, to be read piece by piece.
    pub async fn table_file(&self, address: &str, table: &str, name: &str) -> Result<Response> {
        self.get(address, &format!("/v1/cell/tables/{table}/{name}")).await
    }

    /// What a cell has counted.
    pub async fn standing(&self, address: &str) -> Result<Standing> {
        json(address, self.get(address, "/v1/cell").await?).await
    }

    /// Which of these cells has a letter.
    pub async fn who_has(&self, lookup: &Digest, addresses: Vec<String>) -> Option<String> {
        let lookup: String = lookup.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut asked = tokio::task::JoinSet::new();
        for address in addresses {
            let (client, path) = (self.clone(), format!("/v1/cell/letters/{lookup}"));
            asked.spawn(async move {
                let answer = client.ask(&address, &path).await.ok()?;
                (answer.status() == StatusCode::NO_CONTENT).then_some(address)
            });
        }
        while let Some(answer) = asked.join_next().await {
            if let Ok(Some(address)) = answer {
                return Some(address);
            }
        }
        None
    }

    async fn get(&self, address: &str, path: &str) -> Result<Response> {
        good(address, self.ask(address, path).await?).await
    }

    async fn ask(&self, address: &str, path: &str) -> Result<Response> {
        let request = self.http.get(format!("{address}{path}")).bearer_auth(&self.secret);
        request.send().await.map_err(|error| unreachable(address, &error))
    }
}

/// An answer that is none is an error, with the server's words.
async fn good(address: &str, response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let said = match status {
        StatusCode::NOT_FOUND => "it is no cell that has the same secret".to_owned(),
        _ => response.text().await.unwrap_or_default(),
    };
    Err(Error::Refused(format!("{address} answers {status}: {said}")))
}

async fn json<T: serde::de::DeserializeOwned>(address: &str, response: Response) -> Result<T> {
    let bytes = response.bytes().await.map_err(|error| unreachable(address, &error))?;
    let wrong = |error| Error::Refused(format!("{address} answers what this program does not understand: {error}"));
    serde_json::from_slice(&bytes).map_err(wrong)
}

pub(super) fn unreachable(address: &str, error: &reqwest::Error) -> Error {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    Error::Refused(format!("{address} cannot be asked: {said}"))
}
