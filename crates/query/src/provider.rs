//! What a statement reads: the files and the tail of one snapshot, without rows that do not count.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, Session, TableProvider};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result};
use datafusion::config::ConfigOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType};
use datafusion::optimizer::AnalyzerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::union::UnionExec;

use crate::batch::widen;
use crate::counted::{Asked, CountedExec};
use crate::derived;
use crate::shared::Shared;
use crate::snapshot::{Snapshot, TableRows};

/// The query folder as DataFusion's file scans know it.
pub(crate) const STORE: &str = "quipu://data";

/// The names of a statement's tables.
#[derive(Debug)]
pub(crate) struct Tables(pub Arc<Shared>);

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let snapshot = self.0.snapshot();
        let stored = snapshot.tables.iter().filter(|(_, table)| table.def.public).map(|(name, _)| name.clone());
        stored.chain(derived::NAMES.iter().map(|name| (*name).to_owned())).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let snapshot = self.0.snapshot();
        let schema = match derived::schema(name, &snapshot) {
            Some(schema) => schema,
            None => match snapshot.tables.get(name).filter(|table| table.def.public) {
                Some(table) => table.def.schema.clone(),
                None => return Ok(None),
            },
        };
        let table = QueryTable { name: name.to_owned(), schema, shared: self.0.clone(), pinned: None };
        Ok(Some(Arc::new(table)))
    }

    fn table_exist(&self, name: &str) -> bool {
        let snapshot = self.0.snapshot();
        derived::NAMES.contains(&name) || snapshot.tables.get(name).is_some_and(|table| table.def.public)
    }
}

/// A table of the newest snapshot, or of the one it is pinned to.
#[derive(Clone, Debug)]
pub(crate) struct QueryTable {
    name: String,
    schema: SchemaRef,
    shared: Arc<Shared>,
    pinned: Option<Arc<Snapshot>>,
}

#[async_trait]
impl TableProvider for QueryTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // Filters only leave out whole row groups (or areas); DataFusion filters the rows.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let snapshot = self.pinned.clone().unwrap_or_else(|| self.shared.snapshot());
        if derived::NAMES.contains(&self.name.as_str()) {
            return derived::scan(&self.name, &self.schema, snapshot, &self.shared, projection, filters);
        }
        let wanted: Vec<usize> = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let table = snapshot.tables.get(&self.name);
        let answers = table.is_some_and(|table| table.def.answers) && !snapshot.reread.is_empty();
        let counted = table.is_some_and(|table| table.def.counted) && !snapshot.dead.is_empty();
        // Whether a row counts is asked of these columns, so they are read even when they are not wanted.
        let mut read = wanted.clone();
        let mut also = |name: &str| -> Result<usize> {
            let index = self.schema.index_of(name)?;
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
                inputs.push(self.files(state, table, &read, filters)?);
            }
            let batches = table.frozen.iter().chain(&table.tail);
            let batches = batches.map(|batch| widen(batch, &self.schema)).collect::<crate::Result<Vec<_>>>();
            let batches = batches.map_err(|e| datafusion::error::DataFusionError::External(Box::new(e)))?;
            if !batches.is_empty() || inputs.is_empty() {
                inputs.push(MemorySourceConfig::try_new_exec(&[batches], self.schema.clone(), Some(read.clone()))?);
            }
        } else {
            inputs.push(MemorySourceConfig::try_new_exec(&[vec![]], self.schema.clone(), Some(read.clone()))?);
        }
        let input = match inputs.len() {
            1 => inputs.remove(0),
            _ => UnionExec::try_new(inputs)?,
        };
        Ok(Arc::new(CountedExec::new(input, asked, wanted.len(), snapshot)))
    }
}

impl QueryTable {
    fn files(
        &self,
        state: &dyn Session,
        table: &TableRows,
        read: &[usize],
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut source =
            ParquetSource::new(self.schema.clone()).with_table_parquet_options(state.table_options().parquet.clone());
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = DFSchema::try_from(self.schema.clone())?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        let parts = state.config().target_partitions().max(1).min(table.files.len());
        let mut groups = vec![Vec::new(); parts];
        for (at, file) in table.files.iter().enumerate() {
            let path = format!("{}/{}", self.name, file.entry.name);
            groups[at % parts].push(PartitionedFile::new(path, file.entry.bytes));
        }
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE)?, Arc::new(source))
            .with_file_groups(groups.into_iter().map(FileGroup::new).collect())
            .with_projection_indices(Some(read.to_vec()))?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Gives all tables of a statement the same snapshot, so that a join never sees two moments.
#[derive(Debug)]
pub(crate) struct Pin(pub Arc<Shared>);

impl AnalyzerRule for Pin {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let snapshot = self.0.snapshot();
        let pinned = plan.transform_up_with_subqueries(|node| {
            let LogicalPlan::TableScan(mut scan) = node else { return Ok(Transformed::no(node)) };
            let Ok(provider) = source_as_provider(&scan.source) else {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            };
            let provider: &dyn TableProvider = &*provider;
            match (provider as &dyn std::any::Any).downcast_ref::<QueryTable>() {
                Some(table) if table.pinned.is_none() => {
                    let table = QueryTable { pinned: Some(snapshot.clone()), ..table.clone() };
                    scan.source = provider_as_source(Arc::new(table));
                    Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
                }
                _ => Ok(Transformed::no(LogicalPlan::TableScan(scan))),
            }
        })?;
        Ok(pinned.data)
    }

    fn name(&self) -> &str {
        "pin_snapshot"
    }
}
