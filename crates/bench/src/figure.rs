//! A figure, and the table of them.

use serde::{Deserialize, Serialize};

/// One measured value, as in `target/bench.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured.
    pub name: String,
    /// The median of the rounds.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// A limit measured in the same run, or a budget.
    pub limit: Option<f64>,
    /// `value` to `limit`: of interleaved rounds, the median of each round's own ratio.
    pub ratio: Option<f64>,
    /// What the limit is and how the rounds spread; for the table only.
    #[serde(skip)]
    pub note: String,
}

impl Figure {
    /// A value without a limit.
    pub fn plain(name: &str, value: f64, unit: &str, note: String) -> Figure {
        Figure { name: name.into(), value, unit: unit.into(), limit: None, ratio: None, note }
    }

    /// A value against a fixed budget.
    pub fn budget(name: &str, value: f64, unit: &str, limit: f64, note: String) -> Figure {
        Figure { limit: Some(limit), ratio: Some(value / limit), ..Figure::plain(name, value, unit, note) }
    }

    /// Rounds against a limit measured beside each of them.
    pub fn rounds(name: &str, values: &Rounds, unit: &str, limits: &Rounds, note: &str) -> Figure {
        let ratios = Rounds(values.0.iter().zip(&limits.0).map(|(value, limit)| value / limit).collect());
        Figure {
            limit: Some(limits.median()),
            ratio: Some(ratios.median()),
            ..Figure::plain(
                name,
                values.median(),
                unit,
                format!("{}; limit: {note}, {}", values.spread(), limits.spread()),
            )
        }
    }
}

/// The same measured several times.
#[derive(Clone, Debug, Default)]
pub struct Rounds(pub Vec<f64>);

impl Rounds {
    /// The middle value; NaN without rounds.
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => sorted[count / 2],
            count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2.0,
        }
    }

    /// Smallest, median and largest.
    pub fn spread(&self) -> String {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{} / {} / {}", short(least), short(self.median()), short(most))
    }
}

/// The figures as a table for people.
pub fn table(figures: &[Figure]) -> String {
    let mut text = format!(
        "{:<26}{:>13}  {:<14}{:>13}{:>7}  rounds: least / median / most\n",
        "", "value", "unit", "limit", "ratio"
    );
    for figure in figures {
        let limit = figure.limit.map_or_else(String::new, short);
        let ratio = figure.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let value = short(figure.value);
        text += &format!("{:<26}{value:>13}  {:<14}{limit:>13}{ratio:>7}  {}\n", figure.name, figure.unit, figure.note);
    }
    text
}

/// Enough digits to compare, thousands grouped.
fn short(value: f64) -> String {
    if value.abs() < 100.0 {
        return format!("{value:.2}");
    }
    let digits = format!("{value:.0}");
    let grouped = digits.char_indices().flat_map(|(at, digit)| {
        let comma = at > 0 && (digits.len() - at) % 3 == 0;
        comma.then_some(',').into_iter().chain([digit])
    });
    grouped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_round_counts_and_each_round_is_compared_with_its_own_limit() {
        let (values, limits) = (Rounds(vec![10.0, 90.0, 30.0]), Rounds(vec![20.0, 100.0, 40.0]));
        let figure = Figure::rounds("x", &values, "u", &limits, "");
        assert_eq!((figure.value, figure.limit, figure.ratio), (30.0, Some(40.0), Some(0.75)));
        assert_eq!(Rounds(vec![1.0, 3.0]).median(), 2.0);
        assert_eq!(short(1234567.0), "1,234,567");
    }
}
