//! Households that are part of another.

use event::Head;
use event::operation::MergeHousehold;
use types::Held;

use super::{Decision, Model, number};

impl Model {
    pub(super) fn merge(&mut self, head: &Head, act: &MergeHousehold) -> Decision {
        let part = (head.area, number(act.household)?);
        if act.into > 65_535 || act.into == act.household {
            return Err(Held::Malformed);
        }
        self.field_work(head)?;
        let known = self.households.get(&part).ok_or(Held::NotListed)?;
        let (before, answered) = (known.merged_into, known.counted.is_some());
        if act.into != 0 && act.into != before {
            let whole = self.households.get(&(head.area, act.into)).ok_or(Held::NotListed)?;
            if before != 0 || whole.merged_into != 0 {
                return Err(Held::Merged);
            }
            if answered {
                return Err(Held::SecondInterview);
            }
        }
        self.households.entry(part).and_modify(|known| known.merged_into = act.into);
        Ok(())
    }
}
