//! Rules version 1: which function decides about which kind of event. A later version gets a file of its own beside this
//! one and shares what it does not change; this one stays until the census closes.

use event::head::OperationDeposited;
use event::{Fact, Head};
use types::{AreaId, Held, Verdict};

use crate::context::{Context, Decision};
use crate::tables::{OriginRef, Seen, Tables};
use crate::{Applied, At, Effect, admin, dwelling, held, household, lease, phase, submission, visit};

pub(crate) fn apply(tables: &mut impl Tables, at: At, head: &Head) -> Applied {
    let operation = head.operation();
    let mut origin = OriginRef::NONE;
    if let Some(id) = operation {
        origin = tables.origin(id.origin);
        // The cell drops repeats before they are journaled; should one slip in, it still takes effect at most once.
        match tables.seen(origin, id.number, &head.digest) {
            Seen::New => {}
            Seen::Same => return Applied { verdict: Verdict::Duplicate, ..Applied::default() },
            Seen::Other => return Applied { verdict: Verdict::IdConflict, ..Applied::default() },
        }
    }
    let mut context = Context { at, head, origin, effects: Vec::new() };
    let decision = if operation.is_some() && head.census != 0 && head.census != tables.census_id() {
        Err(Held::WrongCensus)
    } else {
        decide(tables, &mut context, head.fact.as_ref().expect("the fact is known"))
    };
    match decision {
        Ok(()) => Applied { verdict: Verdict::Accepted, held: Held::Not, effects: context.effects },
        // Deposited as a conflict: the id's first bytes may be in flight still.
        Err(Held::Not) => Applied { verdict: Verdict::IdConflict, ..Applied::default() },
        Err(held) => {
            let effects = vec![Effect::AreaProgressChanged(AreaId(head.area))];
            Applied { verdict: Verdict::Held, held, effects }
        }
    }
}

fn decide(tables: &mut impl Tables, context: &mut Context, fact: &Fact) -> Decision {
    match fact {
        Fact::SubmissionReceived(event) => submission::received::decide(tables, context, event),
        Fact::SubmissionApproved(event) => submission::approved::decide(tables, context, event),
        Fact::SubmissionReturned(event) => submission::returned::decide(tables, context, event),
        Fact::DwellingListed(event) => dwelling::listed::decide(tables, context, event),
        Fact::HouseholdListed(event) => household::listed::decide(tables, context, event),
        Fact::HouseholdMerged(event) => household::merged::decide(tables, context, event),
        Fact::NonresponseConfirmed(event) => household::nonresponse_confirmed::decide(tables, context, event),
        Fact::VisitRecorded(event) => visit::recorded::decide(tables, context, event),
        Fact::LeaseGranted(event) => lease::granted::decide(tables, context, event),
        Fact::LeaseEnded(event) => lease::ended::decide(tables, context, event),
        Fact::PhaseOpened(event) => phase::opened::decide(tables, context, event),
        Fact::PhaseClosed(event) => phase::closed::decide(tables, context, event),
        Fact::CensusDefined(event) => admin::census_defined::decide(tables, event),
        Fact::AreasDefined(event) => admin::areas_defined::decide(tables, event),
        Fact::StaffEnrolled(event) => admin::staff_enrolled::decide(tables, event),
        Fact::LetterIssued(event) => admin::letter_issued::decide(tables, context, event),
        Fact::LetterCancelled(event) => admin::letter_cancelled::decide(tables, event),
        Fact::DeviceRegistered(event) => admin::device_registered::decide(tables, context, event),
        Fact::DeviceRevoked(event) => admin::device_revoked::decide(tables, context, event),
        Fact::FormPublished(event) => admin::form_published::decide(tables, context, event),
        Fact::FormReread(event) => admin::form_reread::decide(tables, event),
        Fact::RulesActivated(event) => {
            tables.set_rules(event.version);
            Ok(())
        }
        Fact::OperationDeposited(event) => deposited(event),
        Fact::OperationDismissed(event) => held::dismissed::decide(tables, context, event),
        Fact::BodyErased(event) => {
            tables.put_erased(context.area(), event.wave);
            context.effects.push(Effect::KeyDestroyed { area: context.area(), wave: event.wave });
            Ok(())
        }
        // Facts for others: the audit trail and the photos' own index.
        Fact::RecordViewed(_) | Fact::AttachmentStored(_) => Ok(()),
    }
}

/// `operation.deposited`: bytes kept because they could not be taken as what they say.
fn deposited(event: &OperationDeposited) -> Decision {
    if event.conflict {
        return Err(Held::Not);
    }
    Err(Held::from_code(event.held).filter(|held| *held != Held::Not).unwrap_or(Held::Malformed))
}
