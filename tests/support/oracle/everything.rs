//! Calls everything that a component exports, with arguments made up from the types.

use super::run::{Result, Started};
use serde_json::Value;
use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{Component, ResourceAny, Val};

/// Texts and numbers that arguments are made of, one pair for each round.
const ROUNDS: [(&str, u32); 3] = [("gusset", 2), ("", 100), ("k", 0)];

/// The names asked for, as `kind:name`, and how many calls came back.
pub(crate) async fn call_everything(
    component: &Component,
    run: &Value,
    name: &str,
) -> Result<(Vec<String>, usize)> {
    let engine = component.engine();
    let mut asked = Vec::new();
    let mut returned = 0;
    for round in ROUNDS {
        let mut exports: Vec<(Option<String>, String)> = Vec::new();
        for (export, item) in component.component_type().exports(engine) {
            match item.ty {
                ComponentItem::ComponentFunc(_) => exports.push((None, export.to_owned())),
                ComponentItem::ComponentInstance(instance) => {
                    for (inner, item) in instance.exports(engine) {
                        if let ComponentItem::ComponentFunc(_) = item.ty {
                            exports.push((Some(export.to_owned()), inner.to_owned()));
                        }
                    }
                }
                _ => {}
            }
        }
        let mut started = Started::new(component, run, name).await?;
        let mut handles = Vec::new();
        for (interface, function) in exports {
            let done = call(
                &mut started,
                interface.as_deref(),
                &function,
                round,
                &mut handles,
            );
            match done.await {
                Ok(()) => returned += 1,
                // A trap ends an instance.
                Err(_) => {
                    asked.append(&mut started.asked.lock().unwrap());
                    started = Started::new(component, run, name).await?;
                    handles.clear();
                }
            }
        }
        asked.append(&mut started.asked.lock().unwrap());
    }
    Ok((asked, returned))
}

async fn call(
    started: &mut Started,
    interface: Option<&str>,
    function: &str,
    round: (&str, u32),
    handles: &mut Vec<ResourceAny>,
) -> Result<()> {
    let (instance, store) = (started.instance, &mut started.store);
    let parent = interface.and_then(|name| instance.get_export_index(&mut *store, None, name));
    let index = instance
        .get_export_index(&mut *store, parent.as_ref(), function)
        .ok_or("no such export")?;
    let function = instance.get_func(&mut *store, index).ok_or("no function")?;
    let ty = function.ty(&*store);
    let params = ty
        .params()
        .map(|(_, ty)| made_up(&ty, round, handles))
        .collect::<Result<Vec<Val>>>()?;
    let mut results = vec![Val::Bool(false); ty.results().len()];
    function
        .call_async(&mut *store, &params, &mut results)
        .await?;
    for result in &results {
        if let Val::Resource(handle) = result {
            handles.push(*handle);
        }
    }
    Ok(())
}

fn made_up(ty: &Type, round: (&str, u32), handles: &[ResourceAny]) -> Result<Val> {
    let (text, number) = round;
    Ok(match ty {
        Type::Bool => Val::Bool(number > 50),
        Type::U8 => Val::U8(number as u8),
        Type::U16 => Val::U16(number as u16),
        Type::U32 => Val::U32(number),
        Type::U64 => Val::U64(u64::from(number)),
        Type::S32 => Val::S32(number as i32),
        Type::S64 => Val::S64(i64::from(number)),
        Type::String => Val::String(text.to_owned()),
        Type::List(list) => Val::List(vec![made_up(&list.ty(), round, handles)?]),
        Type::Option(inner) => match number {
            0 => Val::Option(None),
            _ => Val::Option(Some(Box::new(made_up(&inner.ty(), round, handles)?))),
        },
        Type::Record(record) => Val::Record(
            record
                .fields()
                .map(|f| Ok((f.name.to_owned(), made_up(&f.ty, round, handles)?)))
                .collect::<Result<_>>()?,
        ),
        Type::Tuple(tuple) => Val::Tuple(
            tuple
                .types()
                .map(|ty| made_up(&ty, round, handles))
                .collect::<Result<_>>()?,
        ),
        Type::Enum(cases) => {
            let at = number as usize % cases.names().len();
            Val::Enum(cases.names().nth(at).ok_or("no case")?.to_owned())
        }
        Type::Own(of) | Type::Borrow(of) => {
            let handle = handles.iter().find(|handle| handle.ty() == *of);
            Val::Resource(*handle.ok_or("no handle of this type")?)
        }
        other => return Err(format!("no argument of type {other:?}").into()),
    })
}
