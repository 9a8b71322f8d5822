//! TOML → rows.

use super::error::{At, CatalogueError};
use super::raw::{
    File, RawFormat, RawInterface, RawLayout, RawRuntime, RawSink, RawSource, RawTrigger, Strings,
};
use super::{CoreRow, EgressRow, Fact, Format, Kind, Mark, Origin, Row, RuntimeRow, Versions};
use crate::base::InterfaceName;
use std::sync::Arc;
use toml::Spanned;

/// What a file adds, each with its place for messages.
pub(super) struct Added {
    pub rows: Vec<(Row, At)>,
    pub core: Vec<(CoreRow, At)>,
    pub replaced: Vec<Replaced>,
    pub runtimes: Vec<RuntimeRow>,
    pub egress: Vec<(EgressRow, At)>,
    pub once: Vec<(String, Versions)>,
}

/// A function whose earlier rows are dropped.
pub(super) struct Replaced {
    pub core: bool,
    pub owner: String,
    pub function: String,
    pub at: At,
}

pub(super) fn read(file: &str, text: &str, builtin: bool) -> Result<Added, CatalogueError> {
    let raw: File = toml::from_str(text)
        .map_err(|e| At::new(file, text, e.span()).error(e.message().trim().to_string()))?;
    let mut reader = Reader {
        file,
        text,
        name: file.into(),
        builtin,
        added: Added {
            rows: Vec::new(),
            core: Vec::new(),
            replaced: Vec::new(),
            runtimes: Vec::new(),
            egress: Vec::new(),
            once: Vec::new(),
        },
    };
    for interface in &raw.interface {
        reader.interface(interface)?;
    }
    for core in &raw.core {
        reader.core(core)?;
    }
    for runtime in &raw.runtime {
        let at = reader.at(runtime);
        let RawRuntime { name, kind, keys } = runtime.get_ref();
        let row = RuntimeRow {
            name: name.clone(),
            kind: reader.kind(kind.as_ref(), &at)?,
            keys: keys.get_ref().0.clone(),
            origin: reader.origin(&at),
        };
        reader.added.runtimes.push(row);
    }
    Ok(reader.added)
}

pub(super) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    name: Arc<str>,
    builtin: bool,
    pub added: Added,
}

impl Reader<'_> {
    pub(super) fn at<T>(&self, spanned: &Spanned<T>) -> At {
        At::new(self.file, self.text, Some(spanned.span()))
    }

    pub(super) fn origin(&self, at: &At) -> Origin {
        Origin {
            file: Arc::clone(&self.name),
            line: at.line,
            builtin: self.builtin,
        }
    }

    pub(super) fn kind(
        &self,
        kind: Option<&Spanned<String>>,
        at: &At,
    ) -> Result<Kind, CatalogueError> {
        let Some(kind) = kind else {
            return Err(at.error("missing field `kind`"));
        };
        Kind::new(kind.get_ref()).ok_or_else(|| {
            self.at(kind).error(format!(
                "`{}` is no kind: lower-case words joined by `-`, such as `bucket-key`",
                kind.get_ref()
            ))
        })
    }

    fn interface(&mut self, raw: &RawInterface) -> Result<(), CatalogueError> {
        for id in &raw.id.get_ref().0 {
            let at = self.at(&raw.id);
            let name: InterfaceName = id.parse().map_err(|e| at.error(format!("{e}")))?;
            if name.version.is_some() {
                return Err(at.error(format!("`{id}` has a version: put it into `versions`")));
            }
        }
        let versions = match &raw.versions {
            Some(texts) => {
                Versions::parse(&texts.get_ref().0).map_err(|e| self.at(texts).error(e))?
            }
            None => Versions::any(),
        };
        for sink in &raw.sink {
            let at = self.at(sink);
            let facts = self.sink(sink.get_ref(), &at)?;
            let RawSink {
                function, replace, ..
            } = sink.get_ref();
            self.rows(raw, &versions, function, *replace, &facts, &at);
        }
        for source in &raw.source {
            let at = self.at(source);
            let RawSource {
                function,
                kind,
                layout,
                replace,
            } = source.get_ref();
            if *layout != RawLayout::Pairs {
                return Err(at.error("an interface hands over `pairs`; other layouts are `core`"));
            }
            let kind = self.kind(Some(kind), &at)?;
            self.rows(
                raw,
                &versions,
                function,
                *replace,
                &[Fact::Source { kind }],
                &at,
            );
        }
        self.egress(raw, &versions)?;
        if raw.once {
            let ids = raw.id.get_ref().0.iter();
            let once = ids.map(|id| (id.clone(), versions.clone()));
            self.added.once.extend(once);
        }
        for trigger in &raw.trigger {
            let at = self.at(trigger);
            let RawTrigger {
                function,
                kind,
                replace,
            } = trigger.get_ref();
            let kind = self.kind(Some(kind), &at)?;
            self.rows(
                raw,
                &versions,
                function,
                *replace,
                &[Fact::Trigger { kind }],
                &at,
            );
        }
        Ok(())
    }

    /// One row for each interface, function and fact.
    fn rows(
        &mut self,
        raw: &RawInterface,
        versions: &Versions,
        functions: &Spanned<Strings>,
        replace: bool,
        facts: &[Fact],
        at: &At,
    ) {
        for interface in &raw.id.get_ref().0 {
            for function in &functions.get_ref().0 {
                self.replace(replace, false, interface, function, at);
                for fact in facts {
                    let row = Row {
                        interface: interface.clone(),
                        versions: versions.clone(),
                        function: function.clone(),
                        fact: fact.clone(),
                        origin: self.origin(at),
                    };
                    self.added.rows.push((row, at.clone()));
                }
            }
        }
    }

    /// Notes an override; several rows of one file may override one function together.
    pub(super) fn replace(
        &mut self,
        replace: bool,
        core: bool,
        owner: &str,
        function: &str,
        at: &At,
    ) {
        let known = |r: &Replaced| (r.core, &*r.owner, &*r.function) == (core, owner, function);
        if replace && !self.added.replaced.iter().any(known) {
            self.added.replaced.push(Replaced {
                core,
                owner: owner.to_string(),
                function: function.to_string(),
                at: at.clone(),
            });
        }
    }

    fn sink(&self, raw: &RawSink, at: &At) -> Result<Vec<Fact>, CatalogueError> {
        let said = [
            raw.parameter.is_some(),
            raw.label,
            raw.enumerates,
            raw.audit.is_some(),
            raw.egress,
            raw.mount,
            raw.exits,
            raw.ignore,
        ];
        if said.iter().filter(|s| **s).count() != 1 {
            return Err(at.error(
                "a sink says exactly one of `parameter`, `label`, `enumerates`, `audit`, \
                 `egress`, `mount`, `exits` and `ignore`",
            ));
        }
        if raw.ignore {
            return match (raw.replace, &raw.kind) {
                (true, None) => Ok(vec![Fact::Nothing]),
                (false, _) => Err(at.error("`ignore` needs `override = true`")),
                (true, Some(kind)) => Err(self.at(kind).error("`ignore` has no `kind`")),
            };
        }
        if raw.exits {
            return match &raw.kind {
                None => Ok(vec![Fact::Exits]),
                Some(kind) => Err(self.at(kind).error("`exits` has no `kind`")),
            };
        }
        if raw.parameter.is_none() && (raw.prefix || raw.format.is_some()) {
            return Err(at.error("`prefix` and `format` belong to a `parameter`"));
        }
        let kind = self.kind(raw.kind.as_ref(), at)?;
        let fact = if raw.label {
            Fact::Label { kind }
        } else if raw.enumerates {
            Fact::Enumerates { kind }
        } else if let Some(action) = &raw.audit {
            let action = action.clone();
            Fact::Audit { kind, action }
        } else if raw.egress {
            let mark = Mark::Egress;
            Fact::Mark { kind, mark }
        } else if raw.mount {
            let mark = Mark::Mount;
            Fact::Mark { kind, mark }
        } else {
            return self.keys(raw, &kind);
        };
        Ok(vec![fact])
    }

    fn keys(&self, raw: &RawSink, kind: &Kind) -> Result<Vec<Fact>, CatalogueError> {
        let format = match raw.format {
            None | Some(RawFormat::Plain) => Format::Plain,
            Some(RawFormat::Url) => Format::Url,
            Some(RawFormat::SocketAddress) => Format::SocketAddress,
        };
        let Some(parameters) = &raw.parameter else {
            return Ok(Vec::new());
        };
        let paths = parameters.get_ref().0.iter().map(|text| {
            let parameter = text
                .parse()
                .map_err(|e: String| self.at(parameters).error(e))?;
            Ok(Fact::Key {
                kind: kind.clone(),
                parameter,
                format,
                prefix: raw.prefix,
            })
        });
        paths.collect()
    }
}
