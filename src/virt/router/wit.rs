//! The world of a router.

use super::Generation;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{FlatTypes, WasmType};
use wit_parser::{Function, Resolve, SizeAlign, Type, WorldId};

/// A world, and what the core module has to call things.
pub(super) struct World {
    pub(super) resolve: Resolve,
    world: WorldId,
    pub(super) sizes: SizeAlign,
    /// The handler that is exported.
    pub(super) export: String,
    /// The interface of types.
    pub(super) types: String,
    /// Imports that are handlers.
    pub(super) targets: Vec<String>,
    handler: &'static str,
}

impl World {
    /// The world at a version of WASI, with an import for each target.
    pub(super) fn new(
        generation: Generation,
        version: &str,
        targets: &[&str],
    ) -> Result<World, String> {
        let (text, handler, uses, function) = match generation {
            Generation::P2 => (
                include_str!("p2.wit"),
                "incoming-handler",
                "incoming-request, response-outparam",
                "func(request: incoming-request, response-out: response-outparam)",
            ),
            Generation::P3 => (
                include_str!("p3.wit"),
                "handler",
                "request, response, error-code",
                "async func(request: request) -> result<response, error-code>",
            ),
        };
        let mut resolve = Resolve::default();
        let http = text.replace("VERSION", version);
        resolve.push_str("http.wit", &http).map_err(whole)?;
        let mut world = format!(
            "package gusset:router;\nworld router {{\n  export wasi:http/{handler}@{version};\n"
        );
        for target in targets {
            world.push_str(&format!(
                "  import {target}: interface {{\n    use wasi:http/types@{version}.{{{uses}}};\n    \
                 handle: {function};\n  }}\n"
            ));
        }
        world.push_str("}\n");
        let package = resolve.push_str("router.wit", &world).map_err(whole)?;
        let name = Some("gusset:router/router");
        let world = resolve.select_world(&[package], name).map_err(whole)?;
        let mut sizes = SizeAlign::default();
        sizes.fill(&resolve);
        Ok(World {
            resolve,
            world,
            sizes,
            export: format!("wasi:http/{handler}@{version}"),
            types: format!("wasi:http/types@{version}"),
            targets: targets.iter().map(|target| (*target).to_string()).collect(),
            handler,
        })
    }

    /// A function of the package.
    pub(super) fn function(&self, interface: &str, function: &str) -> Option<&Function> {
        let mut interfaces = self.resolve.interfaces.iter();
        let (_, found) = interfaces.find(|(_, it)| it.name.as_deref() == Some(interface))?;
        found.functions.get(function)
    }

    /// The function that handles requests.
    pub(super) fn handle(&self) -> Option<&Function> {
        self.function(self.handler, "handle")
    }

    /// The core types of a value when it is passed flat; none for more than fit.
    pub(super) fn flat(&self, ty: &Type) -> Vec<WasmType> {
        let mut room = [WasmType::I32; Resolve::MAX_FLAT_PARAMS];
        let mut flat = FlatTypes::new(&mut room);
        self.resolve.push_flat(ty, &mut flat);
        flat.to_vec()
    }

    /// The component around a core module.
    pub(super) fn componentize(&self, mut module: Vec<u8>) -> Result<Vec<u8>, String> {
        let encoding = StringEncoding::UTF8;
        embed_component_metadata(&mut module, &self.resolve, self.world, encoding)
            .map_err(whole)?;
        let mut encoder = ComponentEncoder::default();
        let encoder = encoder.validate(true).module(&module).map_err(whole)?;
        encoder.encode().map_err(whole)
    }
}

/// An error with its causes.
fn whole(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}
