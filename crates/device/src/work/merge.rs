//! Two entries of the list that are one household, and back.

use event::Act;
use event::operation::MergeHousehold;
use types::HouseholdKey;

use super::{Finished, Sheet};
use crate::step::{Batch, Now, Step};
use crate::{Device, Error, Result};

impl Device {
    /// A household was found to be part of another of its enumeration area, or with `into` 0 to be one of its own after
    /// all. Its number stays its own, and what was answered stays where it is.
    ///
    /// # Errors
    /// [`Error::NotEnrolled`]; [`Error::NoHousehold`] for one that is not known, and for a household into itself.
    pub fn merge_household(
        &mut self,
        household: HouseholdKey,
        into: u16,
        now: Now,
        entropy: [u8; 32],
    ) -> Result<(Step, Finished)> {
        let (ea, part, into) = (household.ea, u32::from(household.household), u32::from(into));
        let dwelling = self.dwelling_of(ea, part)?;
        if into != 0 {
            self.dwelling_of(ea, into)?;
        }
        if into == part {
            return Err(Error::NoHousehold { ea: ea.0, household: into });
        }
        let act = MergeHousehold { household: part, into };
        let made = self.make(ea, Act::MergeHousehold(act), (0, 0), &Sheet::default(), &[], now, entropy)?;
        let mut batch = Batch::default();
        let (id, local, _) = self.put_out(made, now, &mut batch);
        if let Some(record) = self.page_mut(ea).households.get_mut(&part) {
            record.merged_into = into;
            record.held = 0;
            record.local = local;
        }
        self.store_household(ea, part, &mut batch);
        Ok((self.end(batch), Finished { number: local, operation: id, dwelling, households: vec![part] }))
    }
}
