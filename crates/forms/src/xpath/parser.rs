//! Tokens to an expression tree, by binding power.

use super::lexer::{Token, tokens};
use super::{Expr, Mistake, Operator, Path, Start};

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
                Ok(inner)
            }
            Token::Reference(name) => self.path(Start::Named(name), Vec::new(), at),
            Token::Sign(".") => self.path(Start::Here { up: 0 }, Vec::new(), at),
            Token::Sign("..") => {
                let mut up = 1;
                while matches!(self.peek(), Token::Sign("/"))
                    && matches!(self.tokens.get(self.next + 1), Some((Token::Sign(".."), _)))
                {
                    self.next += 2;
                    up += 1;
                }
                self.path(Start::Here { up }, Vec::new(), at)
            }
            Token::Sign("/") => match self.take() {
                Token::Name(name) => self.path(Start::Root, vec![name], at),
                token => Err(Mistake::new(at, format!("a name is missing after `/`, before {}", describe(&token)))),
            },
            Token::Name(name) if matches!(self.peek(), Token::Sign("(")) => self.call(name, at),
            Token::Name(name) => self.path(Start::Bare, vec![name], at),
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
        if name == "current" && args.is_empty() {
            let mut up = 0;
            while matches!(self.peek(), Token::Sign("/")) {
                match self.tokens.get(self.next + 1) {
                    Some((Token::Sign(".."), _)) => up += 1,
                    Some((Token::Sign("."), _)) => {}
                    _ => break,
                }
                self.next += 2;
            }
            return self.path(Start::Current { up }, Vec::new(), at);
        }
        Ok(Expr::Call { name, args, at })
    }

    /// The steps and the predicate after a path's start.
    fn path(&mut self, start: Start, mut steps: Vec<String>, at: usize) -> Result<Expr, Mistake> {
        let mut predicate = None;
        loop {
            if self.sign("/") {
                let at = self.at();
                match self.take() {
                    Token::Name(name) => steps.push(name),
                    Token::Reference(name) => steps.push(name),
                    Token::Sign(".") => {}
                    token => {
                        return Err(Mistake::new(
                            at,
                            format!("a name is missing after `/`, before {}", describe(&token)),
                        ));
                    }
                }
            } else if matches!(self.peek(), Token::Sign("[")) {
                let at = self.at();
                self.next += 1;
                let inner = self.expression(0)?;
                self.expect("]")?;
                if predicate.is_some() {
                    return Err(Mistake::new(at, "a path can have one predicate `[…]`"));
                }
                predicate = Some((steps.len(), Box::new(inner)));
            } else {
                return Ok(Expr::Path(Path { start, steps, predicate, at }));
            }
        }
    }
}

fn describe(token: &Token) -> String {
    match token {
        Token::Number(n) => format!("`{n}`"),
        Token::Text(t) => format!("`'{t}'`"),
        Token::Reference(name) => format!("`${{{name}}}`"),
        Token::Name(name) => format!("`{name}`"),
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
                let predicate = p.predicate.as_ref().map_or(String::new(), |(n, e)| format!("[{n}:{}]", show(e)));
                format!("{:?}{}{predicate}", p.start, p.steps.iter().map(|s| format!("/{s}")).collect::<String>())
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
        check(". >= 0 and . <= 9", "(And (GreaterOrEqual Here { up: 0 } 0) (LessOrEqual Here { up: 0 } 9))");
    }

    #[test]
    fn paths_and_predicates_are_kept() {
        check("count(${p}[./age > 3])", "count(Named(\"p\")[0:(Greater Here { up: 0 }/age 3)])");
        check("position(..)", "position(Here { up: 1 })");
        check("current()/../x", "Current { up: 1 }/x");
    }

    #[test]
    fn a_mistake_says_where_it_is() {
        check("1 + ", "4: a value is missing before the end");
        check("if(1, 2", "7: `,` is missing before the end");
        check("${a", "0: `${` is not closed by `}`");
        check("“x”", "0: `“` is a typographic quote; use ' or \"");
        check("1 2", "2: `2` is not expected here");
        check(&"(".repeat(200), "64: the expression is nested too deep");
    }
}
