//! Values of the wanted type, or a problem that says what is wanted.

use super::{Problems, range};
use crate::base::{ByteRange, Date, Spanned};
use crate::workload::error::Problem;
use toml::de::DeValue;

/// The value of a key.
#[derive(Debug)]
pub struct Value<'d> {
    key: Spanned<String>,
    /// With the tables around it: `components.api.path`.
    name: String,
    raw: &'d toml::Spanned<DeValue<'d>>,
}

/// An element of an array.
#[derive(Debug)]
pub struct Element<'d> {
    /// Where it stands.
    pub span: ByteRange,
    pub(super) raw: &'d DeValue<'d>,
    name: String,
}

impl<'d> Value<'d> {
    pub(super) fn new(
        key: Spanned<String>,
        name: String,
        raw: &'d toml::Spanned<DeValue<'d>>,
    ) -> Value<'d> {
        Value { key, name, raw }
    }

    /// The key and where it stands.
    pub fn key(&self) -> &Spanned<String> {
        &self.key
    }

    /// The key with the tables around it: `components.api.path`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the value stands; of a table, its header.
    pub fn span(&self) -> ByteRange {
        range(self.raw.span())
    }

    pub(super) fn raw(&self) -> &'d DeValue<'d> {
        self.raw.get_ref()
    }

    fn element(&self) -> Element<'d> {
        Element {
            span: self.span(),
            raw: self.raw(),
            name: self.name.clone(),
        }
    }

    pub(super) fn refuse<T>(&self, wanted: &str, problems: &mut Problems) -> Option<T> {
        self.element().refuse(wanted, problems)
    }

    /// A text.
    pub fn string(&self, problems: &mut Problems) -> Option<Spanned<String>> {
        self.element().string(problems)
    }

    /// A text that is not empty.
    pub fn text(&self, problems: &mut Problems) -> Option<Spanned<String>> {
        self.element().text(problems)
    }

    /// `true` or `false`.
    pub fn bool(&self, problems: &mut Problems) -> Option<Spanned<bool>> {
        match self.raw() {
            DeValue::Boolean(value) => Some(Spanned::new(*value, self.span())),
            _ => self.refuse("`true` or `false`", problems),
        }
    }

    /// Whether it is `false`, which says as much as leaving it out.
    pub fn is_false(&self) -> bool {
        matches!(self.raw(), DeValue::Boolean(false))
    }

    /// A number from 0.
    pub fn number(&self, problems: &mut Problems) -> Option<Spanned<u64>> {
        let value = match self.raw() {
            DeValue::Integer(value) => u64::from_str_radix(value.as_str(), value.radix()).ok(),
            _ => None,
        };
        match value {
            Some(value) => Some(Spanned::new(value, self.span())),
            None => self.refuse("a whole number from 0", problems),
        }
    }

    /// A day: `2026-01-31`, with or without quotes.
    pub fn date(&self, problems: &mut Problems) -> Option<Spanned<Date>> {
        let text = match self.raw() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => return self.refuse("a date", problems),
        };
        match text.parse() {
            Ok(date) => Some(Spanned::new(date, self.span())),
            Err(error) => self.wrong(&error, problems),
        }
    }

    /// The elements of an array.
    pub fn array(&self, wanted: &str, problems: &mut Problems) -> Option<Vec<Element<'d>>> {
        let DeValue::Array(elements) = self.raw() else {
            if matches!(self.raw(), DeValue::String(_)) && wanted == "an array of strings" {
                let found = describe(self.raw());
                let message = format!("`{}` must be {wanted}, not {found}", self.name);
                let help = "put it in brackets: `[\"…\"]`";
                problems.push(Problem::new(self.span(), message).help(help));
                return None;
            }
            return self.refuse(wanted, problems);
        };
        let elements = elements.iter().map(|element| Element {
            span: range(element.span()),
            raw: element.get_ref(),
            name: self.name.clone(),
        });
        Some(elements.collect())
    }

    /// The texts of an array; empty when it is none.
    pub fn strings(&self, problems: &mut Problems) -> Vec<Spanned<String>> {
        let elements = self.array("an array of strings", problems);
        let elements = elements.unwrap_or_default();
        let texts = elements.iter().map(|element| element.text(problems));
        texts.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// One text, or the texts of an array.
    pub fn one_or_more(&self, problems: &mut Problems) -> Vec<Spanned<String>> {
        match self.raw() {
            DeValue::Array(_) => self.strings(problems),
            DeValue::String(_) => self.text(problems).into_iter().collect(),
            _ => self
                .refuse("a string or an array of strings", problems)
                .unwrap_or_default(),
        }
    }

    /// One of some words.
    pub fn word<T: Copy>(
        &self,
        words: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<Spanned<T>> {
        let text = self.string(problems)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text.value) {
            return Some(Spanned::new(*value, text.span));
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let message = format!(
            "`{}` is `{}`, must be {}",
            self.name,
            text.value.escape_debug(),
            known.join(" or ")
        );
        let mut problem = Problem::new(text.span, message);
        let words = words.iter().map(|(word, _)| *word);
        if let Some(near) = super::did_you_mean(&text.value, words) {
            problem = problem.help(format!("did you mean `{near}`?"));
        }
        problems.push(problem);
        None
    }

    /// A value that a text becomes.
    pub fn parse<T, E: std::fmt::Display>(
        &self,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        let text = self.text(problems)?;
        match parse(&text.value) {
            Ok(value) => Some(Spanned::new(value, text.span)),
            Err(error) => self.wrong(&error, problems),
        }
    }

    /// A problem with the value.
    pub fn wrong<T>(&self, error: &impl std::fmt::Display, problems: &mut Problems) -> Option<T> {
        let message = format!("`{}`: {error}", self.name);
        problems.push(Problem::new(self.span(), message));
        None
    }
}

impl Element<'_> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn refuse<T>(&self, wanted: &str, problems: &mut Problems) -> Option<T> {
        let found = describe(self.raw);
        let message = format!("`{}` must be {wanted}, not {found}", self.name);
        problems.push(Problem::new(self.span, message));
        None
    }

    /// A text.
    pub fn string(&self, problems: &mut Problems) -> Option<Spanned<String>> {
        match self.raw {
            DeValue::String(text) => Some(Spanned::new(text.to_string(), self.span)),
            _ => self.refuse("a string", problems),
        }
    }

    /// A text that is not empty.
    pub fn text(&self, problems: &mut Problems) -> Option<Spanned<String>> {
        let text = self.string(problems)?;
        if text.value.is_empty() {
            let message = format!("`{}` must not be empty", self.name);
            problems.push(Problem::new(self.span, message));
            return None;
        }
        Some(text)
    }
}

/// A value, as people call its type.
fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
