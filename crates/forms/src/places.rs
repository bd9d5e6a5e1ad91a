//! Lengths and areas on the earth's surface.

/// The radius JavaRosa reckons with, in metres: the equatorial one, rounded.
const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// The length in metres of a line of points `latitude longitude …; latitude longitude …`, great circles between them.
/// Not a number when a point is none; nothing (0) for fewer than two points.
pub(crate) fn distance(trace: &str) -> f64 {
    let between = |pair: &[(f64, f64)]| {
        let [(lat0, lon0), (lat1, lon1)] = [pair[0], pair[1]].map(|(lat, lon)| (lat.to_radians(), lon.to_radians()));
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(lat1 - lat0) + lat0.cos() * lat1.cos() * half(lon1 - lon0);
        2.0 * EARTH_RADIUS_M * chord.sqrt().atan2((1.0 - chord).sqrt())
    };
    // Not `sum()`, whose nothing is -0.
    points(trace).windows(2).map(between).fold(0.0, |a, b| a + b)
}

/// The area in square metres of a shape `latitude longitude …; …`: as if the earth were flat around its first point,
/// which is how JavaRosa reckons. Nothing (0) for fewer than three points.
pub(crate) fn area(shape: &str) -> f64 {
    const DEGREE_M: f64 = 2.0 * std::f64::consts::PI * EARTH_RADIUS_M / 360.0;
    let points = points(shape);
    let Some((lat0, lon0)) = points.first().filter(|_| points.len() > 2) else { return 0.0 };
    let flat = |(lat, lon): &(f64, f64)| ((lon - lon0) * DEGREE_M * lat.to_radians().cos(), (lat - lat0) * DEGREE_M);
    let flat: Vec<(f64, f64)> = points[1..].iter().map(flat).collect();
    let triangle = |pair: &[(f64, f64)]| (pair[0].1 * pair[1].0 - pair[0].0 * pair[1].1) / 2.0;
    flat.windows(2).map(triangle).fold(0.0, |a, b| a + b).abs()
}

/// Whether a point lies in a shape: a line from it to the east crosses the shape's border an odd number of times.
pub(crate) fn is_inside(point: &str, shape: &str) -> bool {
    let Some((lat, lon)) = points(point).first().copied() else { return false };
    let crosses = |pair: &&[(f64, f64)]| {
        let [(lat0, lon0), (lat1, lon1)] = [pair[0], pair[1]];
        (lat0 > lat) != (lat1 > lat) && lon < (lon1 - lon0) * (lat - lat0) / (lat1 - lat0) + lon0
    };
    points(shape).windows(2).filter(crosses).count() % 2 == 1
}

/// Latitudes and longitudes in degrees; not numbers where there are none.
fn points(trace: &str) -> Vec<(f64, f64)> {
    let point = |text: &str| {
        let mut numbers = text.split_whitespace().map(crate::vm::parse_number);
        (numbers.next().unwrap_or(f64::NAN), numbers.next().unwrap_or(f64::NAN))
    };
    trace.split(';').filter(|p| !p.trim().is_empty()).map(point).collect()
}
