//! Rows on their way into Arrow batches.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder, new_null_array,
};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;

use crate::Result;
use crate::form::{Cell, Kind};
use crate::schema::TableDef;

/// A value on its way into a column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Integer(i64),
    Decimal(f64),
    Text(&'a str),
    Date(i32),
    Boolean(bool),
    Time(i64),
    Bytes(&'a [u8]),
}

impl<'a> From<&'a Cell> for Value<'a> {
    fn from(cell: &'a Cell) -> Value<'a> {
        match cell {
            Cell::Null => Value::Null,
            Cell::Integer(n) => Value::Integer(*n),
            Cell::Decimal(n) => Value::Decimal(*n),
            Cell::Text(text) => Value::Text(text),
            Cell::Date(days) => Value::Date(*days),
            Cell::Boolean(yes) => Value::Boolean(*yes),
            Cell::Time(us) => Value::Time(*us),
        }
    }
}

enum Builder {
    Integer(Int64Builder),
    Decimal(Float64Builder),
    Text(StringBuilder),
    Date(Date32Builder),
    Boolean(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Bytes(BinaryBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Builder {
        match kind {
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Decimal => Builder::Decimal(Float64Builder::new()),
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Date => Builder::Date(Date32Builder::new()),
            Kind::Boolean => Builder::Boolean(BooleanBuilder::new()),
            Kind::Time => Builder::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Bytes => Builder::Bytes(BinaryBuilder::new()),
        }
    }

    /// Appends a value; one of another type becomes null (a later form version changed the question's type).
    fn push(&mut self, value: Value<'_>) {
        match (self, value) {
            (Builder::Integer(b), Value::Integer(n)) => b.append_value(n),
            (Builder::Decimal(b), Value::Decimal(n)) => b.append_value(n),
            (Builder::Decimal(b), Value::Integer(n)) => b.append_value(n as f64),
            (Builder::Text(b), Value::Text(text)) => b.append_value(text),
            (Builder::Text(b), Value::Integer(n)) => b.append_value(n.to_string()),
            (Builder::Date(b), Value::Date(days)) => b.append_value(days),
            (Builder::Boolean(b), Value::Boolean(yes)) => b.append_value(yes),
            (Builder::Time(b), Value::Time(us)) => b.append_value(us),
            (Builder::Bytes(b), Value::Bytes(bytes)) => b.append_value(bytes),
            (Builder::Integer(b), _) => b.append_null(),
            (Builder::Decimal(b), _) => b.append_null(),
            (Builder::Text(b), _) => b.append_null(),
            (Builder::Date(b), _) => b.append_null(),
            (Builder::Boolean(b), _) => b.append_null(),
            (Builder::Time(b), _) => b.append_null(),
            (Builder::Bytes(b), _) => b.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Integer(b) => Arc::new(b.finish()),
            Builder::Decimal(b) => Arc::new(b.finish()),
            Builder::Text(b) => Arc::new(b.finish()),
            Builder::Date(b) => Arc::new(b.finish()),
            Builder::Boolean(b) => Arc::new(b.finish()),
            Builder::Time(b) => Arc::new(b.finish()),
            Builder::Bytes(b) => Arc::new(b.finish()),
        }
    }
}

/// Collects rows of one table.
pub(crate) struct TableBuilder {
    schema: SchemaRef,
    columns: Vec<Builder>,
    rows: usize,
    /// Rows from before the table gained columns.
    before: Option<RecordBatch>,
}

impl TableBuilder {
    pub fn new(def: &TableDef) -> TableBuilder {
        let columns = def.columns.iter().map(|column| Builder::new(column.kind)).collect();
        TableBuilder { schema: def.schema.clone(), columns, rows: 0, before: None }
    }

    /// Puts rows from before the table gained columns first.
    pub fn after(mut self, before: RecordBatch) -> TableBuilder {
        self.before = Some(before);
        self
    }

    /// Appends a row; values that are missing at its end are null.
    pub fn push<'a>(&mut self, values: impl IntoIterator<Item = Value<'a>>) {
        let mut values = values.into_iter();
        for column in &mut self.columns {
            column.push(values.next().unwrap_or(Value::Null));
        }
        debug_assert!(values.next().is_none(), "a row has more values than its table has columns");
        self.rows += 1;
    }

    /// The rows so far, taken out; `None` when there are none.
    pub fn take(&mut self) -> Result<Option<RecordBatch>> {
        let before = self.before.take().map(|before| widen(&before, &self.schema)).transpose()?;
        if self.rows == 0 {
            return Ok(before);
        }
        self.rows = 0;
        let columns = self.columns.iter_mut().map(Builder::finish).collect();
        let rows = RecordBatch::try_new(self.schema.clone(), columns)?;
        match before {
            Some(before) => Ok(Some(concat_batches(&self.schema, [&before, &rows])?)),
            None => Ok(Some(rows)),
        }
    }
}

/// A batch under a schema that has gained columns since: they are null.
pub(crate) fn widen(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(column) if column.data_type() == field.data_type() => column.clone(),
        _ => new_null_array(field.data_type(), batch.num_rows()),
    });
    Ok(RecordBatch::try_new(schema.clone(), columns.collect())?)
}
