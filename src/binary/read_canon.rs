//! Canonical definitions, and the proposals that component types use.

use super::component::{Builtin, Canon, CanonOptions, StringEncoding};
use super::ids::*;
use super::proposals::{Proposal, Proposals};
use wasmparser as wp;

/// Options as written → [`CanonOptions`].
fn options(list: &[wp::CanonicalOption], used: &mut Proposals) -> CanonOptions {
    let mut options = CanonOptions::default();
    for option in list {
        match option {
            wp::CanonicalOption::UTF8 => options.encoding = StringEncoding::Utf8,
            wp::CanonicalOption::UTF16 => options.encoding = StringEncoding::Utf16,
            wp::CanonicalOption::CompactUTF16 => options.encoding = StringEncoding::Latin1Utf16,
            wp::CanonicalOption::Memory(i) => options.memory = Some(CoreMemoryIndex(*i)),
            wp::CanonicalOption::Realloc(i) => options.realloc = Some(CoreFuncIndex(*i)),
            wp::CanonicalOption::PostReturn(i) => options.post_return = Some(CoreFuncIndex(*i)),
            wp::CanonicalOption::Async => {
                used.insert(Proposal::ComponentAsync);
                options.is_async = true;
            }
            wp::CanonicalOption::Callback(i) => {
                used.insert(Proposal::ComponentAsync);
                options.callback = Some(CoreFuncIndex(*i));
            }
            wp::CanonicalOption::CoreType(_) | wp::CanonicalOption::Gc => {
                used.insert(Proposal::ComponentGc);
            }
        }
    }
    options
}

/// A canonical definition as written → [`Canon`].
pub(super) fn canon(canon: wp::CanonicalFunction, used: &mut Proposals) -> Canon {
    use wp::CanonicalFunction as C;
    let mut builtin = Builtin {
        name: "",
        ty: None,
        calls_table: None,
        calls_ref: false,
        options: CanonOptions::default(),
    };
    let (name, proposal) = match canon {
        C::Lift {
            core_func_index,
            type_index,
            options: list,
        } => {
            return Canon::Lift {
                core: CoreFuncIndex(core_func_index),
                ty: TypeIndex(type_index),
                options: options(&list, used),
            };
        }
        C::Lower {
            func_index,
            options: list,
        } => {
            return Canon::Lower {
                func: FuncIndex(func_index),
                options: options(&list, used),
            };
        }
        C::ResourceNew { resource } => {
            builtin.ty = Some(TypeIndex(resource));
            ("resource.new", None)
        }
        C::ResourceDrop { resource } => {
            builtin.ty = Some(TypeIndex(resource));
            ("resource.drop", None)
        }
        C::ResourceRep { resource } => {
            builtin.ty = Some(TypeIndex(resource));
            ("resource.rep", None)
        }
        C::ThreadSpawnRef { .. } => {
            builtin.calls_ref = true;
            ("thread.spawn-ref", Some(Proposal::SharedEverythingThreads))
        }
        C::ThreadSpawnIndirect { table_index, .. } => {
            builtin.calls_table = Some(CoreTableIndex(table_index));
            (
                "thread.spawn-indirect",
                Some(Proposal::SharedEverythingThreads),
            )
        }
        C::ThreadAvailableParallelism => (
            "thread.available-parallelism",
            Some(Proposal::SharedEverythingThreads),
        ),
        C::ThreadNewIndirect { table_index, .. } => {
            builtin.calls_table = Some(CoreTableIndex(table_index));
            ("thread.new-indirect", Some(Proposal::ComponentThreading))
        }
        C::ThreadIndex => ("thread.index", Some(Proposal::ComponentThreading)),
        C::ThreadResumeLater => ("thread.resume-later", Some(Proposal::ComponentThreading)),
        C::ThreadSuspend { .. } => ("thread.suspend", Some(Proposal::ComponentThreading)),
        C::ThreadSuspendThenResume { .. } => (
            "thread.suspend-then-resume",
            Some(Proposal::ComponentThreading),
        ),
        C::ThreadYieldThenResume { .. } => (
            "thread.yield-then-resume",
            Some(Proposal::ComponentThreading),
        ),
        C::ThreadSuspendThenPromote { .. } => (
            "thread.suspend-then-promote",
            Some(Proposal::ComponentThreading),
        ),
        C::ThreadYieldThenPromote { .. } => (
            "thread.yield-then-promote",
            Some(Proposal::ComponentThreading),
        ),
        C::ThreadYield { .. } => ("thread.yield", Some(Proposal::ComponentAsync)),
        C::BackpressureInc => ("backpressure.inc", Some(Proposal::ComponentAsync)),
        C::BackpressureDec => ("backpressure.dec", Some(Proposal::ComponentAsync)),
        C::TaskReturn { options: list, .. } => {
            builtin.options = options(&list, used);
            ("task.return", Some(Proposal::ComponentAsync))
        }
        C::TaskCancel => ("task.cancel", Some(Proposal::ComponentAsync)),
        C::ContextGet { .. } => ("context.get", Some(Proposal::ComponentAsync)),
        C::ContextSet { .. } => ("context.set", Some(Proposal::ComponentAsync)),
        C::SubtaskDrop => ("subtask.drop", Some(Proposal::ComponentAsync)),
        C::SubtaskCancel { .. } => ("subtask.cancel", Some(Proposal::ComponentAsync)),
        C::WaitableSetNew => ("waitable-set.new", Some(Proposal::ComponentAsync)),
        C::WaitableSetWait { .. } => ("waitable-set.wait", Some(Proposal::ComponentAsync)),
        C::WaitableSetPoll { .. } => ("waitable-set.poll", Some(Proposal::ComponentAsync)),
        C::WaitableSetDrop => ("waitable-set.drop", Some(Proposal::ComponentAsync)),
        C::WaitableJoin => ("waitable.join", Some(Proposal::ComponentAsync)),
        C::ErrorContextNew { options: list } => {
            builtin.options = options(&list, used);
            ("error-context.new", Some(Proposal::ComponentErrorContext))
        }
        C::ErrorContextDebugMessage { options: list } => {
            builtin.options = options(&list, used);
            (
                "error-context.debug-message",
                Some(Proposal::ComponentErrorContext),
            )
        }
        C::ErrorContextDrop => ("error-context.drop", Some(Proposal::ComponentErrorContext)),
        other => (
            stream_or_future(other, &mut builtin, used),
            Some(Proposal::ComponentAsync),
        ),
    };
    used.insert(proposal);
    builtin.name = name;
    Canon::Builtin(builtin)
}

fn stream_or_future(
    canon: wp::CanonicalFunction,
    builtin: &mut Builtin,
    used: &mut Proposals,
) -> &'static str {
    use wp::CanonicalFunction as C;
    let (name, ty, list) = match canon {
        C::StreamNew { ty } => ("stream.new", ty, None),
        C::StreamRead { ty, options } => ("stream.read", ty, Some(options)),
        C::StreamWrite { ty, options } => ("stream.write", ty, Some(options)),
        C::StreamCancelRead { ty, .. } => ("stream.cancel-read", ty, None),
        C::StreamCancelWrite { ty, .. } => ("stream.cancel-write", ty, None),
        C::StreamDropReadable { ty } => ("stream.drop-readable", ty, None),
        C::StreamDropWritable { ty } => ("stream.drop-writable", ty, None),
        C::FutureNew { ty } => ("future.new", ty, None),
        C::FutureRead { ty, options } => ("future.read", ty, Some(options)),
        C::FutureWrite { ty, options } => ("future.write", ty, Some(options)),
        C::FutureCancelRead { ty, .. } => ("future.cancel-read", ty, None),
        C::FutureCancelWrite { ty, .. } => ("future.cancel-write", ty, None),
        C::FutureDropReadable { ty } => ("future.drop-readable", ty, None),
        C::FutureDropWritable { ty } => ("future.drop-writable", ty, None),
        // Every other canonical definition is handled by the caller.
        _ => return "unknown",
    };
    builtin.ty = Some(TypeIndex(ty));
    if let Some(list) = list {
        builtin.options = options(&list, used);
    }
    name
}

/// Adds the proposals that a type uses, however deeply it nests them.
pub(super) fn type_proposals(ty: &wp::ComponentType<'_>, used: &mut Proposals) {
    // Declarations nest; the validator bounds their depth, a work list bounds the stack.
    let mut types = vec![ty];
    while let Some(ty) = types.pop() {
        match ty {
            wp::ComponentType::Defined(defined) => defined_proposals(defined, used),
            wp::ComponentType::Func(func) => {
                if func.async_ {
                    used.insert(Proposal::ComponentAsync);
                }
                for ty in func.params.iter().map(|(_, t)| t).chain(&func.result) {
                    val_proposals(ty, used);
                }
            }
            wp::ComponentType::Component(decls) => {
                for decl in decls {
                    match decl {
                        wp::ComponentTypeDeclaration::Type(ty) => types.push(ty),
                        wp::ComponentTypeDeclaration::Import(import) => {
                            name_proposals(&import.name, used);
                        }
                        wp::ComponentTypeDeclaration::Export { name, .. } => {
                            name_proposals(name, used);
                        }
                        _ => {}
                    }
                }
            }
            wp::ComponentType::Instance(decls) => {
                for decl in decls {
                    match decl {
                        wp::InstanceTypeDeclaration::Type(ty) => types.push(ty),
                        wp::InstanceTypeDeclaration::Export { name, .. } => {
                            name_proposals(name, used);
                        }
                        _ => {}
                    }
                }
            }
            wp::ComponentType::Resource { .. } => {}
        }
    }
}

fn name_proposals(name: &wp::ComponentExternName<'_>, used: &mut Proposals) {
    used.insert(name.implements.map(|_| Proposal::ComponentImplements));
    used.insert(name.external_id.map(|_| Proposal::ComponentExternalId));
    used.insert(name.version_suffix.map(|_| Proposal::ComponentCanonNames));
}

fn val_proposals(ty: &wp::ComponentValType, used: &mut Proposals) {
    if let wp::ComponentValType::Primitive(wp::PrimitiveValType::ErrorContext) = ty {
        used.insert(Proposal::ComponentErrorContext);
    }
}

fn defined_proposals(ty: &wp::ComponentDefinedType<'_>, used: &mut Proposals) {
    match ty {
        wp::ComponentDefinedType::Primitive(p) => {
            val_proposals(&wp::ComponentValType::Primitive(*p), used);
        }
        wp::ComponentDefinedType::Map(..) => used.insert(Proposal::ComponentMap),
        wp::ComponentDefinedType::FixedLengthList(..) => {
            used.insert(Proposal::ComponentFixedLengthLists);
        }
        wp::ComponentDefinedType::Future(_) | wp::ComponentDefinedType::Stream(_) => {
            used.insert(Proposal::ComponentAsync);
        }
        _ => {}
    }
}
