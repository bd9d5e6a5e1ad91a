//! The journal as the query side sees it.

use event::Head;
use types::{Held, Offset, Time, Verdict};

/// An event with what fold decided about it.
#[derive(Clone, Debug)]
pub struct FeedEvent {
    /// Its journal offset.
    pub offset: Offset,
    /// Its time, given by the cell.
    pub time: Time,
    /// Its head.
    pub head: Head,
    /// An encoded [`event::Body`], decrypted; for `form.published` the compiled form. Empty when the event is all head or
    /// its key is destroyed. Identifiers in it stay sealed.
    pub body: Vec<u8>,
    /// What fold decided.
    pub verdict: Verdict,
    /// Why it was held.
    pub held: Held,
}

/// Gives events in order of offset. Implemented by the binary over a cell.
pub trait Feed: Send + Sync {
    /// One more than the offset of the last acknowledged and folded event. Asked often; must be cheap.
    fn end(&self) -> Offset;

    /// At most `max` events from offset `from` on, without gaps; fewer or none at the end. Giving an event again does no
    /// harm: what is already in the tables is passed over.
    fn read(
        &self,
        from: Offset,
        max: usize,
    ) -> std::result::Result<Vec<FeedEvent>, Box<dyn std::error::Error + Send + Sync>>;

    /// A hash of all events below an offset, as the journal chains them; `offset` is at most [`Feed::end`]. Tables made
    /// from another journal are known by it.
    fn link(&self, offset: Offset) -> std::result::Result<event::Digest, Box<dyn std::error::Error + Send + Sync>>;
}
