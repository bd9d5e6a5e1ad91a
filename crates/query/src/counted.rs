//! A plan node that leaves out rows that do not count, says which cell rows are of where there are several, and keeps a
//! snapshot's files in place while they are read.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::StreamExt;
use types::CellId;

use crate::snapshot::Snapshot;

/// The columns that say whether a row counts, by their place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The journal offset.
    pub offset: usize,
    /// Form and version, of answers that may be read as another version.
    pub version: Option<(usize, usize)>,
}

/// The column that says which cell rows are of.
#[derive(Clone, Debug)]
pub(crate) struct Numbered {
    /// Its place among the columns that go on.
    pub at: usize,
    pub field: FieldRef,
    pub cell: CellId,
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct CountedExec {
    input: Arc<dyn ExecutionPlan>,
    /// `None` when every row counts.
    asked: Option<Asked>,
    /// How many of the input's columns go on.
    width: usize,
    numbered: Option<Numbered>,
    snapshot: Arc<Snapshot>,
    properties: Arc<PlanProperties>,
}

impl CountedExec {
    pub fn new(
        input: Arc<dyn ExecutionPlan>,
        asked: Option<Asked>,
        width: usize,
        numbered: Option<Numbered>,
        snapshot: Arc<Snapshot>,
    ) -> CountedExec {
        let mut fields: Vec<_> = input.schema().fields().iter().take(width).cloned().collect();
        if let Some(numbered) = &numbered {
            fields.insert(numbered.at, numbered.field.clone());
        }
        let schema: SchemaRef = Arc::new(Schema::new_with_metadata(fields, input.schema().metadata().clone()));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        CountedExec { input, asked, width, numbered, snapshot, properties: Arc::new(properties) }
    }
}

impl DisplayAs for CountedExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CountedExec: journal_offset below {}", self.snapshot.offset)
    }
}

impl ExecutionPlan for CountedExec {
    fn name(&self) -> &'static str {
        "CountedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(input) = children.pop() else {
            return Err(DataFusionError::Internal("CountedExec needs one child".to_owned()));
        };
        Ok(Arc::new(CountedExec::new(input, self.asked, self.width, self.numbered.clone(), self.snapshot.clone())))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let schema = self.schema();
        // The snapshot goes with the stream: its files stay until the last row has been read.
        let (asked, snapshot, columns) = (self.asked, self.snapshot.clone(), schema.clone());
        let (width, numbered) = (self.width, self.numbered.clone());
        let rows = input.map(move |batch| {
            let rows = counted(&batch?, asked, &snapshot)?;
            let mut kept = rows.columns()[..width].to_vec();
            if let Some(Numbered { at, cell, .. }) = numbered {
                kept.insert(at, Arc::new(Int64Array::from_value(cell.0.into(), rows.num_rows())));
            }
            let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
            Ok(RecordBatch::try_new_with_options(columns.clone(), kept, &options)?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }
}

/// The rows that count.
fn counted(batch: &RecordBatch, asked: Option<Asked>, snapshot: &Snapshot) -> Result<RecordBatch> {
    let Some(Asked { offset, version }) = asked else { return Ok(batch.clone()) };
    let integers = |column: usize| {
        let column = batch.column(column).as_any().downcast_ref::<Int64Array>();
        column.map(Int64Array::values).ok_or_else(|| DataFusionError::Internal("not a whole number".to_owned()))
    };
    let offsets = integers(offset)?;
    let mut keep: Vec<bool> = offsets.iter().map(|offset| !snapshot.dead.contains(*offset as u64)).collect();
    if let Some((form, version)) = version {
        let versions = integers(form)?.iter().zip(integers(version)?).zip(offsets);
        for (keep, ((form, version), offset)) in keep.iter_mut().zip(versions) {
            *keep &= !snapshot.reread.passes_over(*form as u32, *version as u32, *offset as u64);
        }
    }
    let keep = BooleanArray::from(keep);
    match keep.true_count() == keep.len() {
        true => Ok(batch.clone()),
        false => Ok(filter_record_batch(batch, &keep)?),
    }
}
