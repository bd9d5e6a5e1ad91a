//! Shapes for areas without a boundary: a honeycomb in order of the areas. They claim nothing about the ground, and
//! every map that shows them says so.

/// GeoJSON polygons for `count` areas: hexagons row by row in a square of at most two degrees around 0°, 0°.
pub fn generated(count: usize) -> Vec<String> {
    let columns = (count as f64).sqrt().ceil().max(1.0) as usize;
    let width = 2.0 / columns as f64;
    // A regular hexagon with a point on top, `width` across.
    let radius = width / 3f64.sqrt();
    (0..count)
        .map(|at| {
            let (row, column) = (at / columns, at % columns);
            let shift = if row % 2 == 1 { 0.5 } else { 0.0 };
            let (x, y) = (-1.0 + width * (column as f64 + 0.5 + shift), 1.0 - radius * 1.5 * row as f64);
            let corner = |k: usize| {
                let angle = std::f64::consts::FRAC_PI_3 * k as f64 + std::f64::consts::FRAC_PI_6;
                format!("[{:.6},{:.6}]", x + radius * angle.cos() * 0.98, y + radius * angle.sin() * 0.98)
            };
            let ring: Vec<String> = (0..=6).map(|k| corner(k % 6)).collect();
            format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring.join(","))
        })
        .collect()
}

/// How many enumeration areas each of `count` lowest areas gets so that the mean is about `mean`: skewed, from 1 to
/// four times the mean, the same for the same seed.
pub fn enumeration_areas(seed: u64, count: usize, mean: f64) -> impl Iterator<Item = u32> {
    let mut state = seed;
    (0..count).map(move |_| {
        // SplitMix64 (Steele, Lea, Flood 2014): a sequence that is the same on every machine.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let uniform = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        // An exponential's mean is kept although its tail is cut at four times and its head raised to 1.
        let skewed =
            -(1.0 - uniform * (1.0 - (-4f64).exp())).ln() / (1.0 - 4.0 * (-4f64).exp() / (1.0 - (-4f64).exp()));
        ((mean - 0.5).max(0.5) * skewed + 0.5).round().max(1.0) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enumeration_areas_are_skewed_with_the_mean_asked_for() {
        let counts: Vec<u32> = enumeration_areas(7, 100_000, 9.7).collect();
        let mean = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
        assert!((9.4..10.1).contains(&mean), "{mean}");
        assert!(counts.iter().all(|count| (1..=45).contains(count)));
        assert_eq!(counts, enumeration_areas(7, 100_000, 9.7).collect::<Vec<_>>());
    }
}
