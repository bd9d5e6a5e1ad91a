//! Lengths on the earth's surface.

/// The radius JavaRosa reckons with, in metres: the equatorial one, rounded.
const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// The length in metres of a line of points `latitude longitude …; latitude longitude …`, great circles between them.
/// Not a number when a point is none; nothing (0) for fewer than two points.
pub(crate) fn distance(trace: &str) -> f64 {
    let point = |text: &str| {
        let mut numbers = text.split_whitespace().map(|n| crate::vm::parse_number(n).to_radians());
        (numbers.next().unwrap_or(f64::NAN), numbers.next().unwrap_or(f64::NAN))
    };
    let points: Vec<(f64, f64)> = trace.split(';').filter(|p| !p.trim().is_empty()).map(point).collect();
    let between = |pair: &[(f64, f64)]| {
        let ((lat0, lon0), (lat1, lon1)) = (pair[0], pair[1]);
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(lat1 - lat0) + lat0.cos() * lat1.cos() * half(lon1 - lon0);
        2.0 * EARTH_RADIUS_M * chord.sqrt().atan2((1.0 - chord).sqrt())
    };
    // Not `sum()`, whose nothing is -0.
    points.windows(2).map(between).fold(0.0, |a, b| a + b)
}
