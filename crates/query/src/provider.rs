//! What a statement reads: the tables of one moment.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, Session, TableProvider};
use datafusion::common::Result;
use datafusion::common::tree_node::Transformed;
use datafusion::config::ConfigOptions;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType};
use datafusion::optimizer::AnalyzerRule;
use datafusion::physical_plan::ExecutionPlan;

use crate::view::{Source, View};
use crate::{derived, stored};

/// The names of a statement's tables.
#[derive(Debug)]
pub(crate) struct Tables(pub Arc<dyn Source>);

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let view = self.0.view();
        let stored = view.whole.tables.iter().filter(|(_, table)| table.def.public).map(|(name, _)| name.clone());
        stored.chain(derived::NAMES.iter().map(|name| (*name).to_owned())).collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let view = self.0.view();
        let schema = match derived::schema(name, &*self.0, &view) {
            Some(schema) => schema,
            None => match view.whole.tables.get(name).filter(|table| table.def.public) {
                Some(table) => table.def.schema.clone(),
                None => return Ok(None),
            },
        };
        let table = QueryTable { name: name.to_owned(), schema, source: self.0.clone(), pinned: None };
        Ok(Some(Arc::new(table)))
    }

    fn table_exist(&self, name: &str) -> bool {
        let view = self.0.view();
        derived::NAMES.contains(&name) || view.whole.tables.get(name).is_some_and(|table| table.def.public)
    }
}

/// A table of the newest state, or of the one it is pinned to.
#[derive(Clone, Debug)]
pub(crate) struct QueryTable {
    name: String,
    schema: SchemaRef,
    source: Arc<dyn Source>,
    pinned: Option<Arc<View>>,
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
        let view = self.pinned.clone().unwrap_or_else(|| self.source.view());
        if derived::NAMES.contains(&self.name.as_str()) {
            return derived::scan(&self.name, &self.schema, view, &self.source, projection, filters);
        }
        stored::scan(state, &self.name, &self.schema, &view, projection, filters)
    }
}

/// Gives all tables of a statement the same state, so that a join never sees two moments.
#[derive(Debug)]
pub(crate) struct Pin(pub Arc<dyn Source>);

impl AnalyzerRule for Pin {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let view = self.0.view();
        let pinned = plan.transform_up_with_subqueries(|node| {
            let LogicalPlan::TableScan(mut scan) = node else { return Ok(Transformed::no(node)) };
            let Ok(provider) = source_as_provider(&scan.source) else {
                return Ok(Transformed::no(LogicalPlan::TableScan(scan)));
            };
            let provider: &dyn TableProvider = &*provider;
            match (provider as &dyn std::any::Any).downcast_ref::<QueryTable>() {
                Some(table) if table.pinned.is_none() => {
                    let table = QueryTable { pinned: Some(view.clone()), ..table.clone() };
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
