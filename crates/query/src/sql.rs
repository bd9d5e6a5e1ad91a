//! SQL: the session every statement runs in, and what is refused before it runs.

use std::path::Path;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};
use datafusion::sql::parser::{DFParser, Statement as DfStatement};
use datafusion::sql::sqlparser::ast::{SetExpr, Statement};

use crate::provider::{Pin, Tables};
use crate::stored::STORE;
use crate::view::Source;
use crate::{Error, Result};

/// The name of the database, as `psql` sees it.
pub(crate) const DATABASE: &str = "quipu";

/// Memory that running statements may use together.
const MEMORY_BYTES_MAX: usize = 2 << 30;

/// A session over the tables.
pub(crate) fn session(dir: &Path, source: &Arc<dyn Source>) -> Result<SessionContext> {
    let config = SessionConfig::new()
        .with_information_schema(true)
        .with_default_catalog_and_schema(DATABASE, "public")
        .with_create_default_catalog_and_schema(false)
        .set_bool("datafusion.execution.parquet.pushdown_filters", false);
    let runtime =
        RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(MEMORY_BYTES_MAX))).build_arc()?;
    let store = LocalFileSystem::new_with_prefix(dir).map_err(|e| DataFusionError::ObjectStore(Box::new(e)))?;
    runtime.register_object_store(ObjectStoreUrl::parse(STORE)?.as_ref(), Arc::new(store));
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_analyzer_rule(Arc::new(Pin(source.clone())))
        .build();
    let context = SessionContext::new_with_state(state);
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema("public", Arc::new(Tables(source.clone())))?;
    context.register_catalog(DATABASE, Arc::new(catalog));
    Ok(context)
}

/// Whether a statement only reads.
pub(crate) fn only_reads(statement: &Statement) -> bool {
    match statement {
        Statement::Query(query) => {
            !matches!(&*query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_))
        }
        Statement::Explain { statement, .. } => only_reads(statement),
        Statement::ExplainTable { .. }
        | Statement::ShowVariable { .. }
        | Statement::ShowVariables { .. }
        | Statement::ShowTables { .. }
        | Statement::ShowColumns { .. }
        | Statement::ShowSchemas { .. }
        | Statement::ShowDatabases { .. }
        | Statement::ShowFunctions { .. } => true,
        _ => false,
    }
}

/// The refusal of a statement that does not only read.
pub(crate) fn refusal(statement: &str) -> Error {
    let words: Vec<&str> = statement.split_whitespace().take(3).collect();
    Error::ReadOnly { statement: words.join(" ") }
}

/// Runs one statement that only reads.
pub(crate) async fn run(context: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>> {
    let mut statements = DFParser::parse_sql(sql)?;
    let (Some(statement), true) = (statements.pop_front(), statements.is_empty()) else {
        return Err(DataFusionError::Plan("one statement at a time, please".to_owned()).into());
    };
    let reads = match &statement {
        DfStatement::Statement(statement) => only_reads(statement),
        DfStatement::Explain(explain) => {
            matches!(&*explain.statement, DfStatement::Statement(statement) if only_reads(statement))
        }
        _ => false,
    };
    if !reads {
        return Err(refusal(sql));
    }
    let plan = context.state().statement_to_plan(statement).await?;
    read_only().verify_plan(&plan)?;
    let frame = context.execute_logical_plan(plan).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let mut batches = frame.collect().await?;
    if batches.is_empty() {
        // The columns of an answer without rows.
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// What a plan may contain.
pub(crate) fn read_only() -> SQLOptions {
    SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false)
}
