//! The grammar of a query. `NOT` binds most tightly, then `OR`, then `AND`.

use super::lex::{Token, Word, is_keyword, tokens};
use super::{Comparison, Expression, FilterError, Operator, Pattern, Search, evaluate};

/// Google's maximum length of a query.
const LENGTH_MAX_CHARS: usize = 20_000;

/// Maximum depth of parentheses and negations, each of which takes some stack.
const DEPTH_MAX: usize = 50;

/// The fields of `google.logging.v2.LogEntry` in JSON. Any other one is an error.
const FIELDS: [&str; 19] = [
    "logName",
    "resource",
    "timestamp",
    "receiveTimestamp",
    "severity",
    "insertId",
    "labels",
    "textPayload",
    "jsonPayload",
    "protoPayload",
    "httpRequest",
    "operation",
    "trace",
    "spanId",
    "traceSampled",
    "sourceLocation",
    "split",
    "errorGroups",
    "metadata",
];

pub(super) fn parse(text: &str) -> Result<Option<Expression>, FilterError> {
    if text.chars().count() > LENGTH_MAX_CHARS {
        return Err(FilterError(format!("longer than {LENGTH_MAX_CHARS} characters")));
    }
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Ok(None);
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
    let expression = parser.conjunction(&Parser::primary)?;
    match parser.tokens.next() {
        None => Ok(Some(expression)),
        Some(_) => Err(FilterError("a parenthesis, comma or operator too many".to_owned())),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    depth: usize,
}

/// What `AND`, `OR` and `NOT` combine: comparisons, or values of one comparison.
type Operand<'a> = &'a dyn Fn(&mut Parser) -> Result<Expression, FilterError>;

impl Parser {
    fn conjunction(&mut self, operand: Operand<'_>) -> Result<Expression, FilterError> {
        let mut all = vec![self.disjunction(operand)?];
        while self.takes("AND")
            || !matches!(self.tokens.peek(), None | Some(Token::Close | Token::Comma))
        {
            all.push(self.disjunction(operand)?);
        }
        Ok(single(all, Expression::All))
    }

    fn disjunction(&mut self, operand: Operand<'_>) -> Result<Expression, FilterError> {
        let mut any = vec![self.negation(operand)?];
        while self.takes("OR") {
            any.push(self.negation(operand)?);
        }
        Ok(single(any, Expression::Any))
    }

    fn negation(&mut self, operand: Operand<'_>) -> Result<Expression, FilterError> {
        let is_negated = self.takes("NOT") || self.tokens.next_if_eq(&Token::Minus).is_some();
        if !is_negated {
            return self.deeper(operand);
        }
        let negated = self.deeper(&|parser| parser.negation(operand))?;
        Ok(Expression::Not(Box::new(negated)))
    }

    /// A comparison, a text, or a query in parentheses.
    fn primary(&mut self) -> Result<Expression, FilterError> {
        if self.tokens.next_if_eq(&Token::Open).is_some() {
            let inner = self.conjunction(&Self::primary)?;
            return self.closed(inner);
        }
        if let Some(Token::Function(name)) =
            self.tokens.next_if(|token| matches!(token, Token::Function(_)))
        {
            return self.function(&name);
        }
        let word = self.word()?;
        let Some(Token::Operator(operator)) =
            self.tokens.next_if(|token| matches!(token, Token::Operator(_)))
        else {
            return Ok(Expression::Text(word.text));
        };
        let path = field(&word)?;
        self.operand(&path, operator)
    }

    /// The right side of a comparison: a value, or values in parentheses.
    fn operand(&mut self, path: &[String], operator: Operator) -> Result<Expression, FilterError> {
        if self.tokens.next_if_eq(&Token::Open).is_some() {
            let inner = self.conjunction(&|parser| parser.operand(path, operator))?;
            return self.closed(inner);
        }
        let value = self.word()?.text;
        if matches!(operator, Operator::Matches | Operator::MatchesNot) {
            let pattern = Pattern::parse(&value).map_err(FilterError)?;
            let expected = operator == Operator::Matches;
            return Ok(Expression::Matches { path: path.to_owned(), pattern, expected });
        }
        let comparison = Comparison { path: path.to_owned(), operator, value };
        evaluate::check(&comparison).map_err(FilterError)?;
        Ok(Expression::Compare(comparison))
    }

    /// A function, after its name.
    fn function(&mut self, name: &str) -> Result<Expression, FilterError> {
        let is_search = name.eq_ignore_ascii_case("SEARCH");
        if !is_search && name != "log_id" {
            return Err(FilterError(format!("the function {name}() is unsupported")));
        }
        let wrong = || FilterError(format!("{name}() has the wrong arguments"));
        self.tokens.next_if_eq(&Token::Open).ok_or_else(wrong)?;
        let first = self.word()?;
        let second = match self.tokens.next_if_eq(&Token::Comma) {
            Some(_) => Some(self.word()?),
            None => None,
        };
        let expression = match (is_search, second) {
            (true, None) => Expression::Search(Search::new(Vec::new(), &first.text)),
            (true, Some(query)) => Expression::Search(Search::new(field(&first)?, &query.text)),
            (false, None) => Expression::LogId(first.text),
            (false, Some(_)) => return Err(wrong()),
        };
        self.closed(expression)
    }

    fn closed(&mut self, inner: Expression) -> Result<Expression, FilterError> {
        match self.tokens.next() {
            Some(Token::Close) => Ok(inner),
            _ => Err(FilterError("unbalanced parentheses".to_owned())),
        }
    }

    fn word(&mut self) -> Result<Word, FilterError> {
        match self.tokens.next() {
            Some(Token::Word(word)) if word.is_quoted || !is_keyword(&word.text) => Ok(word),
            Some(Token::Word(word)) => {
                Err(FilterError(format!("{} has nothing to combine", word.text)))
            }
            Some(Token::Function(name)) => {
                Err(FilterError(format!("the function {name}() is unsupported here")))
            }
            _ => Err(FilterError("a field or a value is missing".to_owned())),
        }
    }

    /// Takes this keyword if it is next.
    fn takes(&mut self, keyword: &str) -> bool {
        let is_next = |token: &Token| match token {
            Token::Word(word) => !word.is_quoted && word.text == keyword,
            Token::Open
            | Token::Close
            | Token::Comma
            | Token::Minus
            | Token::Operator(_)
            | Token::Function(_) => false,
        };
        self.tokens.next_if(is_next).is_some()
    }

    fn deeper(&mut self, parse: Operand<'_>) -> Result<Expression, FilterError> {
        if self.depth >= DEPTH_MAX {
            return Err(FilterError(format!("nested more than {DEPTH_MAX} times")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }
}

/// The path of a field. Names of fields may be written with underscores as well.
fn field(word: &Word) -> Result<Vec<String>, FilterError> {
    let mut path = word.parts.clone();
    let unknown = || FilterError(format!("log entries have no field '{}'", word.text));
    let first = path.first_mut().ok_or_else(unknown)?;
    let plain = first.replace('_', "");
    let known = FIELDS.iter().find(|field| field.eq_ignore_ascii_case(&plain));
    (**known.ok_or_else(unknown)?).clone_into(first);
    if path.iter().any(String::is_empty) {
        return Err(unknown());
    }
    Ok(path)
}

/// The only expression, or all of them combined.
fn single(mut all: Vec<Expression>, combine: fn(Vec<Expression>) -> Expression) -> Expression {
    match all.pop() {
        Some(only) if all.is_empty() => only,
        last => {
            all.extend(last);
            combine(all)
        }
    }
}
