//! Types and names of an expression, before it is ever evaluated.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo, operators};
use cel::{ParseErrors, Program};

use super::{Inputs, Names};

/// The values of tags, by their ids.
pub(super) const VALUE: &str = "value";
/// The qualities of tags, by their ids.
pub(super) const QUALITY: &str = "quality";
/// Whether the conditions of alarms hold, by their ids.
pub(super) const ACTIVE: &str = "active";

/// Longest expression, parts.
const PARTS_MAX: usize = 500;

/// What a part of an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Bool,
    /// With a decimal point, as every value of a tag.
    Number,
    /// Without one.
    Whole,
    Text,
}

impl Type {
    const fn words(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Whole => "a whole number",
            Self::Text => "a text",
        }
    }

    const fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Whole)
    }
}

struct Check<'a> {
    source: &'a SourceInfo,
    names: &'a dyn Names,
    inputs: Inputs,
    parts: usize,
}

/// What the parser says, on one line.
pub(super) fn syntax(errors: &ParseErrors) -> String {
    let said = errors.to_string();
    let words: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    format!("is not an expression: {}", words.first().copied().unwrap_or("it cannot be read"))
}

/// What the expression looks at, when all of it makes sense and the whole is true or false.
pub(super) fn checked(program: &Program, names: &dyn Names) -> Result<Inputs, String> {
    let mut check = Check { source: program.source_info(), names, inputs: Inputs::default(), parts: 0 };
    let whole = program.expression();
    match check.type_of(whole)? {
        Type::Bool => Ok(check.inputs),
        other => Err(format!("is {}, and a rule needs something that is true or false", other.words())),
    }
}

impl Check<'_> {
    fn wrong<T>(&self, at: &IdedExpr, problem: impl std::fmt::Display) -> Result<T, String> {
        Err(match self.source.offset_for(at.id) {
            Some((start, _)) => format!("at character {}: {problem}", start + 1),
            None => problem.to_string(),
        })
    }

    fn type_of(&mut self, expr: &IdedExpr) -> Result<Type, String> {
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(format!("has more than {PARTS_MAX} parts"));
        }
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Call(call) => self.call(expr, call),
            Expr::Select(select) => self.select(expr, select),
            Expr::Ident(name) => self.wrong(expr, format!("`{name}` is not known; {}", known_names())),
            Expr::List(_) => self.wrong(expr, "a list may only follow `in`"),
            Expr::Comprehension(_) => self.wrong(expr, "there are no loops here"),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => self.wrong(expr, "this is not allowed here"),
        }
    }

    fn literal(&self, at: &IdedExpr, literal: &LiteralValue) -> Result<Type, String> {
        match literal {
            LiteralValue::Boolean(_) => Ok(Type::Bool),
            LiteralValue::Double(_) => Ok(Type::Number),
            LiteralValue::Int(_) => Ok(Type::Whole),
            LiteralValue::String(_) => Ok(Type::Text),
            LiteralValue::Bytes(_) | LiteralValue::Null | LiteralValue::UInt(_) => {
                self.wrong(at, "this constant is not allowed here")
            }
        }
    }

    /// `value.XMEAS_7` is `value["XMEAS_7"]`.
    fn select(&mut self, at: &IdedExpr, select: &SelectExpr) -> Result<Type, String> {
        match &select.operand.expr {
            Expr::Ident(table) if !select.test => self.look_up(at, table, &select.field),
            _ => self.wrong(at, "this is not allowed here"),
        }
    }

    fn call(&mut self, at: &IdedExpr, call: &CallExpr) -> Result<Type, String> {
        if call.target.is_some() {
            return self.wrong(at, format!("there is no function `{}`", call.func_name));
        }
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::INDEX, [table, key]) => match (&table.expr, &key.expr) {
                (Expr::Ident(table), Expr::Literal(LiteralValue::String(key))) => self.look_up(at, table, key.inner()),
                (Expr::Ident(_), _) => self.wrong(key, "the name of a tag or alarm stands between quotation marks"),
                _ => self.wrong(at, known_names()),
            },
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [one, other]) => {
                self.want(one, Type::Bool)?;
                self.want(other, Type::Bool)
            }
            (operators::LOGICAL_NOT, [one]) => self.want(one, Type::Bool),
            (operators::CONDITIONAL, [when, then, or]) => {
                self.want(when, Type::Bool)?;
                self.alike(then, or)
            }
            (operators::EQUALS | operators::NOT_EQUALS, [one, other]) => {
                self.comparable(one, other)?;
                Ok(Type::Bool)
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [one, other],
            ) => {
                let kind = self.comparable(one, other)?;
                if kind.is_numeric() { Ok(Type::Bool) } else { self.wrong(at, "only numbers are larger or smaller") }
            }
            (
                operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE | operators::MODULO,
                [one, other],
            ) => {
                let kind = self.alike(one, other)?;
                let divides = call.func_name == operators::MODULO;
                match kind {
                    Type::Number if divides => self.wrong(at, "a remainder is of whole numbers"),
                    Type::Number | Type::Whole => Ok(kind),
                    other => self.wrong(at, format!("one does not calculate with {}", other.words())),
                }
            }
            (operators::NEGATE, [one]) => match self.type_of(one)? {
                kind if kind.is_numeric() => Ok(kind),
                other => self.wrong(one, format!("is {}, and only numbers have a sign", other.words())),
            },
            (operators::IN, [one, list]) => self.member(one, list),
            (name, _) => self.wrong(at, format!("there is no function `{name}`")),
        }
    }

    fn want(&mut self, expr: &IdedExpr, wanted: Type) -> Result<Type, String> {
        match self.type_of(expr)? {
            kind if kind == wanted => Ok(kind),
            other => self.wrong(expr, format!("is {}, and {} is wanted", other.words(), wanted.words())),
        }
    }

    fn alike(&mut self, one: &IdedExpr, other: &IdedExpr) -> Result<Type, String> {
        let (left, right) = (self.type_of(one)?, self.type_of(other)?);
        if left == right {
            return Ok(left);
        }
        if left.is_numeric() && right.is_numeric() {
            return self.wrong(other, "write whole numbers with a decimal point here: 5.0, not 5");
        }
        self.wrong(other, format!("is {}, but {} stands on the other side", right.words(), left.words()))
    }

    /// A value may be compared with a whole number.
    fn comparable(&mut self, one: &IdedExpr, other: &IdedExpr) -> Result<Type, String> {
        let (left, right) = (self.type_of(one)?, self.type_of(other)?);
        if left == right || (left.is_numeric() && right.is_numeric()) {
            return Ok(left);
        }
        self.wrong(other, format!("is {}, but {} stands on the other side", right.words(), left.words()))
    }

    fn member(&mut self, one: &IdedExpr, list: &IdedExpr) -> Result<Type, String> {
        let kind = self.type_of(one)?;
        let Expr::List(elements) = &list.expr else { return self.wrong(list, "`in` is followed by a list") };
        for element in &elements.elements {
            let Expr::Literal(literal) = &element.expr else {
                return self.wrong(element, "such a list holds constants");
            };
            let of = self.literal(element, literal)?;
            self.parts += 1;
            if of != kind && !(of.is_numeric() && kind.is_numeric()) {
                return self.wrong(element, format!("is {}, but {} is looked for", of.words(), kind.words()));
            }
        }
        Ok(Type::Bool)
    }

    fn look_up(&mut self, at: &IdedExpr, table: &str, key: &str) -> Result<Type, String> {
        match table {
            VALUE | QUALITY if !self.names.has_tag(key) => self.wrong(at, format!("there is no tag `{key}`")),
            ACTIVE if !self.names.has_alarm(key) => self.wrong(at, format!("there is no alarm `{key}`")),
            VALUE => {
                self.inputs.values.insert(key.into());
                Ok(Type::Number)
            }
            QUALITY => {
                self.inputs.qualities.insert(key.into());
                Ok(Type::Text)
            }
            ACTIVE => {
                self.inputs.alarms.insert(key.into());
                Ok(Type::Bool)
            }
            other => self.wrong(at, format!("`{other}` is not known; {}", known_names())),
        }
    }
}

fn known_names() -> String {
    format!("known are {VALUE}[\"TAG\"], {QUALITY}[\"TAG\"] and {ACTIVE}[\"ALARM\"]")
}
