//! TOML → rows about core imports.

use super::error::{At, CatalogueError};
use super::raw::{RawAnswer, RawCore, RawCoreSink, RawLayout, RawSource, RawWrite, Strings};
use super::read::Reader;
use super::{CoreAnswer, CoreFact, CoreRow, CoreWrite, CoreWritten, EnvironLayout, Mark};
use toml::Spanned;

impl Reader<'_> {
    pub(super) fn core(&mut self, raw: &RawCore) -> Result<(), CatalogueError> {
        for sink in &raw.sink {
            let at = self.at(sink);
            let RawCoreSink {
                function,
                kind,
                address,
                egress,
                mount,
                exits,
                ignore,
                replace,
            } = sink.get_ref();
            if *exits && kind.is_some() {
                return Err(at.error("`exits` has no `kind`"));
            }
            let kind = || self.kind(kind.as_ref(), &at);
            let fact = match (address, egress, mount, exits, ignore) {
                (Some(address), false, false, false, false) => CoreFact::Key {
                    kind: kind()?,
                    address: *address,
                },
                (None, true, false, false, false) => CoreFact::Mark {
                    kind: kind()?,
                    mark: Mark::Egress,
                },
                (None, false, true, false, false) => CoreFact::Mark {
                    kind: kind()?,
                    mark: Mark::Mount,
                },
                (None, false, false, true, false) => CoreFact::Exits,
                (None, false, false, false, true) if *replace => CoreFact::Nothing,
                _ => {
                    return Err(at.error(
                        "a core sink says exactly one of `address`, `egress`, `mount`, \
                         `exits` and `ignore` (with `override = true`)",
                    ));
                }
            };
            self.core_rows(raw, function, *replace, &fact, &at);
        }
        for source in &raw.source {
            let at = self.at(source);
            let RawSource {
                function,
                kind,
                layout,
                replace,
            } = source.get_ref();
            let kind = self.kind(Some(kind), &at)?;
            let layout = match layout {
                RawLayout::Preview1Environ => EnvironLayout::Entries,
                RawLayout::Preview1EnvironSizes => EnvironLayout::Sizes,
                RawLayout::Pairs => {
                    return Err(at.error("a core import has no result type for `pairs`"));
                }
            };
            self.core_rows(
                raw,
                function,
                *replace,
                &CoreFact::Source { kind, layout },
                &at,
            );
        }
        for answer in &raw.answer {
            let at = self.at(answer);
            let RawAnswer {
                function,
                result,
                write,
                replace,
            } = answer.get_ref();
            let writes = write.iter().map(|raw| core_write(raw, &at));
            let answer = CoreAnswer {
                result: *result,
                writes: writes.collect::<Result<_, _>>()?,
            };
            self.core_rows(raw, function, *replace, &CoreFact::Answer(answer), &at);
        }
        Ok(())
    }

    fn core_rows(
        &mut self,
        raw: &RawCore,
        functions: &Spanned<Strings>,
        replace: bool,
        fact: &CoreFact,
        at: &At,
    ) {
        for module in &raw.module.get_ref().0 {
            for function in &functions.get_ref().0 {
                self.replace(replace, true, module, function, at);
                let row = CoreRow {
                    module: module.clone(),
                    function: function.clone(),
                    fact: fact.clone(),
                    origin: self.origin(at),
                };
                self.added.core.push((row, at.clone()));
            }
        }
    }
}

fn core_write(raw: &RawWrite, at: &At) -> Result<CoreWrite, CatalogueError> {
    let given = [
        raw.number.map(CoreWritten::Number),
        raw.input.map(CoreWritten::Input),
        raw.parameter.map(CoreWritten::Parameter),
        raw.gathered.map(CoreWritten::Gathered),
        raw.noise.map(CoreWritten::Noise),
        raw.ticks.then_some(CoreWritten::Ticks),
    ];
    let mut given = given.into_iter().flatten();
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(at.error(
            "a `write` says exactly one of `number`, `input`, `parameter`, `gathered`, \
             `noise` and `ticks`",
        ));
    };
    let bytes = raw.bytes.unwrap_or(4);
    if !matches!(bytes, 1 | 2 | 4 | 8) {
        return Err(at.error("`bytes` of a `write` is 1, 2, 4 or 8"));
    }
    Ok(CoreWrite {
        at: raw.at,
        offset: raw.offset,
        bytes,
        value,
    })
}
