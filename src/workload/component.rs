//! `[components.NAME]`: a binary and what it is declared to need.

use super::error::Problem;
use super::interface::InterfacePattern;
use super::order::OrderText;
use super::read::{Problems, Table, Value};
use crate::base::{ByteRange, Glob, Spanned};

/// A component of the workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name in this file.
    pub name: Spanned<String>,
    /// The header of its table.
    pub span: ByteRange,
    /// Where the binary is, relative to the file.
    pub path: Spanned<String>,
    /// Where the binary is published: a reference of OCI without a digest,
    /// `ghcr.io/acme/api:1.2.0`.
    pub image: Option<Spanned<String>>,
    /// The digest under which it is published: `sha256:` and 64 hexadecimal digits.
    pub digest: Option<Spanned<String>>,
    /// Imports that it may have; without the list, any.
    pub imports: Option<Spanned<Vec<Spanned<InterfacePattern>>>>,
    /// What it is declared to need; without the table, nothing.
    pub needs: Option<DeclaredNeeds>,
    /// Orders that it must have, when it is a composition.
    pub require_order: Vec<Spanned<OrderText>>,
}

/// `[components.NAME.needs]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredNeeds {
    /// The header of the table.
    pub span: ByteRange,
    /// One list for each kind of resource, in the order of the file.
    pub kinds: Vec<DeclaredKind>,
}

/// The keys of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredKind {
    /// The kind: `env`, `config`, `secret` or any other that a catalogue has.
    pub kind: Spanned<String>,
    /// The list.
    pub span: ByteRange,
    /// Keys and patterns of keys, in the order of the file.
    pub keys: Vec<Spanned<Glob>>,
}

impl Component {
    /// The declared keys of a kind.
    pub fn declared(&self, kind: &str) -> Option<&DeclaredKind> {
        let kinds = &self.needs.as_ref()?.kinds;
        kinds.iter().find(|declared| declared.kind.value == kind)
    }

    pub(super) fn read(value: &Value<'_>, problems: &mut Problems) -> Option<Component> {
        let name = value.key().clone();
        if !is_name(&name.value) {
            let message = format!(
                "`{}` is no name for a component: expected letters, digits, `-`, `_` and `.`",
                name.value.escape_debug()
            );
            problems.push(Problem::new(name.span, message));
        }
        let mut table = value.table(problems)?;
        let span = table.span();
        let path = table.require("path", problems);
        let path = path.and_then(|path| path.text(problems));
        let image = table.get("image");
        let image = image.and_then(|image| image.parse(problems, image_reference));
        let digest = table.get("digest");
        let digest = digest.and_then(|digest| digest.parse(problems, image_digest));
        let imports = table.get("imports").map(|list| {
            let patterns = list.strings(problems).into_iter();
            let patterns = patterns.filter_map(|text| pattern(&text, problems));
            Spanned::new(patterns.collect(), list.span())
        });
        let needs = table.get("needs");
        let needs = needs.and_then(|needs| DeclaredNeeds::read(&needs, problems));
        let orders = table.get("require-order");
        let orders = orders
            .map(|list| list.strings(problems))
            .unwrap_or_default();
        let require_order = orders
            .into_iter()
            .filter_map(|text| match OrderText::parse(&text.value) {
                Ok(order) => Some(Spanned::new(order, text.span)),
                Err(message) => {
                    problems.push(Problem::new(text.span, message));
                    None
                }
            })
            .collect();
        table.finish(problems);
        Some(Component {
            name,
            span,
            path: path?,
            image,
            digest,
            imports,
            needs,
            require_order,
        })
    }
}

impl DeclaredNeeds {
    fn read(value: &Value<'_>, problems: &mut Problems) -> Option<DeclaredNeeds> {
        let table: Table<'_> = value.table(problems)?;
        let mut kinds = Vec::new();
        for list in table.entries() {
            let kind = list.key().clone();
            if !is_kind(&kind.value) {
                let message = format!(
                    "`{}` is no kind of resource: expected lower-case words joined by `-`",
                    kind.value.escape_debug()
                );
                let help = "`gusset inspect` shows the kinds that a binary needs";
                problems.push(Problem::new(kind.span, message).help(help));
                continue;
            }
            // A program may ask for the empty name.
            let elements = list.array("an array of strings", problems);
            let texts = elements.unwrap_or_default().into_iter();
            let texts = texts.filter_map(|element| element.string(problems));
            let keys: Vec<Spanned<Glob>> =
                texts.map(|key| key.map(|text| Glob::new(&text))).collect();
            twice(&keys, problems);
            kinds.push(DeclaredKind {
                kind,
                span: list.span(),
                keys,
            });
        }
        Some(DeclaredNeeds {
            span: table.span(),
            kinds,
        })
    }
}

/// A key that stands in one list twice: one of them is a slip.
fn twice(keys: &[Spanned<Glob>], problems: &mut Problems) {
    for (index, key) in keys.iter().enumerate() {
        if let Some(first) = keys.iter().take(index).find(|k| k.value == key.value) {
            let message = format!("`{}` stands here twice", key.value.as_str().escape_debug());
            problems.push(Problem::new(key.span, message).also(first.span, "first here"));
        }
    }
}

/// A pattern of interfaces, or a problem.
pub(super) fn pattern(
    text: &Spanned<String>,
    problems: &mut Problems,
) -> Option<Spanned<InterfacePattern>> {
    match InterfacePattern::parse(&text.value) {
        Ok(pattern) => Some(Spanned::new(pattern, text.span)),
        Err(message) => {
            problems.push(Problem::new(text.span, message));
            None
        }
    }
}

/// A reference of OCI without a digest: no scheme, no space, a tag at most
/// (distribution-spec, "Pulling manifests").
fn image_reference(text: &str) -> Result<String, &'static str> {
    let good = |c: char| c.is_ascii_alphanumeric() || "-._/:".contains(c);
    if text.contains("://") {
        return Err("a reference of OCI has no scheme: `ghcr.io/acme/api:1.2.0`");
    }
    if text.contains('@') {
        return Err("the digest stands in `digest`");
    }
    match text.chars().all(good) && !text.starts_with(['/', ':', '-', '.']) {
        true => Ok(text.to_string()),
        false => Err("expected a reference of OCI: `ghcr.io/acme/api:1.2.0`"),
    }
}

/// A digest of OCI (image-spec, "Digests"): SHA-256 is the one that every registry takes.
fn image_digest(text: &str) -> Result<String, &'static str> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let good = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    match digits.len() == 64 && digits.bytes().all(good) {
        true => Ok(text.to_string()),
        false => Err("expected `sha256:` and 64 lower-case hexadecimal digits"),
    }
}

/// Names are used in paths, in messages and in globs.
pub(super) fn is_name(name: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(good) && !matches!(name, "export" | "import")
}

/// The words of the catalogue: `env`, `http-host`.
fn is_kind(name: &str) -> bool {
    name.split('-').all(|word| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}
