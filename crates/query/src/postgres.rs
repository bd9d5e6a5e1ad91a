//! The PostgreSQL protocol: `psql` and everything else that speaks it, read-only, with user and password.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::common::ParamValues;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::{Set, Statement};
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use datafusion_postgres::hooks::cursor::CursorStatementHook;
use datafusion_postgres::hooks::set_show::SetShowHook;
use datafusion_postgres::hooks::transactions::TransactionStatementHook;
use datafusion_postgres::hooks::{HookClient, QueryHook};
use datafusion_postgres::pgwire::api::auth::sasl::SASLAuthStartupHandler;
use datafusion_postgres::pgwire::api::auth::sasl::scram::{SCRAM_ITERATIONS, ScramAuth, gen_salted_password};
use datafusion_postgres::pgwire::api::auth::{
    AuthSource, DefaultServerParameterProvider, LoginInfo, Password, StartupHandler,
};
use datafusion_postgres::pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use datafusion_postgres::pgwire::api::results::Response;
use datafusion_postgres::pgwire::api::{ClientInfo, PgWireServerHandlers};
use datafusion_postgres::pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use datafusion_postgres::pgwire::tokio::{TlsAcceptor, process_socket};
use datafusion_postgres::{DfSessionService, datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::query::User;
use crate::sql::{self, DATABASE};
use crate::{Error, Result};

/// Connections at once. One more waits until another ends.
const CONNECTIONS_MAX: usize = 64;

/// Serves until the future is dropped.
pub(crate) async fn serve(
    context: SessionContext,
    address: SocketAddr,
    users: Vec<User>,
    tls: Option<(PathBuf, PathBuf)>,
) -> Result<()> {
    let listen = |source| Error::Listen { address: address.to_string(), source };
    let tls = match tls {
        Some((certificate, key)) => Some(acceptor(&certificate, &key).map_err(listen)?),
        None if address.ip().is_loopback() => None,
        None => {
            let why = "without a certificate, SQL is served on a loopback address only";
            return Err(listen(std::io::Error::new(std::io::ErrorKind::InvalidInput, why)));
        }
    };
    setup_pg_catalog(&context, DATABASE, EmptyContextProvider).map_err(|e| *e)?;
    let hooks: Vec<Arc<dyn QueryHook>> = vec![
        Arc::new(ReadOnly),
        Arc::new(CursorStatementHook),
        Arc::new(SetShowHook),
        Arc::new(TransactionStatementHook),
    ];
    let server = Arc::new(Server {
        service: Arc::new(DfSessionService::new_with_hooks(Arc::new(context), hooks)),
        users: Arc::new(Users::new(users).map_err(listen)?),
    });
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = tokio::task::JoinSet::new();
    loop {
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a SQL connection");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        while open.try_join_next().is_some() {}
        let (server, tls) = (server.clone(), tls.clone());
        let Ok(permit) = connections.clone().acquire_owned().await else { return Ok(()) };
        // The connections belong to this future: dropping it ends them.
        open.spawn(async move {
            if let Err(error) = process_socket(socket, tls, server).await {
                tracing::info!(%error, %peer, "a SQL connection ended");
            }
            drop(permit);
        });
    }
}

fn acceptor(certificate: &Path, key: &Path) -> std::io::Result<TlsAcceptor> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let invalid =
        |e: rustls::pki_types::pem::Error| std::io::Error::new(std::io::ErrorKind::InvalidData, e.to_string());
    let chain = CertificateDer::pem_file_iter(certificate).map_err(invalid)?;
    let chain = chain.collect::<std::result::Result<Vec<_>, _>>().map_err(invalid)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(invalid)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(std::io::Error::other)?;
    Ok(Arc::new(config).into())
}

struct Server {
    service: Arc<DfSessionService>,
    users: Arc<Users>,
}

impl PgWireServerHandlers for Server {
    fn simple_query_handler(&self) -> Arc<impl SimpleQueryHandler> {
        self.service.clone()
    }

    fn extended_query_handler(&self) -> Arc<impl ExtendedQueryHandler> {
        self.service.clone()
    }

    fn startup_handler(&self) -> Arc<impl StartupHandler> {
        // A handler keeps the state of one sign-in, so each connection has its own.
        let mut parameters = DefaultServerParameterProvider::default();
        parameters.is_superuser = false;
        parameters.default_transaction_read_only = true;
        let handler = SASLAuthStartupHandler::new(Arc::new(parameters));
        Arc::new(handler.with_scram(ScramAuth::new(self.users.clone())))
    }
}

/// Users and what is needed to check their passwords; the passwords themselves are not kept.
#[derive(Debug)]
struct Users(Vec<(String, Vec<u8>, Vec<u8>)>);

impl Users {
    fn new(users: Vec<User>) -> std::io::Result<Users> {
        let salted = |user: User| {
            let mut salt = vec![0; 16];
            getrandom::fill(&mut salt).map_err(|e| std::io::Error::other(e.to_string()))?;
            let password = gen_salted_password(&user.password, &salt, SCRAM_ITERATIONS);
            Ok((user.name, salt, password))
        };
        users.into_iter().map(salted).collect::<std::io::Result<_>>().map(Users)
    }
}

#[async_trait]
impl AuthSource for Users {
    async fn get_password(&self, login: &LoginInfo) -> PgWireResult<Password> {
        let name = login.user().unwrap_or_default();
        match self.0.iter().find(|(user, ..)| user == name) {
            Some((_, salt, password)) => Ok(Password::new(Some(salt.clone()), password.clone())),
            None => Err(refused("28P01", &format!("password authentication failed for user \"{name}\""))),
        }
    }
}

fn refused(code: &str, message: &str) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new("ERROR".to_owned(), code.to_owned(), message.to_owned())))
}

/// Refuses every statement that does not only read, before anything is planned.
#[derive(Debug)]
struct ReadOnly;

impl ReadOnly {
    fn check(statement: &Statement) -> Option<PgWireError> {
        let allowed = match statement {
            // What every client sends and what changes nothing outside its own connection.
            Statement::StartTransaction { .. }
            | Statement::Commit { .. }
            | Statement::Rollback { .. }
            | Statement::Fetch { .. }
            | Statement::Close { .. }
            | Statement::ShowStatus { .. }
            | Statement::ShowCatalogs { .. } => true,
            Statement::Declare { stmts } => stmts.iter().all(|declare| {
                declare.for_query.as_ref().is_some_and(|query| sql::only_reads(&Statement::Query(query.clone())))
            }),
            Statement::Set(Set::SingleAssignment { variable, .. }) => {
                !variable.to_string().to_lowercase().starts_with("datafusion")
            }
            Statement::Set(Set::SetTimeZone { .. } | Set::SetTransaction { .. }) => true,
            other => sql::only_reads(other),
        };
        (!allowed).then(|| refused("25006", &sql::refusal(&statement.to_string()).to_string()))
    }
}

#[async_trait]
impl QueryHook for ReadOnly {
    async fn handle_simple_query(
        &self,
        statement: &Statement,
        _context: &SessionContext,
        _client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        ReadOnly::check(statement).map(Err)
    }

    async fn handle_extended_parse_query(
        &self,
        statement: &Statement,
        _context: &SessionContext,
        _client: &(dyn ClientInfo + Send + Sync),
    ) -> Option<PgWireResult<LogicalPlan>> {
        ReadOnly::check(statement).map(Err)
    }

    async fn handle_extended_query(
        &self,
        statement: &Statement,
        plan: &LogicalPlan,
        _params: &ParamValues,
        _context: &SessionContext,
        _client: &mut dyn HookClient,
    ) -> Option<PgWireResult<Response>> {
        let checked = ReadOnly::check(statement).or_else(|| {
            let bad = sql::read_only().verify_plan(plan).err()?;
            Some(refused("25006", &bad.to_string()))
        });
        checked.map(Err)
    }
}
