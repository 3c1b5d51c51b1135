//! The grammar of a filter. `NOT` binds most tightly, then `OR`, then `AND`.

use super::lex::{Token, Word, is_keyword, tokens};
use super::{Expression, FilterError, Language, Operator};

/// Maximum depth of parentheses and negations, each of which takes some stack.
const DEPTH_MAX: usize = 50;

/// Parses a filter. `None` if it is empty.
///
/// # Errors
/// If this is not a filter of the language.
pub fn parse<L: Language>(
    language: &L,
    text: &str,
) -> Result<Option<Expression<L::Term>>, FilterError> {
    let wrong = |at: usize, reason: String| {
        let position = text.get(..at).unwrap_or(text).chars().count() + 1;
        FilterError { reason, position }
    };
    if text.chars().count() > L::LENGTH_MAX_CHARS {
        let reason = format!("longer than {} characters", L::LENGTH_MAX_CHARS);
        return Err(wrong(text.len(), reason));
    }
    let tokens = tokens(text, L::HAS_COMMENTS).map_err(|(at, reason)| wrong(at, reason))?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let tokens = tokens.into_iter().peekable();
    let mut parser = Parser { language, tokens, last: 0, end: text.len(), depth: 0 };
    let parsed =
        parser.conjunction(&Parser::<L>::primary).and_then(|expression| match parser.next() {
            None => Ok(expression),
            Some(_) => Err("a parenthesis, comma or operator too many".to_owned()),
        });
    parsed.map(Some).map_err(|reason| wrong(parser.last, reason))
}

struct Parser<'l, L> {
    language: &'l L,
    tokens: std::iter::Peekable<std::vec::IntoIter<(usize, Token)>>,
    /// Where the token is that was taken last.
    last: usize,
    end: usize,
    depth: usize,
}

/// An error has no position: it is about the token that was taken last.
type Parsed<L> = Result<Expression<<L as Language>::Term>, String>;

/// What `AND`, `OR` and `NOT` combine: comparisons, or values of one comparison.
type Operand<'a, 'l, L> = &'a dyn Fn(&mut Parser<'l, L>) -> Parsed<L>;

impl<'l, L: Language> Parser<'l, L> {
    fn conjunction(&mut self, operand: Operand<'_, 'l, L>) -> Parsed<L> {
        let mut all = vec![self.disjunction(operand)?];
        while self.takes("AND") || !matches!(self.peek(), None | Some(Token::Close | Token::Comma))
        {
            all.push(self.disjunction(operand)?);
        }
        Ok(single(all, Expression::All))
    }

    fn disjunction(&mut self, operand: Operand<'_, 'l, L>) -> Parsed<L> {
        let mut any = vec![self.negation(operand)?];
        while self.takes("OR") {
            any.push(self.negation(operand)?);
        }
        Ok(single(any, Expression::Any))
    }

    fn negation(&mut self, operand: Operand<'_, 'l, L>) -> Parsed<L> {
        let is_negated = self.takes("NOT") || self.takes_token(&Token::Minus);
        if !is_negated {
            return self.deeper(operand);
        }
        let negated = self.deeper(&|parser| parser.negation(operand))?;
        Ok(Expression::Not(Box::new(negated)))
    }

    /// A comparison, a text, a function, or a filter in parentheses.
    fn primary(&mut self) -> Parsed<L> {
        if self.takes_token(&Token::Open) {
            let inner = self.conjunction(&Self::primary)?;
            return self.closed(inner);
        }
        if let Some(Token::Function(name)) =
            self.next_if(|token| matches!(token, Token::Function(_)))
        {
            return self.function(&name);
        }
        let word = self.word()?;
        let at = self.last;
        let Some(Token::Operator(operator)) =
            self.next_if(|token| matches!(token, Token::Operator(_)))
        else {
            return self.language.text(&word).map(Expression::Term);
        };
        self.language.check_field(&word).inspect_err(|_| self.last = at)?;
        self.operand(&word, operator)
    }

    /// The right side of a comparison: a value, or values in parentheses.
    fn operand(&mut self, field: &Word, operator: Operator) -> Parsed<L> {
        if self.takes_token(&Token::Open) {
            let inner = self.conjunction(&|parser| parser.operand(field, operator))?;
            return self.closed(inner);
        }
        let value = self.word()?;
        self.language.compare(field, operator, &value).map(Expression::Term)
    }

    /// A function, after its name.
    fn function(&mut self, name: &str) -> Parsed<L> {
        let at = self.last;
        let mut arguments = Vec::new();
        let is_open = self.takes_token(&Token::Open);
        if is_open && self.peek() != Some(&Token::Close) {
            arguments.push(self.word()?);
            while self.takes_token(&Token::Comma) {
                arguments.push(self.word()?);
            }
        }
        let term = self.language.call(name, &arguments).inspect_err(|_| self.last = at)?;
        self.closed(Expression::Term(term))
    }

    fn closed(&mut self, inner: Expression<L::Term>) -> Parsed<L> {
        match self.next() {
            Some(Token::Close) => Ok(inner),
            _ => Err("unbalanced parentheses".to_owned()),
        }
    }

    fn word(&mut self) -> Result<Word, String> {
        match self.next() {
            Some(Token::Word(word)) if word.is_quoted || !is_keyword(&word.text) => Ok(word),
            Some(Token::Word(word)) => Err(format!("{} has nothing to combine", word.text)),
            Some(Token::Function(name)) => {
                Err(format!("the function {name}() is unsupported here"))
            }
            _ => Err("a field or a value is missing".to_owned()),
        }
    }

    /// Takes this keyword if it is next.
    fn takes(&mut self, keyword: &str) -> bool {
        let is_next = |token: &Token| match token {
            Token::Word(word) if word.is_quoted => false,
            Token::Word(word) if L::HAS_KEYWORDS_IN_ANY_CASE => {
                word.text.eq_ignore_ascii_case(keyword)
            }
            Token::Word(word) => word.text == keyword,
            Token::Open
            | Token::Close
            | Token::Comma
            | Token::Minus
            | Token::Operator(_)
            | Token::Function(_) => false,
        };
        self.next_if(is_next).is_some()
    }

    fn takes_token(&mut self, expected: &Token) -> bool {
        self.next_if(|token| token == expected).is_some()
    }

    fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|(_, token)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let next = self.tokens.next();
        self.last = next.as_ref().map_or(self.end, |(at, _)| *at);
        next.map(|(_, token)| token)
    }

    fn next_if(&mut self, is_next: impl FnOnce(&Token) -> bool) -> Option<Token> {
        let (at, token) = self.tokens.next_if(|(_, token)| is_next(token))?;
        self.last = at;
        Some(token)
    }

    fn deeper(&mut self, parse: Operand<'_, 'l, L>) -> Parsed<L> {
        if self.depth >= DEPTH_MAX {
            return Err(format!("nested more than {DEPTH_MAX} times"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}

/// The only expression, or all of them combined.
fn single<T>(
    mut all: Vec<Expression<T>>,
    combine: fn(Vec<Expression<T>>) -> Expression<T>,
) -> Expression<T> {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => {
            all.extend(last);
            combine(all)
        }
    }
}
