//! Tokens to an expression tree, by binding power.

use super::lexer::{Token, tokens};
use super::{Axis, Expr, Mistake, Operator, Path, Start, Step};

/// Expressions nested deeper than this are refused.
const DEPTH_MAX: usize = 64;
const SOURCE_BYTES_MAX: usize = 100_000;

/// Parses a whole expression.
pub(crate) fn parse(source: &str) -> Result<Expr, Mistake> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(Mistake::new(0, "the expression is too long"));
    }
    let mut parser = Parser { tokens: tokens(source)?, next: 0, depth: 0 };
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(expr),
        token => Err(Mistake::new(parser.at(), format!("{} is not expected here", describe(token)))),
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(t, _)| t)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(s) if *s == sign);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), Mistake> {
        if self.sign(sign) {
            return Ok(());
        }
        Err(Mistake::new(self.at(), format!("`{sign}` is missing before {}", describe(self.peek()))))
    }

    fn expression(&mut self, power_min: u8) -> Result<Expr, Mistake> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Mistake::new(self.at(), "the expression is nested too deep"));
        }
        let mut left = if self.sign("-") { Expr::Negate(Box::new(self.expression(13)?)) } else { self.operand()? };
        while let Some((operator, power)) = self.operator() {
            if power < power_min {
                break;
            }
            self.next += 1;
            let right = self.expression(power + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        use Operator::*;
        let Token::Sign(sign) = self.peek() else { return None };
        Some(match *sign {
            "or" => (Or, 1),
            "and" => (And, 3),
            "=" => (Equal, 5),
            "!=" => (NotEqual, 5),
            "<" => (Less, 7),
            "<=" => (LessOrEqual, 7),
            ">" => (Greater, 7),
            ">=" => (GreaterOrEqual, 7),
            "+" => (Add, 9),
            "-" => (Subtract, 9),
            "*" => (Multiply, 11),
            "div" => (Divide, 11),
            "mod" => (Modulo, 11),
            "|" => (Union, 15),
            _ => return None,
        })
    }

    fn operand(&mut self) -> Result<Expr, Mistake> {
        let at = self.at();
        match self.take() {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Sign("(") => {
                let inner = self.expression(0)?;
                self.expect(")")?;
                if matches!(self.peek(), Token::Sign("[" | "/" | "//")) {
                    let message = "nothing can stand behind a path in brackets; put the predicate into the path";
                    return Err(Mistake::new(self.at(), message));
                }
                Ok(inner)
            }
            Token::Reference(name) => self.path(Start::Named(name), at),
            Token::Sign("." | ".." | "@" | "*") | Token::Axis(_) => {
                self.next -= 1;
                let start = if matches!(self.peek(), Token::Sign("." | "..")) { Start::Here } else { Start::Bare };
                self.steps(start, at)
            }
            Token::Sign("/" | "//") => {
                self.next -= 1;
                self.path(Start::Root, at)
            }
            Token::Name(name) if matches!(self.peek(), Token::Sign("(")) => self.call(name, at),
            Token::Name(_) => {
                self.next -= 1;
                self.steps(Start::Bare, at)
            }
            token => Err(Mistake::new(at, format!("a value is missing before {}", describe(&token)))),
        }
    }

    fn call(&mut self, name: String, at: usize) -> Result<Expr, Mistake> {
        self.expect("(")?;
        let mut args = Vec::new();
        if !self.sign(")") {
            loop {
                args.push(self.expression(0)?);
                if self.sign(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        match (name.as_str(), args.as_slice()) {
            ("current", []) => self.path(Start::Current, at),
            ("instance", [Expr::Text(list)]) => {
                let list = list.clone();
                self.path(Start::List(list), at)
            }
            _ => Ok(Expr::Call { name, args, at }),
        }
    }

    /// The predicates and steps behind a path's start.
    fn path(&mut self, start: Start, at: usize) -> Result<Expr, Mistake> {
        let predicates = self.predicates()?;
        self.more(Path { start, predicates, steps: Vec::new(), at })
    }

    /// A path that begins with a step.
    fn steps(&mut self, start: Start, at: usize) -> Result<Expr, Mistake> {
        let first = self.step(false)?;
        let mut path = Path { start, predicates: Vec::new(), steps: Vec::new(), at };
        path.push(first);
        self.more(path)
    }

    fn more(&mut self, mut path: Path) -> Result<Expr, Mistake> {
        loop {
            let below = match self.peek() {
                Token::Sign("/") => false,
                Token::Sign("//") => true,
                _ => return Ok(Expr::Path(path)),
            };
            self.next += 1;
            let step = self.step(below)?;
            path.push(step);
        }
    }

    fn step(&mut self, below: bool) -> Result<Step, Mistake> {
        let at = self.at();
        let mut token = self.take();
        let mut axis = String::new();
        if let Token::Axis(name) = token {
            axis = name;
            token = self.take();
        }
        let named = match token {
            Token::Name(_) if matches!(self.peek(), Token::Sign("(")) => {
                return Err(Mistake::new(at, "a path goes through names; `text()` and `node()` are not needed"));
            }
            Token::Name(name) | Token::Reference(name) => Some(name),
            Token::Sign("*") => None,
            Token::Sign(dots @ ("." | "..")) if axis.is_empty() && !below => {
                let axis = if dots == "." { Axis::Own } else { Axis::Parent };
                return Ok(Step { axis, predicates: self.predicates()? });
            }
            Token::Sign("@") => {
                return Err(Mistake::new(at, "attributes `@…` have no answers; name a question instead"));
            }
            token => {
                return Err(Mistake::new(at, format!("a name is missing before {}", describe(&token))));
            }
        };
        let axis = match (axis.as_str(), named) {
            ("" | "child", name) if below => Axis::Below(name),
            ("" | "child", Some(name)) => Axis::Child(name),
            ("" | "child", None) => Axis::Children,
            ("descendant", name) => Axis::Below(name),
            ("preceding-sibling", Some(name)) => Axis::Before(name),
            ("following-sibling", Some(name)) => Axis::After(name),
            ("parent", None) => Axis::Parent,
            ("self", None) => Axis::Own,
            (other, _) => return Err(Mistake::new(at, format!("the axis `{other}::` is not supported here"))),
        };
        Ok(Step { axis, predicates: self.predicates()? })
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, Mistake> {
        let mut predicates = Vec::new();
        while self.sign("[") {
            predicates.push(self.expression(0)?);
            self.expect("]")?;
        }
        Ok(predicates)
    }
}

impl Path {
    /// Adds a step; one that goes nowhere and keeps everything is left out.
    fn push(&mut self, step: Step) {
        if step.axis != Axis::Own || !step.predicates.is_empty() {
            self.steps.push(step);
        }
    }
}

fn describe(token: &Token) -> String {
    match token {
        Token::Number(n) => format!("`{n}`"),
        Token::Text(t) => format!("`'{t}'`"),
        Token::Reference(name) => format!("`${{{name}}}`"),
        Token::Name(name) => format!("`{name}`"),
        Token::Axis(name) => format!("`{name}::`"),
        Token::Sign(sign) => format!("`{sign}`"),
        Token::End => "the end".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        let shown = match parse(source) {
            Ok(expr) => show(&expr),
            Err(mistake) => format!("{}: {}", mistake.at, mistake.message),
        };
        assert_eq!(shown, expected, "{source}");
    }

    fn show(expr: &Expr) -> String {
        match expr {
            Expr::Number(n) => n.to_string(),
            Expr::Text(t) => format!("'{t}'"),
            Expr::Negate(inner) => format!("-{}", show(inner)),
            Expr::Binary(op, l, r) => format!("({op:?} {} {})", show(l), show(r)),
            Expr::Call { name, args, .. } => format!("{name}({})", args.iter().map(show).collect::<Vec<_>>().join(" ")),
            Expr::Path(p) => {
                let predicates = |of: &[Expr]| of.iter().map(|e| format!("[{}]", show(e))).collect::<String>();
                let steps = p.steps.iter().map(|s| {
                    let axis = match &s.axis {
                        Axis::Child(name) => name.clone(),
                        other => format!("{other:?}"),
                    };
                    format!("/{axis}{}", predicates(&s.predicates))
                });
                format!("{:?}{}{}", p.start, predicates(&p.predicates), steps.collect::<String>())
            }
        }
    }

    #[test]
    fn operators_bind_as_xpath_says() {
        check("1 + 2 * 3 = 7 and 1 < 2 or 0", "(Or (And (Equal (Add 1 (Multiply 2 3)) 7) (Less 1 2)) 0)");
        check("- 2 - 3", "(Subtract -2 3)");
        check("${a} div 2 mod 3", "(Modulo (Divide Named(\"a\") 2) 3)");
    }

    #[test]
    fn a_word_operator_is_a_name_where_a_value_is_expected() {
        check("div div mod", "(Divide Bare/div Bare/mod)");
        check(". >= 0 and . <= 9", "(And (GreaterOrEqual Here 0) (LessOrEqual Here 9))");
        check("* * * - ../*", "(Subtract (Multiply Bare/Children Bare/Children) Here/Parent/Children)");
    }

    #[test]
    fn paths_and_predicates_are_kept() {
        check("count(${p}[./age > 3])", "count(Named(\"p\")[(Greater Here/age 3)])");
        check("position(..)", "position(Here/Parent)");
        check("current()/../x", "Current/Parent/x");
        check("/d/r[a][2]/../b[1]", "Root/d/r[Bare/a][2]/Parent/b[1]");
        check(".//x | /d//*", "(Union Here/Below(Some(\"x\")) Root/d/Below(None))");
        check("instance('l')/root/item[a = 1]/b", "List(\"l\")/root/item[(Equal Bare/a 1)]/b");
        check("../preceding-sibling::r[1]/child::x", "Here/Parent/Before(\"r\")[1]/x");
    }

    #[test]
    fn a_mistake_says_where_it_is() {
        check("1 + ", "4: a value is missing before the end");
        check("if(1, 2", "7: `,` is missing before the end");
        check("${a", "0: `${` is not closed by `}`");
        check("“x”", "0: `“` is a typographic quote; use ' or \"");
        check("1 2", "2: `2` is not expected here");
        check("/d/@id", "3: attributes `@…` have no answers; name a question instead");
        check("(/d/a)[1]", "6: nothing can stand behind a path in brackets; put the predicate into the path");
        check("ancestor::x", "0: the axis `ancestor::` is not supported here");
        check(&"(".repeat(200), "64: the expression is nested too deep");
    }
}
