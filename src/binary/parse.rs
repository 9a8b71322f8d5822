//! Bytes → [`Binary`], validating and reading in one pass.

use super::component::{Component, DefinitionKind, Types};
use super::error::ParseError;
use super::ids::{ComponentId, ModuleId};
use super::module::Module;
use super::proposals::{Proposal, Proposals};
use super::scan::{Both, Scanner};
use super::section::{Custom, Nested, Section};
use super::{Binary, Root};
use crate::base::ByteRange;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use wasmparser as wp;

/// How deeply components may nest. Real files stay below ten; the limit bounds the work
/// that a hostile file can ask for per byte.
pub const MAX_NESTING: usize = 100;

impl<'a> Binary<'a> {
    /// Reads and validates a component or core module.
    ///
    /// Every proposal that the parser knows is accepted: what a host enables is a question
    /// for a host profile, and refusing to look at a file helps nobody.
    ///
    /// # Errors
    /// A [`ParseError`] for anything that is not a complete, valid binary.
    pub fn parse(bytes: &'a [u8]) -> Result<Binary<'a>, ParseError> {
        check_header(bytes)?;
        guarded(|| Binary::parse_guarded(bytes)).unwrap_or_else(|| {
            Err(ParseError::Invalid {
                what: "binary".to_string(),
                message: "it breaks an assumption of the validator".to_string(),
                offset: 0,
            })
        })
    }

    fn parse_guarded(bytes: &'a [u8]) -> Result<Binary<'a>, ParseError> {
        let mut reader = Reader {
            binary: Binary {
                bytes,
                root: Root::Module(ModuleId(0)),
                components: Vec::new(),
                modules: Vec::new(),
                proposals: Proposals::default(),
            },
            open: Vec::new(),
            scanner: Scanner::default(),
            allocations: wp::FuncValidatorAllocations::default(),
        };
        let features = wp::WasmFeatures::all();
        let mut validator = wp::Validator::new_with_features(features);
        let mut parser = wp::Parser::new(0);
        parser.set_features(features);
        for payload in parser.parse_all(bytes) {
            let read = payload.map_err(Stop::Invalid).and_then(|payload| {
                let valid = validator.payload(&payload)?;
                reader.payload(&payload, valid)
            });
            read.map_err(|stop| reader.error(&stop))?;
        }
        Ok(reader.binary)
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in a place where a panic becomes an error, so that a panic hook
/// need not show it.
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

/// Runs `job`; `None` when it panics. The validator asserts in a few places what it does not
/// check before, such as how deeply bundles of instances nest.
fn guarded<T>(job: impl FnOnce() -> T) -> Option<T> {
    let before = GUARDED.replace(true);
    // Nothing that `job` leaves half done is looked at afterwards.
    let result = panic::catch_unwind(AssertUnwindSafe(job));
    GUARDED.set(before);
    result.ok()
}

fn check_header(bytes: &[u8]) -> Result<(), ParseError> {
    let truncated = |message: &str| ParseError::Truncated {
        message: message.to_string(),
        offset: bytes.len() as u64,
    };
    if bytes.is_empty() {
        return Err(ParseError::Empty);
    }
    if !bytes.starts_with(b"\0asm") {
        if b"\0asm".starts_with(bytes) {
            return Err(truncated("expected the magic bytes `\\0asm`"));
        }
        let found: Vec<String> = bytes.iter().take(4).map(|b| format!("{b:02x}")).collect();
        return Err(ParseError::Magic {
            found: found.join(" "),
        });
    }
    let Some(&[v0, v1, l0, l1]) = bytes.get(4..8) else {
        return Err(truncated("expected the version and layer"));
    };
    let version = u16::from_le_bytes([v0, v1]);
    let layer = u16::from_le_bytes([l0, l1]);
    match (version, layer) {
        (1, 0) | (0xd, 1) => Ok(()),
        _ => Err(ParseError::Version { version, layer }),
    }
}

/// Why reading stops.
enum Stop {
    Invalid(wp::Error),
    Nesting { offset: u64 },
    Cut { end: u64 },
}

impl From<wp::Error> for Stop {
    fn from(error: wp::Error) -> Self {
        Stop::Invalid(error)
    }
}

/// A component or module whose end has not been reached.
enum Open {
    Component(usize),
    Module(usize),
}

struct Reader<'a> {
    binary: Binary<'a>,
    open: Vec<Open>,
    scanner: Scanner,
    allocations: wp::FuncValidatorAllocations,
}

impl<'a> Reader<'a> {
    fn payload(
        &mut self,
        payload: &wp::Payload<'a>,
        valid: wp::ValidPayload<'a>,
    ) -> Result<(), Stop> {
        match (payload, valid) {
            (
                wp::Payload::Version {
                    encoding, range, ..
                },
                _,
            ) => return self.begin(*encoding, range.start),
            (wp::Payload::End(offset), wp::ValidPayload::End(types)) => {
                self.end(*offset, types);
                return Ok(());
            }
            (_, wp::ValidPayload::Func(func, body)) => return Ok(self.body(func, &body)?),
            // The parser takes the end of the input for the end of the nested binary.
            (
                wp::Payload::ModuleSection {
                    unchecked_range: range,
                    ..
                }
                | wp::Payload::ComponentSection {
                    unchecked_range: range,
                    ..
                },
                _,
            ) if range.end > self.binary.bytes.len() as u64 => {
                return Err(Stop::Cut { end: range.end });
            }
            _ => {}
        }
        self.section(payload);
        let used = &mut self.binary.proposals;
        match self.open.last() {
            Some(Open::Module(i)) => {
                if let wp::Payload::CodeSectionStart { .. } = payload {
                    self.scanner = Scanner::new(self.binary.modules[*i].funcs.len());
                }
                self.binary.modules[*i].read(payload, used)?;
            }
            Some(Open::Component(i)) => self.binary.components[*i].read(payload, used)?,
            None => {}
        }
        Ok(())
    }

    fn begin(&mut self, encoding: wp::Encoding, start: u64) -> Result<(), Stop> {
        if self.open.len() >= MAX_NESTING {
            return Err(Stop::Nesting { offset: start });
        }
        let parent = match self.open.last() {
            Some(Open::Component(i)) => Some(ComponentId(*i as u32)),
            _ => None,
        };
        let binary = &mut self.binary;
        match encoding {
            wp::Encoding::Module => {
                let id = ModuleId(binary.modules.len() as u32);
                if let Some(parent) = parent {
                    binary.components[parent.index()].define(start, DefinitionKind::CoreModule(id));
                }
                binary.modules.push(Module::new(id, parent, start));
                self.open.push(Open::Module(id.index()));
            }
            wp::Encoding::Component => {
                let id = ComponentId(binary.components.len() as u32);
                match parent {
                    Some(parent) => binary.components[parent.index()]
                        .define(start, DefinitionKind::Component(id)),
                    None => binary.root = Root::Component(id),
                }
                binary.components.push(Component::new(id, parent, start));
                self.open.push(Open::Component(id.index()));
            }
        }
        Ok(())
    }

    fn end(&mut self, offset: u64, types: wp::types::Types) {
        match self.open.pop() {
            Some(Open::Module(i)) => {
                let (scan, used) = std::mem::take(&mut self.scanner).finish();
                self.binary.proposals.extend(used);
                let module = &mut self.binary.modules[i];
                module.scan = scan;
                module.range = ByteRange::new(module.range.start, offset);
            }
            Some(Open::Component(i)) => {
                let component = &mut self.binary.components[i];
                component.types = Some(Types(types));
                component.range = ByteRange::new(component.range.start, offset);
            }
            None => {}
        }
    }

    /// Validates a function body and records its calls, decoding it once.
    fn body(
        &mut self,
        func: wp::FuncToValidate<wp::ValidatorResources>,
        body: &wp::FunctionBody<'a>,
    ) -> Result<(), wp::Error> {
        let Some(Open::Module(i)) = self.open.last() else {
            return Ok(());
        };
        let module = &mut self.binary.modules[*i];
        let params = module
            .type_signature(super::ids::TypeId(func.ty))
            .map_or(0, |sig| sig.params.len());
        let mut validator = func.into_validator(std::mem::take(&mut self.allocations));
        let mut reader = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        reader.set_features(wp::WasmFeatures::all());
        self.scanner.begin_body();
        while !reader.eof() {
            let mut visitor = Both {
                scanner: &mut self.scanner,
                validator: validator.visitor(reader.original_position()),
            };
            reader.visit_operator(&mut visitor)??;
        }
        reader.finish_expression(&validator.visitor(reader.original_position()))?;
        self.scanner.end_body(params);
        module.bodies.push(body.range().into());
        self.allocations = validator.into_allocations();
        Ok(())
    }

    fn section(&mut self, payload: &wp::Payload<'a>) {
        let Some((id, range)) = payload.as_section() else {
            return;
        };
        let nested = match payload {
            wp::Payload::ModuleSection { .. } => {
                Some(Nested::Module(ModuleId(self.binary.modules.len() as u32)))
            }
            wp::Payload::ComponentSection { .. } => Some(Nested::Component(ComponentId(
                self.binary.components.len() as u32,
            ))),
            _ => None,
        };
        let custom = match payload {
            wp::Payload::CustomSection(c) => Some(Custom {
                name: c.name(),
                data: c.data(),
                range: ByteRange::new(c.data_offset(), c.range().end),
            }),
            _ => None,
        };
        let (sections, customs, names) = match self.open.last() {
            Some(Open::Module(i)) => {
                let m = &mut self.binary.modules[*i];
                (&mut m.sections, &mut m.customs, MODULE_SECTIONS)
            }
            Some(Open::Component(i)) => {
                let c = &mut self.binary.components[*i];
                (&mut c.sections, &mut c.customs, COMPONENT_SECTIONS)
            }
            None => return,
        };
        sections.push(Section {
            id,
            name: names.get(id as usize).copied().unwrap_or("unknown"),
            range: range.into(),
            nested,
        });
        customs.extend(custom);
        if matches!(payload, wp::Payload::TagSection(_)) {
            self.binary.proposals.insert(Proposal::Exceptions);
        }
    }

    fn error(&self, stop: &Stop) -> ParseError {
        let (offset, message) = match stop {
            Stop::Invalid(error) => (error.offset(), error.message().to_string()),
            Stop::Cut { end } => {
                return ParseError::Truncated {
                    message: format!("a nested binary should end at offset {end:#x}"),
                    offset: self.binary.bytes.len() as u64,
                };
            }
            Stop::Nesting { offset } => (
                *offset,
                format!("components are nested deeper than {MAX_NESTING}"),
            ),
        };
        if message.contains("unexpected end-of-file") || message.contains("unexpected end") {
            return ParseError::Truncated { message, offset };
        }
        let what = match self.open.last() {
            Some(Open::Module(i)) => match self.binary.modules[*i].parent {
                Some(parent) => format!("core module {i} (in component {})", parent.0),
                None => "core module".to_string(),
            },
            Some(Open::Component(0)) | None => "component".to_string(),
            Some(Open::Component(i)) => format!("nested component {i}"),
        };
        ParseError::Invalid {
            what,
            message,
            offset,
        }
    }
}

const MODULE_SECTIONS: &[&str] = &[
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

const COMPONENT_SECTIONS: &[&str] = &[
    "custom",
    "core module",
    "core instance",
    "core type",
    "component",
    "instance",
    "alias",
    "type",
    "canon",
    "start",
    "import",
    "export",
    "value",
];
