//! Forms kept compiled: compiling one is most of what opening an interview costs, and a round at the doors goes between a few.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use forms::Form;

/// The listing's, the household's, and one of an institution or a place outdoors.
const KEPT_MAX: usize = 3;

thread_local! {
    /// The forms used last, the last one first.
    static KEPT: RefCell<VecDeque<Arc<Form>>> = const { RefCell::new(VecDeque::new()) };
}

/// A compiled form from the bytes it was published as.
///
/// # Errors
/// They are no form, or one of a later program.
pub fn compiled(bytes: &[u8]) -> forms::Result<Arc<Form>> {
    KEPT.with_borrow_mut(|kept| {
        let form = match kept.iter().position(|form| form.as_bytes() == bytes).and_then(|at| kept.remove(at)) {
            Some(form) => form,
            None => Arc::new(Form::from_bytes(bytes)?),
        };
        kept.push_front(form.clone());
        kept.truncate(KEPT_MAX);
        Ok(form)
    })
}
