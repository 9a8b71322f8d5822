//! Secrets as imports of their own: a component that asks `wasmcloud:secrets/store` for names
//! that are known gets them from one labelled import each, so that its type says what it needs.

use super::adapter::Adapter;
use super::deny::label;
use super::error::VirtError;
use super::filter::{self, texts_table};
use super::make::{Callee, Maker, behind, ty};
use super::scope::absent;
use crate::base::InterfaceName;
use crate::binary::abi::{Params, Pointer};
use crate::binary::world::{
    Attributes, Interface, ItemType, Member, Side, Signature, TypeDecl, TypePath, ValueType, World,
    WorldItem,
};
use std::sync::Arc;

/// The interface of one secret, without its version.
const SECRET: &str = "wasmcloud:secrets/secret";
const STORE: &str = "wasmcloud:secrets/store";

/// The import of a world that secrets are asked for at; what is wrong without one.
fn store(world: &World) -> Result<(&str, InterfaceName), VirtError> {
    let mut imports = world.imports.keys().filter_map(|name| {
        let parsed: InterfaceName = name.parse().ok()?;
        (parsed.unversioned() == STORE).then_some((name.as_str(), parsed))
    });
    imports.next().ok_or_else(|| VirtError::NoEffect {
        what: "`--declare`".to_string(),
        interface: format!("`get` of `{STORE}`"),
    })
}

/// The world with an import for each secret.
pub(super) fn extended(world: &World, keys: &[String]) -> Result<World, VirtError> {
    let (item, name) = store(world)?;
    let unsupported = |reason: &str| VirtError::Unsupported {
        interface: item.to_string(),
        reason: reason.to_string(),
    };
    let get = super::deny::signature(world, item, "get");
    if !get.is_some_and(|get| get.is_async) {
        let reason =
            "secrets with imports of their own came with version 2.1, where `get` is async";
        return Err(unsupported(reason));
    }
    let secret = TypePath {
        side: Side::Import,
        item: item.to_string(),
        member: Some("secret".to_string()),
    };
    if !matches!(world.declaration(&secret), Some(TypeDecl::Resource)) {
        return Err(unsupported("it has no resource `secret`"));
    }
    let version = name.to_string();
    let version = version.split_once('@').map(|(_, version)| version);
    let implements = match version {
        Some(version) => format!("{SECRET}@{version}"),
        None => SECRET.to_string(),
    };
    let mut extended = world.clone();
    for key in keys {
        if !is_label(key) {
            let message = format!(
                "the secret `{}` cannot be the name of an import: it would have to be of words \
                 like `db-password`",
                key.escape_debug()
            );
            return Err(VirtError::Value(message));
        }
        if let Some(known) = world.imports.get(key) {
            let same = known.attributes.implements.as_deref() == Some(&implements);
            if !same {
                let message = format!("the component imports something else as `{key}`");
                return Err(VirtError::Contradiction(message));
            }
            continue;
        }
        let own = TypePath {
            item: key.clone(),
            ..secret.clone()
        };
        let get = Signature {
            params: Vec::new(),
            result: Some(Arc::new(ValueType::Own(own))),
            is_async: true,
        };
        let mut interface = Interface::default();
        let same = Member::Type(TypeDecl::Same(secret.clone()));
        interface.members.insert("secret".to_string(), same);
        let get = Member::Func(Arc::new(get));
        interface.members.insert("get".to_string(), get);
        let attributes = Attributes {
            implements: Some(implements.clone()),
            ..Attributes::default()
        };
        let ty = ItemType::Instance(interface);
        let import = WorldItem { attributes, ty };
        extended.imports.insert(key.clone(), import);
    }
    Ok(extended)
}

/// Whether a text is the name of an import: words of letters and digits, each in one case and
/// beginning with a letter, with `-` between them (component-model `Explainer.md`, `label`).
fn is_label(text: &str) -> bool {
    let is_word = |word: &str| {
        let first = word.bytes().next();
        let lower = word
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let upper = word
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        first.is_some_and(|b| b.is_ascii_alphabetic()) && (lower || upper)
    };
    text.split('-').all(is_word)
}

/// The adapter that asks one import for each secret. `world` is extended.
pub(super) fn adapter(world: &World, item: &str, keys: &[String]) -> Result<Adapter, VirtError> {
    let mut maker = Maker::around(world, item)?;
    for (name, signature) in maker.functions() {
        match name {
            "get" => get(&mut maker, name, signature, keys)?,
            _ => maker.hand_on(name, signature)?,
        }
    }
    maker.build(&label(item))
}

fn get(
    maker: &mut Maker<'_>,
    name: &str,
    signature: &Arc<Signature>,
    keys: &[String],
) -> Result<(), VirtError> {
    let world = maker.world;
    let odd = || VirtError::Unsupported {
        interface: maker.name.to_string(),
        reason: format!("`{name}` is `{signature}`"),
    };
    let result = signature.result.as_deref().ok_or_else(odd)?;
    let ValueType::Result(Some(ok), _) = behind(world, result) else {
        return Err(odd());
    };
    let tag = ty(world, result).discriminant(Pointer::Narrow);
    let at = tag.ok_or_else(odd)?.payload as u32;
    let (mut code, shape) = maker.begin_passing(signature);
    let Params::Flat(_) = &shape.places else {
        return Err(odd());
    };
    if !matches!(behind(world, ok), ValueType::Own(_)) || code.param_count() != 2 {
        return Err(odd());
    }
    let absent = absent(world, signature).ok_or_else(odd)?;
    let glob = filter::glob(maker);
    let find = filter::find(maker, glob);
    for key in keys {
        let one = super::deny::signature(world, key, "get").ok_or_else(odd)?;
        let table = texts_table(maker, &[(key.clone(), String::new())])?;
        code.look(find, (0, 1), table).when();
        let callee = Callee {
            item: key,
            name: "get",
            signature: one,
            at,
        };
        maker.pass_on_to(&mut code, &callee, name, signature, &shape, &[])?;
        code.end();
    }
    maker.answer_constant(&mut code, name, signature, &shape, Some(&absent))?;
    maker.finish(name, signature, code)
}
