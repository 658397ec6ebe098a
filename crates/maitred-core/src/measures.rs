//! Measures of fairness: how far what people received is from what their weights entitled them to.

/// Jain's fairness index `(sum x)^2 / (n sum x^2)` (Jain, Chiu, Hawe 1984): 1 when all are equal, `k/n` when `k` of
/// `n` share everything. Give it `received / weight`. `None` for no or only zero values.
#[must_use]
pub fn jain(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|x| x * x).sum();
    (squares > 0.0).then(|| sum * sum / (values.len() as f64 * squares))
}

/// Pearson's chi-square of what was received against what was expected, and its degrees of freedom (one less than
/// the terms). Terms that expect nothing are left out; `None` when fewer than two remain.
#[must_use]
pub fn chi_square(received_and_expected: &[(f64, f64)]) -> Option<(f64, u32)> {
    let terms: Vec<f64> = received_and_expected
        .iter()
        .filter(|(_, expected)| *expected > 0.0)
        .map(|(received, expected)| (received - expected).powi(2) / expected)
        .collect();
    (terms.len() > 1).then(|| (terms.iter().sum(), terms.len() as u32 - 1))
}
