//! What the field found and what the office decided. Four things are kept apart: occupancy of a dwelling, outcome of
//! a visit, response status of a household's form, and source of its answers.

use serde::{Deserialize, Serialize};

macro_rules! code_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant = $code),+ }

        impl $name {
            /// Every value, in the order of their codes.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The value of a code; `None` for a code this version does not know.
            pub fn from_code(code: u32) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }

            /// The permanent number written to the journal.
            pub fn code(self) -> u32 { self as u32 }

            /// The name used in SQL, JSON and message codes.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}

code_list!(
    /// What a dwelling was found to be at listing.
    Occupancy {
        /// Listed, not yet known.
        #[default]
        Unknown = 0 "unknown",
        /// Somebody lives here.
        Occupied = 1 "occupied",
        /// Nobody lives here.
        Vacant = 2 "vacant",
        /// Used for part of the year only.
        Seasonal = 3 "seasonal",
        /// A household lives here and is away for the whole period.
        HouseholdAbsent = 4 "household_absent",
        /// A shop, a shed, an office: nobody could live here.
        NotLivingQuarters = 5 "not_living_quarters",
        /// No longer standing.
        Demolished = 6 "demolished",
    }
);

code_list!(
    /// Where a household's form stands.
    Response {
        /// Listed, nobody has interviewed yet.
        #[default]
        NotStarted = 0 "not_started",
        /// Visited without an interview; a call-back is due.
        CallBack = 1 "call_back",
        /// Received and clean, or with warnings only.
        Complete = 2 "complete",
        /// Received; a hard rule is broken, or fold held it.
        NeedsReview = 3 "needs_review",
        /// Sent back to the enumerator.
        Returned = 4 "returned",
        /// Approved by the supervisor.
        Approved = 5 "approved",
        /// Refused at the door; becomes final only by a supervisor.
        Refused = 6 "refused",
        /// Refusal confirmed by a supervisor after the contact rules.
        RefusedFinal = 7 "refused_final",
        /// Nobody met after the contact rules, confirmed by a supervisor.
        NonContactFinal = 8 "non_contact_final",
    }
);

code_list!(
    /// Where the answers come from.
    Source {
        /// No answers yet.
        #[default]
        None = 0 "none",
        /// Interview at the door.
        InPerson = 1 "in_person",
        /// Interview by telephone.
        Telephone = 2 "telephone",
        /// The household answered for itself.
        SelfResponse = 3 "self",
        /// Keyed from paper.
        Paper = 4 "paper",
        /// A neighbour, a manager or another third person answered.
        Proxy = 5 "proxy",
        /// Taken from an administrative register.
        Register = 6 "register",
    }
);

code_list!(
    /// What validation found in a finished form. Decided once, at the door, and journaled in the head.
    Outcome {
        /// Nothing to say.
        #[default]
        Clean = 0 "clean",
        /// Soft checks only.
        Warned = 1 "warned",
        /// A hard rule is broken, or a required answer is missing: finished all the same.
        NeedsReview = 2 "needs_review",
        /// The server could not read the answers with any form it knows; kept as given.
        Unreadable = 3 "unreadable",
        /// Given for another reference moment than the census's, so ages and who counts may differ; kept as given.
        OtherReference = 4 "other_reference",
    }
);

impl Outcome {
    /// Whether a person must look at the answers before they are complete.
    pub fn for_review(self) -> bool {
        !matches!(self, Outcome::Clean | Outcome::Warned)
    }
}

code_list!(
    /// What fold decided about an event. A verdict is data: field work is never thrown away.
    Verdict {
        /// It counts.
        #[default]
        Accepted = 0 "accepted",
        /// The same operation again; nothing changed.
        Duplicate = 1 "duplicate",
        /// Kept and explained; a person decides. See [`Held`].
        Held = 2 "held",
        /// The same operation id with other bytes: kept, with a receipt of its own.
        IdConflict = 3 "id_conflict",
    }
);

code_list!(
    /// Why an event was held.
    Held {
        /// It was not held.
        #[default]
        Not = 0 "not",
        /// The lease it was made under had ended before it arrived, and another has begun.
        StaleLease = 1 "stale_lease",
        /// The device is revoked.
        DeviceRevoked = 2 "device_revoked",
        /// The phase was closed for this area.
        PhaseClosed = 3 "phase_closed",
        /// The area is not (or no longer) the sender's.
        OutsideArea = 4 "outside_area",
        /// The household or dwelling is not listed in this area.
        NotListed = 5 "not_listed",
        /// Another interview of the same case came first.
        SecondInterview = 6 "second_interview",
        /// The form version is not open in this phase.
        FormNotOpen = 7 "form_not_open",
        /// The operation could not be understood; its bytes are kept.
        Malformed = 8 "malformed",
        /// The area is not known here.
        UnknownArea = 9 "unknown_area",
        /// The number is already taken by another dwelling or household.
        NumberTaken = 10 "number_taken",
        /// A test device's data arrived at a census that counts, or the other way round.
        WrongCensus = 11 "wrong_census",
        /// The household was found to be part of another.
        Merged = 12 "merged",
    }
);
