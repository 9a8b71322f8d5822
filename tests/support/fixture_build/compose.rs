//! The compositions, drawn with wac-graph.

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

use super::recipes::get;
use super::{Built, Context, Result};

const CONFIG: &str = "wasi:config/store@0.2.0-rc.1";
const LOG: &str = "acme:shop/log@0.1.0";
const ORDERS: &str = "acme:shop/orders@0.1.0";
const PRICING: &str = "acme:shop/pricing@0.1.0";

/// A composition in the making. What an instance needs and nobody gives becomes an import.
struct Sketch<'a> {
    built: &'a Built,
    graph: CompositionGraph,
}

impl<'a> Sketch<'a> {
    fn new(built: &'a Built) -> Self {
        Self {
            built,
            graph: CompositionGraph::new(),
        }
    }

    /// The instance called `name` of the component in `file`. `links` are its arguments:
    /// argument name, providing instance, export of that instance.
    fn instance(
        &mut self,
        name: &str,
        file: &str,
        links: &[(&str, NodeId, &str)],
    ) -> Result<NodeId> {
        let package = format!("fixture:{}", file.trim_end_matches(".wasm"));
        let known = self.graph.get_package_by_name(&package, None);
        let package = match known.map(|(id, _)| id) {
            Some(id) => id,
            None => {
                let bytes = get(self.built, file)?.to_vec();
                let package = Package::from_bytes(&package, None, bytes, self.graph.types_mut())
                    .context(|| format!("cannot read {file}"))?;
                self.graph.register_package(package)?
            }
        };
        let node = self.graph.instantiate(package);
        self.graph.set_node_name(node, name);
        for (argument, provider, export) in links {
            let value = self.graph.alias_instance_export(*provider, export)?;
            self.graph
                .set_instantiation_argument(node, argument, value)?;
        }
        Ok(node)
    }

    /// Exports `interface` of `instance` under its own name and writes the component.
    fn finish(mut self, instance: NodeId, interface: &str) -> Result<Vec<u8>> {
        let value = self.graph.alias_instance_export(instance, interface)?;
        self.graph.export(value, interface)?;
        Ok(self.graph.encode(EncodeOptions::default())?)
    }
}

/// `orders` with two instances of the same `pricing`: `retail` reads the configuration of
/// the host, `wholesale` the one of `settings`. The log stays an import with three users.
pub(crate) fn checkout(built: &Built) -> Result<Vec<u8>> {
    let mut sketch = Sketch::new(built);
    let settings = sketch.instance("settings", "settings.wasm", &[])?;
    let retail = sketch.instance("retail", "pricing.wasm", &[])?;
    let wholesale = sketch.instance("wholesale", "pricing.wasm", &[(CONFIG, settings, CONFIG)])?;
    let orders = sketch.instance(
        "orders",
        "orders.wasm",
        &[
            (PRICING, retail, PRICING),
            ("wholesale", wholesale, PRICING),
        ],
    )?;
    sketch.finish(orders, ORDERS)
}

/// The whole shop: `audit` in front of the nested composition, one logger for both.
pub(crate) fn shop(built: &Built) -> Result<Vec<u8>> {
    let mut sketch = Sketch::new(built);
    let logger = sketch.instance("logger", "logger.wasm", &[])?;
    let checkout = sketch.instance("checkout", "checkout.wasm", &[(LOG, logger, LOG)])?;
    let audit = sketch.instance(
        "audit",
        "audit.wasm",
        &[(LOG, logger, LOG), (ORDERS, checkout, ORDERS)],
    )?;
    sketch.finish(audit, ORDERS)
}

const RUN: &str = "wasi:cli/run@0.2.0";
const RECORDER: &str = "fixture:flow/recorder@0.1.0";
const KEEPER: &str = "fixture:flow/keeper@0.1.0";

/// `teller`, which reveals a secret and gives it to a recorder.
pub(crate) fn told(built: &Built, recorder: &str) -> Result<Vec<u8>> {
    let mut sketch = Sketch::new(built);
    let recorder = sketch.instance("recorder", recorder, &[])?;
    let links = [(RECORDER, recorder, RECORDER)];
    let teller = sketch.instance("teller", "teller.wasm", &links)?;
    sketch.finish(teller, RUN)
}

/// `holder`, which gives the handle of a secret to a keeper.
pub(crate) fn held(built: &Built, keeper: &str) -> Result<Vec<u8>> {
    let mut sketch = Sketch::new(built);
    let keeper = sketch.instance("keeper", keeper, &[])?;
    let holder = sketch.instance("holder", "holder.wasm", &[(KEEPER, keeper, KEEPER)])?;
    sketch.finish(holder, RUN)
}
