//! Steps, functions, bytes and source lines as facts.

use super::wire::*;
use crate::base::demangle;
use crate::binary::FuncId;
use crate::flow::{Piece, Site, Source, Text};
use crate::graph::{CoreInstanceId, Entry, Func, InstanceId, Program, Via};
use crate::needs::sinks::HostFunction;
use crate::needs::{CodeStep, NamedCall, Needs, Part, Step, Takes, Trace, Tracer};

pub(super) struct Places<'r, 'p, 'a, 'b> {
    program: &'p Program<'a, 'b>,
    needs: &'r Needs,
    tracer: &'r Tracer<'r, 'p, 'a, 'b>,
}

impl<'r, 'p, 'a, 'b> Places<'r, 'p, 'a, 'b> {
    pub(super) fn new(
        program: &'p Program<'a, 'b>,
        needs: &'r Needs,
        tracer: &'r Tracer<'r, 'p, 'a, 'b>,
    ) -> Self {
        Places {
            program,
            needs,
            tracer,
        }
    }

    pub(super) fn site(
        &self,
        instance: InstanceId,
        text: Option<&Text>,
        ways: u64,
        trace: &Trace,
        call: Option<usize>,
    ) -> SiteFacts {
        let call = call.and_then(|index| self.needs.calls.get(index));
        SiteFacts {
            instance: self.program.instance(instance).path.clone(),
            instance_name: self.name(instance),
            ways,
            bytes: text.map(|text| self.bytes(text)),
            trace: TraceFacts {
                entry: trace.entry.as_ref().map(|e| self.entry(e)),
                other_entries: trace.others.iter().map(|e| self.entry(e)).collect(),
                steps: trace.steps.iter().map(|s| self.step(s)).collect(),
                target: trace
                    .target
                    .as_ref()
                    .zip(call)
                    .map(|(function, call)| target(function, call)),
                connected: trace.connected,
            },
        }
    }

    fn name(&self, instance: InstanceId) -> Option<String> {
        self.program.instance(instance).name.map(str::to_string)
    }

    fn entry(&self, entry: &Entry) -> EntryFacts {
        let (kind, name) = match entry {
            Entry::Export(name) => ("export", Some(name.clone())),
            Entry::Start => ("start", None),
            Entry::ModuleStart(id) => ("start", Some(self.program.core_instance(*id).path.clone())),
            Entry::HandedOut => ("handed-out", None),
            Entry::Destructor => ("destructor", None),
            Entry::Canonical => ("canonical", None),
        };
        EntryFacts { kind, name }
    }

    fn step(&self, step: &Step) -> StepFacts {
        match step {
            Step::Code(code) => self.code(code),
            Step::Link { lower, to, .. } => {
                let export = match self.program.lowers[lower.index()].func {
                    Func::Lift(lift) => self.program.export_of_lift(lift),
                    _ => None,
                };
                StepFacts {
                    part: "link",
                    instance: self.program.instance(*to).path.clone(),
                    instance_name: self.name(*to),
                    module: None,
                    function: None,
                    export,
                    offset: None,
                    via: None,
                    source: Vec::new(),
                }
            }
        }
    }

    fn code(&self, step: &CodeStep) -> StepFacts {
        let core = self.program.core_instance(step.instance);
        let function = self.function(step.instance, step.func);
        // Without a call the function as a whole is meant, and its first line.
        let place = step.offset.unwrap_or(function.start);
        StepFacts {
            part: match step.part {
                Part::Way => "way",
                Part::Followed => "followed",
                Part::Lookup => "lookup",
                Part::Below => "below",
            },
            instance: self.program.instance(core.owner).path.clone(),
            instance_name: self.name(core.owner),
            module: Some(core.path.clone()),
            function: Some(function),
            export: None,
            offset: step.offset,
            via: step.offset.map(|_| match step.via {
                Via::Call | Via::Link => "call",
                Via::Pointer => "pointer",
            }),
            source: self.source(step.instance, place),
        }
    }

    fn source(&self, instance: CoreInstanceId, offset: u64) -> Vec<SourceFacts> {
        let frames = self.tracer.source(instance, offset).into_iter();
        let facts = frames.map(|frame| SourceFacts {
            function: frame.function.map(|f| demangle(&f).unwrap_or(f)),
            file: frame.file,
            line: frame.line,
            column: frame.column,
        });
        facts.collect()
    }

    fn function(&self, instance: CoreInstanceId, func: FuncId) -> FunctionFacts {
        let module = self.program.core_instance(instance).module;
        let module = self.program.binary.module(module);
        let body = module.defined(func).map(|body| module.bodies[body]);
        let symbol = self.tracer.symbol(instance, func);
        let range = body.unwrap_or_default();
        FunctionFacts {
            index: func.0,
            symbol: symbol.map(str::to_string),
            demangled: symbol.and_then(demangle),
            start: range.start,
            end: range.end,
        }
    }

    fn bytes(&self, text: &Text) -> BytesFacts {
        let mut pieces = Vec::new();
        let mut at = text.address;
        for piece in &text.pieces {
            self.pieces(piece, at, &mut pieces);
            at = at.wrapping_add(piece.len);
        }
        BytesFacts {
            text: String::from_utf8_lossy(&text.bytes).into_owned(),
            pieces,
        }
    }

    /// The facts of one piece, which arrives at the address `at`. Data that reaches over the
    /// end of its segment gives several.
    fn pieces(&self, piece: &Piece, at: u32, out: &mut Vec<PieceFacts>) {
        match &piece.source {
            Source::Data { memory, address } => {
                let mut done = 0;
                while done < piece.len {
                    let place = self.program.data_at(*memory, address.wrapping_add(done));
                    let Some(place) = place else {
                        out.push(unknown(piece.len - done));
                        return;
                    };
                    let len = place.left.min(piece.len - done);
                    out.push(PieceFacts {
                        from: "data",
                        length: len,
                        copied: *address != at,
                        module: Some(self.program.core_instance(place.instance).path.clone()),
                        segment: Some(place.segment as u64),
                        segment_offset: Some(u64::from(place.offset)),
                        file_offset: Some(place.file_offset),
                        function: None,
                    });
                    done += len;
                }
            }
            Source::Written(site) => out.push(self.written(site, piece.len)),
            Source::Unknown => out.push(unknown(piece.len)),
        }
    }

    fn written(&self, site: &Site, len: u32) -> PieceFacts {
        PieceFacts {
            from: "written",
            length: len,
            copied: false,
            module: Some(self.program.core_instance(site.instance).path.clone()),
            segment: None,
            segment_offset: None,
            file_offset: Some(u64::from(site.offset)),
            function: Some(self.function(site.instance, site.func)),
        }
    }
}

fn unknown(len: u32) -> PieceFacts {
    PieceFacts {
        from: "unknown",
        length: len,
        copied: false,
        module: None,
        segment: None,
        segment_offset: None,
        file_offset: None,
        function: None,
    }
}

fn target(function: &HostFunction, call: &NamedCall) -> TargetFacts {
    let (takes, parameter) = match &call.takes {
        Takes::Parameter(name) => ("parameter", Some(name.clone())),
        Takes::Lookup => ("lookup", None),
        Takes::Label => ("label", None),
        Takes::Nothing => ("nothing", None),
    };
    TargetFacts {
        interface: function.interface.clone(),
        function: function.function.clone(),
        label: function.label.clone(),
        takes,
        parameter,
    }
}
