//! The least and the greatest number that the rules of a question allow, for the generator of test data.

use crate::definition::Item;
use crate::xpath::{self, Expr, Operator};

/// What `. >= 1 and . <= 9` says about the least and the greatest value.
pub(super) fn bounds(item: &Item) -> (f64, f64) {
    let mut bounds = (f64::NEG_INFINITY, f64::INFINITY);
    for source in [&item.constraint, &item.check_soft] {
        if let Ok(expr) = xpath::parse(source) {
            narrow(&expr, &mut bounds);
        }
    }
    bounds
}

fn narrow(expr: &Expr, bounds: &mut (f64, f64)) {
    let Expr::Binary(operator, left, right) = expr else { return };
    if *operator == Operator::And {
        narrow(left, bounds);
        narrow(right, bounds);
        return;
    }
    let here = |e: &Expr| matches!(e, Expr::Path(p) if p.is_here());
    let (n, at_least) = match (&**left, &**right, operator) {
        (e, Expr::Number(n), Operator::Greater | Operator::GreaterOrEqual) if here(e) => (*n, true),
        (e, Expr::Number(n), Operator::Less | Operator::LessOrEqual) if here(e) => (*n, false),
        (Expr::Number(n), e, Operator::Less | Operator::LessOrEqual) if here(e) => (*n, true),
        (Expr::Number(n), e, Operator::Greater | Operator::GreaterOrEqual) if here(e) => (*n, false),
        _ => return,
    };
    if at_least {
        bounds.0 = bounds.0.max(n);
    } else {
        bounds.1 = bounds.1.min(n);
    }
}
