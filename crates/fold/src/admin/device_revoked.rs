//! `device.revoked`: the device may no longer read; what it still sends is held.

use event::head::DeviceRevoked;
use types::{DeviceId, Held};

use crate::Effect;
use crate::context::{Context, Decision};
use crate::tables::Tables;

/// Revoking twice is revoking once.
pub(crate) fn decide(tables: &mut impl Tables, context: &mut Context, event: &DeviceRevoked) -> Decision {
    let device = DeviceId(event.device);
    let revoked = tables.device_revoked(device).ok_or(Held::NotListed)?;
    if !revoked {
        tables.revoke_device(device);
        context.effects.push(Effect::DeviceRevoked(device));
    }
    Ok(())
}
