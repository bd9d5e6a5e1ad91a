//! The query side over a cell: its feed and its areas.

use std::sync::Arc;

use node::Node;
use types::{AreaId, Offset};

/// A cell as the query side follows it.
pub struct CellFeed(pub Arc<Node>);

impl query::Feed for CellFeed {
    fn end(&self) -> Offset {
        self.0.store().next_offset()
    }

    fn read(
        &self,
        from: Offset,
        max: usize,
    ) -> Result<Vec<query::FeedEvent>, Box<dyn std::error::Error + Send + Sync>> {
        let events = self.0.feed(from, max)?;
        Ok(events
            .into_iter()
            .map(|event| query::FeedEvent {
                offset: event.offset,
                time: event.time,
                head: event.head,
                body: event.body,
                verdict: event.verdict,
                held: event.held,
            })
            .collect())
    }

    fn link(&self, offset: Offset) -> Result<event::Digest, Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.link(offset)?)
    }
}

/// A cell's area tree.
pub struct CellAreas(pub Arc<Node>);

impl query::Areas for CellAreas {
    fn count(&self) -> u32 {
        self.0.store().areas().len()
    }

    fn parent(&self, area: AreaId) -> Option<AreaId> {
        self.0.store().areas().parent(area)
    }

    fn level(&self, area: AreaId) -> Option<u8> {
        self.0.store().areas().level(area)
    }

    fn code(&self, area: AreaId) -> String {
        self.0.store().areas().code(area).unwrap_or_default()
    }

    fn key_area(&self, area: AreaId) -> AreaId {
        node::key_area(self.0.store().areas(), area)
    }

    fn name(&self, area: AreaId, language: &str) -> String {
        self.0.store().areas().name(area, &[language]).unwrap_or_default()
    }
}
