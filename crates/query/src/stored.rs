//! The rows of one stored table: its files, what is in memory only, without rows that do not count, cell by cell.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, Result};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;

use crate::batch::widen;
use crate::counted::{Asked, CountedExec, Numbered};
use crate::snapshot::{Snapshot, TableRows};
use crate::view::View;

/// The folder of the files as DataFusion's file scans know it.
pub(crate) const STORE: &str = "quipu://data";

/// The plan that reads a table of every part of a view under its schema, which has columns that one or the other may lack.
pub(crate) fn scan(
    state: &dyn Session,
    name: &str,
    schema: &SchemaRef,
    view: &View,
    projection: Option<&Vec<usize>>,
    filters: &[Expr],
) -> Result<Arc<dyn ExecutionPlan>> {
    let wanted: Vec<usize> = match projection {
        Some(projection) => projection.clone(),
        None => (0..schema.fields().len()).collect(),
    };
    let mut plans = Vec::new();
    for part in &view.parts {
        let Some(cell) = part.cell else {
            plans.push(one(state, name, schema, part.snapshot.clone(), &wanted, None, filters)?);
            continue;
        };
        // The first column is in no file.
        let own: SchemaRef = Arc::new(Schema::new(schema.fields()[1..].to_vec()));
        let at = wanted.iter().position(|column| *column == 0);
        let numbered = at.map(|at| Numbered { at, field: schema.fields()[0].clone(), cell });
        let wanted: Vec<usize> = wanted.iter().filter_map(|column| column.checked_sub(1)).collect();
        let about_cell =
            |filter: &&Expr| filter.column_refs().iter().any(|column| column.name == *schema.field(0).name());
        let filters: Vec<Expr> = filters.iter().filter(|filter| !about_cell(filter)).cloned().collect();
        plans.push(one(state, name, &own, part.snapshot.clone(), &wanted, numbered, &filters)?);
    }
    match plans.len() {
        0 => Ok(MemorySourceConfig::try_new_exec(&[vec![]], schema.clone(), Some(wanted))?),
        1 => Ok(plans.remove(0)),
        _ => UnionExec::try_new(plans),
    }
}

/// The plan that reads a table of one snapshot.
fn one(
    state: &dyn Session,
    name: &str,
    schema: &SchemaRef,
    snapshot: Arc<Snapshot>,
    wanted: &[usize],
    numbered: Option<Numbered>,
    filters: &[Expr],
) -> Result<Arc<dyn ExecutionPlan>> {
    let table = snapshot.tables.get(name);
    let answers = table.is_some_and(|table| table.def.answers) && !snapshot.reread.is_empty();
    let counted = table.is_some_and(|table| table.def.counted) && !snapshot.dead.is_empty();
    // Whether a row counts is asked of these columns, so they are read even when they are not wanted.
    let mut read = wanted.to_vec();
    let mut also = |name: &str| -> Result<usize> {
        let index = schema.index_of(name)?;
        Ok(read.iter().position(|known| *known == index).unwrap_or_else(|| {
            read.push(index);
            read.len() - 1
        }))
    };
    let asked = match (answers, counted) {
        (true, _) => Some((also("journal_offset")?, Some((also("form")?, also("form_version")?)))),
        (false, true) => Some((also("journal_offset")?, None)),
        (false, false) => None,
    };
    let asked = asked.map(|(offset, version)| Asked { offset, version });

    let mut inputs: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
    if let Some(table) = table {
        if !table.files.is_empty() {
            inputs.push(files(state, schema, table, &read, filters)?);
        }
        let batches = table.frozen.iter().chain(&table.tail);
        let batches = batches.map(|batch| widen(batch, schema)).collect::<crate::Result<Vec<_>>>();
        let batches = batches.map_err(|e| datafusion::error::DataFusionError::External(Box::new(e)))?;
        if !batches.is_empty() || inputs.is_empty() {
            inputs.push(MemorySourceConfig::try_new_exec(&[batches], schema.clone(), Some(read.clone()))?);
        }
    } else {
        inputs.push(MemorySourceConfig::try_new_exec(&[vec![]], schema.clone(), Some(read.clone()))?);
    }
    let input = match inputs.len() {
        1 => inputs.remove(0),
        _ => UnionExec::try_new(inputs)?,
    };
    Ok(Arc::new(CountedExec::new(input, asked, wanted.len(), numbered, snapshot)))
}

fn files(
    state: &dyn Session,
    schema: &SchemaRef,
    table: &TableRows,
    read: &[usize],
    filters: &[Expr],
) -> Result<Arc<dyn ExecutionPlan>> {
    let mut source =
        ParquetSource::new(schema.clone()).with_table_parquet_options(state.table_options().parquet.clone());
    if let Some(filter) = conjunction(filters.to_vec()) {
        let schema = DFSchema::try_from(schema.clone())?;
        source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
    }
    let parts = state.config().target_partitions().max(1).min(table.files.len());
    let mut groups = vec![Vec::new(); parts];
    for (at, file) in table.files.iter().enumerate() {
        groups[at % parts].push(PartitionedFile::new(file.key.clone(), file.entry.bytes));
    }
    let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE)?, Arc::new(source))
        .with_file_groups(groups.into_iter().map(FileGroup::new).collect())
        .with_projection_indices(Some(read.to_vec()))?
        .build();
    Ok(DataSourceExec::from_data_source(config))
}
