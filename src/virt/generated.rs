//! Adapters that are written with `wasm-encoder`, at the versions that a component imports.

use super::adapter::Adapter;
use super::apply::Refused;
use super::error::VirtError;
use super::spec::{Names, Spec, View};
use super::{clocks, config, declare, deny, env, http, peers, random, scope, view};
use crate::base::InterfaceName;
use crate::binary::world::World;
use crate::workload::InterfacePattern;

/// What a spec makes of the imports of a component.
pub(super) struct Generator<'w, 's> {
    pub(super) world: &'w World,
    pub(super) spec: &'s Spec,
    pub(super) notes: Vec<String>,
    pub(super) refused: Vec<Refused>,
    adapters: Vec<Adapter>,
    /// Imports that have an adapter.
    done: Vec<&'w str>,
    /// Imports that are refused because of what their labels say.
    denied: Vec<&'w str>,
}

impl<'w, 's> Generator<'w, 's> {
    pub(super) fn new(world: &'w World, spec: &'s Spec) -> Generator<'w, 's> {
        Generator {
            world,
            spec,
            notes: Vec::new(),
            refused: Vec::new(),
            adapters: Vec::new(),
            done: Vec::new(),
            denied: Vec::new(),
        }
    }

    /// The generated adapters, lowest first.
    pub(super) fn adapters(&mut self) -> Result<Vec<Adapter>, VirtError> {
        let spec = self.spec;
        if spec.env.is_some() || spec.args.is_some() || spec.cwd.is_some() {
            self.environment()?;
        }
        if let Some(config) = &spec.config {
            config::check(config)?;
            self.each(
                "--config",
                &["wasi:config/*"],
                &["get", "get-all"],
                |world, item| config::adapter(world, item, config),
            )?;
        }
        if let Some(names) = &spec.secrets {
            self.secrets(names)?;
        }
        if !spec.declare.is_empty() {
            if spec.secrets.is_some() {
                let message = "secrets cannot be narrowed by name and become imports at once";
                return Err(VirtError::Contradiction(message.to_string()));
            }
            let patterns = ["wasmcloud:secrets/store"];
            self.each("--declare", &patterns, &["get"], |world, item| {
                declare::adapter(world, item, &spec.declare)
            })?;
        }
        if let Some(names) = &spec.buckets {
            scope::check(names)?;
            self.each(
                "--allow-bucket",
                &["wasi:keyvalue/store"],
                &["open"],
                |world, item| scope::adapter(world, item, "open", names),
            )?;
        }
        self.view()?;
        if let Some(hosts) = &spec.http_hosts {
            let patterns = ["wasi:http/outgoing-handler", "wasi:http/client"];
            self.each("--allow-host", &patterns, http::FUNCTIONS, |world, item| {
                http::adapter(world, item, hosts)
            })?;
        }
        if let Some(names) = &spec.lookups {
            let patterns = ["wasi:sockets/ip-name-lookup"];
            let names = Names::passing(names.clone());
            let function = "resolve-addresses";
            self.each("--allow-lookup", &patterns, &[function], |world, item| {
                scope::adapter(world, item, function, &names)
            })?;
        }
        if let Some(peers) = &spec.peers {
            let (interfaces, functions) = (peers::INTERFACES, peers::FUNCTIONS);
            self.each("--allow-address", interfaces, functions, |world, item| {
                peers::adapter(world, item, peers)
            })?;
        }
        if spec.ignore_log {
            let patterns = ["wasi:logging/logging"];
            self.each("--ignore-log", &patterns, &["log"], deny::silent)?;
        }
        if let Some(seed) = spec.random {
            self.each(
                "--seed",
                &["wasi:random/*"],
                random::FUNCTIONS,
                |world, item| random::adapter(world, item, seed),
            )?;
        }
        if let Some(clock) = &spec.wall_clock {
            let patterns = ["wasi:clocks/wall-clock", "wasi:clocks/system-clock"];
            self.each("--wall-clock", &patterns, clocks::WALL, |world, item| {
                clocks::wall(world, item, clock)
            })?;
        }
        if let Some(clock) = &spec.monotonic_clock {
            let pattern = "wasi:clocks/monotonic-clock";
            self.each(
                "--monotonic-clock",
                &[pattern],
                clocks::MONOTONIC,
                |world, item| clocks::monotonic(world, item, clock),
            )?;
        }
        self.deny()?;
        Ok(std::mem::take(&mut self.adapters))
    }

    /// Imports that a pattern matches and that have one of the functions.
    fn imports(&self, pattern: &str, functions: &[&str]) -> Vec<&'w str> {
        let Ok(pattern) = InterfacePattern::parse(pattern) else {
            return Vec::new();
        };
        let imports = self.world.imports.iter();
        let imports = imports.filter(|(name, item)| {
            let interface = item.attributes.implements.as_deref().unwrap_or(name);
            let has = |f: &&str| deny::signature(self.world, name, f).is_some();
            pattern.matches(interface) && functions.iter().any(has)
        });
        imports.map(|(name, _)| name.as_str()).collect()
    }

    /// Makes an adapter for each import that `option` is about. That there is none is an
    /// error: the option would do nothing.
    fn each(
        &mut self,
        option: &str,
        patterns: &[&str],
        functions: &[&str],
        make: impl Fn(&'w World, &'w str) -> Result<Adapter, VirtError>,
    ) -> Result<(), VirtError> {
        let items = patterns.iter().flat_map(|p| self.imports(p, functions));
        let items: Vec<&'w str> = items.collect();
        if items.is_empty() {
            let quoted = |texts: &[&str]| {
                let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
                texts.join(" or ")
            };
            return Err(VirtError::NoEffect {
                what: format!("`{option}`"),
                interface: format!("{} of {}", quoted(functions), quoted(patterns)),
            });
        }
        for item in items {
            let adapter = make(self.world, item)?;
            self.adapters.push(adapter);
            self.done.push(item);
        }
        Ok(())
    }

    /// Secrets that are asked for by name, and those that have an import of their own: their
    /// names are labels.
    fn secrets(&mut self, names: &'s Names) -> Result<(), VirtError> {
        scope::check(names)?;
        let labels = self.imports("wasmcloud:secrets/secret", &["get"]);
        let patterns = ["wasmcloud:secrets/store"];
        let stores = self.imports(patterns[0], &["get"]);
        if labels.is_empty() || !stores.is_empty() {
            self.each("--allow-secret", &patterns, &["get"], |world, item| {
                scope::adapter(world, item, "get", names)
            })?;
        }
        if let Some((name, _)) = names
            .rename
            .iter()
            .find(|(n, _)| labels.contains(&n.as_str()))
        {
            let message = format!(
                "`{name}` is an import of its own, so that only the host can say which secret it is"
            );
            return Err(VirtError::Contradiction(message));
        }
        for label in labels {
            if !names.passes(label) {
                self.denied.push(label);
            }
        }
        Ok(())
    }

    /// Files of the host, in part.
    fn view(&mut self) -> Result<(), VirtError> {
        let view = &self.spec.files;
        view::check(view)?;
        if *view != View::default() && self.spec.io.files.is_some() {
            let message = "files of the host cannot be seen beside mounted ones";
            return Err(VirtError::Contradiction(message.to_string()));
        }
        if view.read_only {
            let patterns = ["wasi:filesystem/types"];
            self.each("--read-only", &patterns, view::TYPES, view::read_only)?;
        }
        if let Some(folders) = &view.folders {
            let patterns = ["wasi:filesystem/preopens"];
            self.each("--folder", &patterns, view::PREOPENS, |world, item| {
                view::folders(world, item, view, folders)
            })?;
        }
        Ok(())
    }

    fn environment(&mut self) -> Result<(), VirtError> {
        let spec = self.spec;
        let asked = [
            (spec.env.is_some(), "--env", &["get-environment"][..]),
            (spec.args.is_some(), "--arg", &["get-arguments"]),
            (
                spec.cwd.is_some(),
                "--cwd",
                &["initial-cwd", "get-initial-cwd"],
            ),
        ];
        let pattern = "wasi:cli/environment";
        for (_, option, functions) in asked.iter().filter(|(asked, ..)| *asked) {
            if self.imports(pattern, functions).is_empty() {
                return Err(VirtError::NoEffect {
                    what: format!("`{option}`"),
                    interface: format!("`{}` of `{pattern}`", functions.join("` or `")),
                });
            }
        }
        if let Some(variables) = &spec.env {
            env::check(variables)?;
        }
        let functions = asked.iter().filter(|(asked, ..)| *asked);
        let functions: Vec<&str> = functions.flat_map(|(.., f)| f.iter().copied()).collect();
        self.each("--env", &[pattern], &functions, |world, item| {
            env::adapter(world, item, spec)
        })
    }

    fn deny(&mut self) -> Result<(), VirtError> {
        let world = self.world;
        let mut items: Vec<&'w str> = std::mem::take(&mut self.denied);
        for pattern in &self.spec.deny {
            let found: Vec<&'w str> = world
                .imports
                .iter()
                .filter(|(name, item)| {
                    let implements = item.attributes.implements.as_deref();
                    pattern.matches(name) || implements.is_some_and(|i| pattern.matches(i))
                })
                .map(|(name, _)| name.as_str())
                .collect();
            if found.is_empty() {
                let note = format!("`{pattern}` is not imported, so there is nothing to refuse");
                self.notes.push(note);
            }
            for item in found {
                if self.done.contains(&item) {
                    let message = format!("`{item}` cannot be refused and given values at once");
                    return Err(VirtError::Contradiction(message));
                }
                if !items.contains(&item) {
                    items.push(item);
                }
            }
        }
        // In the order of the component, so that what types are taken from comes first.
        let all = world.imports.keys().map(String::as_str);
        let items: Vec<&'w str> = all.filter(|name| items.contains(name)).collect();
        let mut packages: Vec<(String, Vec<&'w str>)> = Vec::new();
        for item in items {
            let package = match item.parse::<InterfaceName>() {
                Ok(name) => format!("{}:{}", name.namespace, name.package),
                Err(_) => item.to_string(),
            };
            match packages.iter_mut().find(|(name, _)| *name == package) {
                Some((_, items)) => items.push(item),
                None => packages.push((package, vec![item])),
            }
        }
        for (package, items) in packages {
            let label = match items.as_slice() {
                [item] => deny::label(item),
                _ => format!("virt-{}", package.rsplit(':').next().unwrap_or_default()),
            };
            self.adapters.extend(deny::adapters(world, &items, &label)?);
            for item in &items {
                self.refused.extend(deny::answers(world, item, &items));
            }
        }
        Ok(())
    }
}
