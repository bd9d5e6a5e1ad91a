//! Tables that are made when they are asked: areas, progress, codes, the data dictionary, the lag.

use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, Operator};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use crate::RecordBatch;
use crate::batch::{TableBuilder, Value};
use crate::form::{Column, Kind};
use crate::progress;
use crate::schema::{TableDef, column};
use crate::snapshot::Snapshot;
use crate::view::{Behind, Source, View};

/// Their names.
pub(crate) const NAMES: [&str; 5] = ["area", "area_progress", "codes", "dictionary", "quipu_lag"];

/// A table's columns; `None` when there is no such table.
pub(crate) fn def(name: &str, languages: &[String], several: bool) -> Option<TableDef> {
    let (about, columns) = match name {
        "area" => ("An area of any level", progress::area_columns()),
        "area_progress" => ("How far the census is in an area and all below it", progress::columns()),
        "codes" => ("What the codes of a list mean", codes_columns(languages)),
        "dictionary" => ("What the columns of every table mean", dictionary_columns(languages)),
        "quipu_lag" => ("How far these tables are behind the journal", lag_columns(several)),
        _ => return None,
    };
    Some(TableDef::new(name, about, columns, false, true))
}

/// A table's columns as Arrow types.
pub(crate) fn schema(name: &str, source: &dyn Source, view: &View) -> Option<SchemaRef> {
    def(name, &view.whole.languages, source.several()).map(|def| def.schema)
}

fn codes_columns(languages: &[String]) -> Vec<Column> {
    let mut columns = vec![
        column("form", Kind::Text, "The form the list belongs to; empty for lists of the fixed tables"),
        column("list", Kind::Text, "The list, as the dictionary names it"),
        column("code", Kind::Text, "The code in the tables"),
    ];
    columns.extend(languages.iter().map(|l| column(&label(l), Kind::Text, "What it means, in this language")));
    columns
}

fn dictionary_columns(languages: &[String]) -> Vec<Column> {
    let mut columns = vec![
        column("table_name", Kind::Text, "The table"),
        column("table_about", Kind::Text, "What a row of it is"),
        column("column_name", Kind::Text, "The column"),
        column("position", Kind::Integer, "Position in the table, from 1"),
        column("type", Kind::Text, "What it holds"),
        column("list", Kind::Text, "The code list its values come from; joins codes.list"),
        column("identifier", Kind::Boolean, "A sealed identifier: only whether it was answered is here"),
    ];
    columns.extend(languages.iter().map(|l| column(&label(l), Kind::Text, "What it means, in this language")));
    columns
}

fn label(language: &str) -> String {
    crate::schema::identifier(&format!("label_{language}"))
}

fn lag_columns(several: bool) -> Vec<Column> {
    let cell = several.then(crate::schema::cell);
    let columns = [
        column("journal_offset", Kind::Integer, "Events below this offset are in the tables this statement reads"),
        column("journal_end", Kind::Integer, "One more than the offset of the journal's last event"),
        column("behind_events", Kind::Integer, "How many events are missing"),
        column("seconds", Kind::Decimal, "How long the oldest missing event has been waiting"),
        column("time", Kind::Time, "When the office took in the last event that is in the tables, UTC"),
    ];
    cell.into_iter().chain(columns).collect()
}

fn text_in<'a>(labels: &'a [(String, String)], language: &str) -> Value<'a> {
    labels.iter().find(|(l, _)| l == language).map_or(Value::Null, |(_, text)| Value::Text(text))
}

fn codes(snapshot: &Snapshot, def: &TableDef) -> crate::Result<Option<RecordBatch>> {
    let mut rows = TableBuilder::new(def);
    for (form, code) in &*snapshot.codes {
        let labels = snapshot.languages.iter().map(|language| text_in(&code.labels, language));
        rows.push([Value::Text(form), Value::Text(&code.list), Value::Text(&code.code)].into_iter().chain(labels));
    }
    rows.take()
}

fn dictionary(snapshot: &Snapshot, def: &TableDef, several: bool) -> crate::Result<Option<RecordBatch>> {
    let mut rows = TableBuilder::new(def);
    let derived: Vec<TableDef> =
        NAMES.iter().filter_map(|name| self::def(name, &snapshot.languages, several)).collect();
    let stored = snapshot.tables.values().map(|table| &*table.def).filter(|def| def.public);
    for table in stored.chain(&derived) {
        for (at, column) in table.columns.iter().enumerate() {
            let kind = format!("{:?}", column.kind).to_lowercase();
            let labels = snapshot.languages.iter().map(|language| text_in(&column.labels, language));
            let values = [
                Value::Text(&table.name),
                Value::Text(&table.about),
                Value::Text(&column.name),
                Value::Integer(at as i64 + 1),
                Value::Text(&kind),
                column.list.as_deref().map_or(Value::Null, Value::Text),
                Value::Boolean(column.identifier),
            ];
            rows.push(values.into_iter().chain(labels));
        }
    }
    rows.take()
}

fn lag(behind: &[Behind], def: &TableDef) -> crate::Result<Option<RecordBatch>> {
    let mut rows = TableBuilder::new(def);
    for behind in behind {
        let cell = behind.cell.map(|cell| Value::Integer(cell.0.into()));
        let values = [
            Value::Integer(behind.offset as i64),
            Value::Integer(behind.end as i64),
            Value::Integer(behind.end.saturating_sub(behind.offset) as i64),
            Value::Decimal(behind.seconds),
            Value::Time(behind.time.0),
        ];
        rows.push(cell.into_iter().chain(values));
    }
    rows.take()
}

/// A filter that says exactly which value a column has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub level: Option<i64>,
    pub id: Option<i64>,
    pub parent_id: Option<i64>,
}

impl Wanted {
    fn of(filters: &[Expr]) -> Wanted {
        let mut wanted = Wanted::default();
        for filter in filters {
            let Expr::BinaryExpr(binary) = filter else { continue };
            let (Operator::Eq, Expr::Column(column), Expr::Literal(ScalarValue::Int64(Some(value)), _)) =
                (binary.op, &*binary.left, &*binary.right)
            else {
                continue;
            };
            match column.name.as_str() {
                "level" => wanted.level = Some(*value),
                "id" => wanted.id = Some(*value),
                "parent_id" => wanted.parent_id = Some(*value),
                _ => {}
            }
        }
        wanted
    }
}

/// The plan that makes a table's rows.
pub(crate) fn scan(
    name: &str,
    schema: &SchemaRef,
    view: Arc<View>,
    source: &Arc<dyn Source>,
    projection: Option<&Vec<usize>>,
    filters: &[Expr],
) -> Result<Arc<dyn ExecutionPlan>> {
    let rows = DerivedRows {
        name: name.to_owned(),
        schema: schema.clone(),
        view,
        source: source.clone(),
        wanted: Wanted::of(filters),
    };
    let plan = StreamingTableExec::try_new(schema.clone(), vec![Arc::new(rows)], projection, [], false, None)?;
    Ok(Arc::new(plan))
}

#[derive(Debug)]
struct DerivedRows {
    name: String,
    schema: SchemaRef,
    view: Arc<View>,
    source: Arc<dyn Source>,
    wanted: Wanted,
}

impl PartitionStream for DerivedRows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let external = |error: crate::Error| DataFusionError::External(Box::new(error));
        let (snapshot, places, schema) = (&*self.view.whole, self.source.places().clone(), self.schema.clone());
        let several = self.source.several();
        let Some(def) = def(&self.name, &snapshot.languages, several) else {
            return Box::pin(RecordBatchStreamAdapter::new(Arc::new(Schema::empty()), futures::stream::empty()));
        };
        let rows: Box<dyn Iterator<Item = crate::Result<RecordBatch>> + Send> = match self.name.as_str() {
            "codes" => Box::new(codes(snapshot, &def).transpose().into_iter()),
            "dictionary" => Box::new(dictionary(snapshot, &def, several).transpose().into_iter()),
            "quipu_lag" => Box::new(lag(&self.source.behind(&self.view), &def).transpose().into_iter()),
            "area" => Box::new(progress::areas(places, def, self.wanted.clone())),
            _ => Box::new(progress::rows(places, snapshot, def, self.wanted.clone())),
        };
        let widened = rows.map({
            let schema = schema.clone();
            move |batch| batch.and_then(|batch| crate::batch::widen(&batch, &schema)).map_err(external)
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::iter(widened)))
    }
}
