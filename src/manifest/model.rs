//! A workload as manifests see it: what is in the binaries and what `gusset.toml` says,
//! without a word about any kind of manifest.

use crate::base::{Glob, InterfaceName};
use crate::lock::{Entry, Facts, Need};
use crate::needs::{Grade, Verdict, phrase};
use crate::workload;
use std::collections::{BTreeMap, BTreeSet};

/// A workload.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name, if somebody gave it one.
    pub name: Option<String>,
    /// Its components, in the order of the file or the command line.
    pub components: Vec<Component>,
    /// Which requests go where.
    pub routes: Vec<Route>,
    /// What `[[manifest]]` says.
    pub settings: Settings,
    /// Keys that are secrets: declared as such, or read through an interface for secrets.
    secrets: BTreeSet<String>,
    /// Patterns that are declared as secrets.
    secret_patterns: Vec<Glob>,
}

/// What a person decided for one manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The component that runs beside the others, where the host has such a place.
    pub service: Option<String>,
    /// The object that holds secrets; derived from the name of the workload without.
    pub secret: Option<String>,
    /// Objects that hold configuration; values stand in the manifest without.
    pub config_maps: Vec<String>,
    /// Where binaries are published, by name; for a binary of one component, that component
    /// says it as well.
    pub images: BTreeMap<String, String>,
    /// Values by kind of resource and key.
    pub values: BTreeMap<String, BTreeMap<String, String>>,
}

/// A component.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// The path of the binary, as declared.
    pub path: String,
    /// Where the binary is published, without a digest.
    pub image: Option<String>,
    /// The digest under which it is published: `sha256:…`.
    pub image_digest: Option<String>,
    /// SHA-256 of the binary without custom sections: `sha256:…`.
    pub digest: String,
    /// Imports of the root, in the order of the file.
    pub imports: Vec<Port>,
    /// Exports of the root, in the order of the file.
    pub exports: Vec<Port>,
    /// What it needs, by kind. A kind of which nothing runs is left out.
    pub needs: BTreeMap<String, Need>,
    /// What could not be followed in the binary.
    pub gaps: usize,
    /// Texts of the custom sections that describe a published binary, by section.
    pub annotations: BTreeMap<String, String>,
}

/// An import or export of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name in the binary.
    pub name: String,
    /// The interface, also of a label; `None` of a plain function or type.
    pub interface: Option<InterfaceName>,
    /// The label, if it has one.
    pub label: Option<String>,
    /// Whether anything in the binary calls it.
    pub used: bool,
    /// Whether it has nothing that could be called: types, which every binary brings itself.
    pub types_only: bool,
}

/// Which requests a component gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The value of the header `host`; any without.
    pub host: Option<String>,
    /// The beginning of the path; any without.
    pub path: Option<String>,
    /// The component.
    pub to: String,
}

/// A binary with its name, and what is declared about it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// The name of the component.
    pub name: &'s str,
    /// The path, relative to the workload.
    pub path: &'s str,
    /// What is known about the binary.
    pub facts: &'s Facts,
    /// What is declared about it.
    pub declared: Option<&'s workload::Component>,
    /// Custom sections that describe a published binary, with their texts
    /// ([`crate::binary::Metadata`]).
    pub annotations: &'s [(String, String)],
}

/// Why a workload cannot have a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A value is given for a secret.
    #[error("`{key}` is a secret, and a value of {kind} is given for it")]
    SecretValue {
        /// The kind under which the value stands.
        kind: String,
        /// The key.
        key: String,
    },
    /// Several components could run beside the others.
    #[error("several components export `wasi:cli/run`: {}", .0.join(", "))]
    SeveralServices(Vec<String>),
    /// The named component cannot.
    #[error("`{0}` is to be the service and does not export `wasi:cli/run`")]
    NoService(String),
    /// An image is given for a binary that is not there.
    #[error("an image is given for `{0}`, and no binary of the workload is called so")]
    NoBinary(String),
    /// A binary is no component.
    #[error("`{0}` is a core module, and manifests are about components")]
    Module(String),
}

impl ModelError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            ModelError::SecretValue { .. } => {
                "remove the value: secrets are put into the store of the host, never into a manifest"
            }
            ModelError::SeveralServices(_) => {
                "say which one with `service = \"…\"` in `[[manifest]]`, or make them workloads of \
                 their own"
            }
            ModelError::NoBinary(_) => {
                "name a component; with a link plan, one of its binaries, which have the names of \
                 their first component"
            }
            ModelError::NoService(_) => "name a component that exports `wasi:cli/run`",
            ModelError::Module(_) => {
                "make it a component first, as `wasm-tools component new` does"
            }
        }
    }
}

impl Model {
    /// The workload of some binaries; `workload` is what is declared, `settings` what is
    /// decided for this manifest.
    ///
    /// # Errors
    /// When a binary is a core module, and when a value is given for a secret.
    pub fn new(
        sources: &[Source<'_>],
        workload: Option<&workload::Workload>,
        settings: Settings,
    ) -> Result<Model, ModelError> {
        let mut model = Model {
            name: workload.and_then(|w| Some(w.name.as_ref()?.value.clone())),
            components: Vec::new(),
            routes: Vec::new(),
            settings,
            secrets: BTreeSet::new(),
            secret_patterns: Vec::new(),
        };
        for source in sources {
            if source.facts.kind != "component" {
                return Err(ModelError::Module(source.name.to_string()));
            }
            model.components.push(Component::of(source));
        }
        for (name, image) in &model.settings.images {
            let mut components = model.components.iter_mut();
            let component = components.find(|component| component.name == *name);
            let component = component.ok_or_else(|| ModelError::NoBinary(name.clone()))?;
            component.image = Some(image.clone());
            // The digest is that of the image which the component names.
            component.image_digest = None;
        }
        for component in workload.into_iter().flat_map(|w| &w.components) {
            let declared = component.declared("secret");
            for key in declared.into_iter().flat_map(|list| &list.keys) {
                match key.value.as_literal() {
                    Some(key) => {
                        model.secrets.insert(key);
                    }
                    None => model.secret_patterns.push(key.value.clone()),
                }
            }
        }
        for component in &model.components {
            let found = component.needs.get("secret");
            let keys = found.into_iter().flat_map(|need| need.keys.keys());
            model.secrets.extend(keys.cloned());
        }
        let routes = workload.into_iter().flat_map(|w| &w.routes);
        model.routes = routes
            .map(|route| Route {
                host: route.host.as_ref().map(|host| host.value.clone()),
                path: route.path.as_ref().map(|path| path.value.clone()),
                to: route.to.value.clone(),
            })
            .collect();
        for (kind, values) in &model.settings.values {
            if let Some(key) = values
                .keys()
                .find(|key| kind == "secret" || model.is_secret(key))
            {
                let (kind, key) = (kind.clone(), key.clone());
                return Err(ModelError::SecretValue { kind, key });
            }
        }
        Ok(model)
    }

    /// Whether the value of a key must not stand in a manifest.
    pub fn is_secret(&self, key: &str) -> bool {
        self.secrets.contains(key) || self.secret_patterns.iter().any(|glob| glob.matches(key))
    }

    /// The keys that are known to be secrets.
    pub fn secrets(&self) -> &BTreeSet<String> {
        &self.secrets
    }

    /// The value that `[[manifest]]` gives to a key.
    pub fn value(&self, kind: &str, key: &str) -> Option<&str> {
        let values = self.settings.values.get(kind)?;
        values.get(key).map(String::as_str)
    }

    /// The name of the workload; of one component without a workload, that of the component.
    pub fn title(&self) -> Option<&str> {
        let only = match self.components.as_slice() {
            [only] => Some(only.name.as_str()),
            _ => None,
        };
        self.name.as_deref().or(only)
    }

    /// The title as the name of an object of Kubernetes (RFC 1123: lower-case letters, digits
    /// and hyphens, at most 63); `workload` when there is none.
    pub fn object_name(&self) -> String {
        object_name(self.title().unwrap_or("workload"))
    }

    /// The object that holds the secrets.
    pub fn secret_name(&self) -> String {
        let given = self.settings.secret.clone();
        given.unwrap_or_else(|| format!("{}-secrets", self.object_name()))
    }

    /// The component that exports an interface which another component imports, if it is
    /// one: names are compared as they stand, since hosts do.
    pub fn provider(&self, consumer: &Component, import: &Port) -> Option<&Component> {
        let exports = |c: &&Component| {
            c.name != consumer.name && c.exports.iter().any(|e| e.name == import.name)
        };
        let mut providers = self.components.iter().filter(exports);
        let first = providers.next().filter(|_| import.label.is_none())?;
        providers.next().is_none().then_some(first)
    }

    /// The component that runs beside the others: the one that was named, or the only one
    /// that exports `wasi:cli/run`.
    ///
    /// # Errors
    /// When several do, and when the named one does not.
    pub fn service(&self) -> Result<Option<&Component>, ModelError> {
        let commands: Vec<&Component> = self
            .components
            .iter()
            .filter(|c| c.exports_package("wasi", "cli", "run"))
            .collect();
        match (&self.settings.service, commands.as_slice()) {
            (Some(name), commands) => match commands.iter().find(|c| c.name == *name) {
                Some(named) => Ok(Some(named)),
                None => Err(ModelError::NoService(name.clone())),
            },
            (None, []) => Ok(None),
            (None, [only]) => Ok(Some(only)),
            (None, several) => {
                let names = several.iter().map(|c| format!("`{}`", c.name));
                Err(ModelError::SeveralServices(names.collect()))
            }
        }
    }

    /// Routes to a component.
    pub fn routes_to<'m>(&'m self, component: &'m str) -> impl Iterator<Item = &'m Route> {
        self.routes
            .iter()
            .filter(move |route| route.to == component)
    }
}

impl Component {
    fn of(source: &Source<'_>) -> Component {
        let facts = source.facts;
        let mut entry = Entry::of(source.path, facts);
        without_runtime(&mut entry);
        let declared = source.declared;
        // Types give no authority and nothing that a host provides.
        let imports = facts.imports.iter().filter(|import| import.ty != "type");
        let imports = imports.map(|import| {
            // Of an import without functions, `used` is true and nothing is listed.
            let types_only = import.ty == "instance" && import.used && import.functions.is_empty();
            let port = Port::new(&import.name, import.implements.as_deref());
            Port {
                used: import.used,
                types_only,
                ..port
            }
        });
        let exports = facts.exports.iter();
        let exports = exports.map(|e| Port::new(&e.name, e.implements.as_deref()));
        Component {
            name: source.name.to_string(),
            path: source.path.to_string(),
            image: declared.and_then(|d| Some(d.image.as_ref()?.value.clone())),
            image_digest: declared.and_then(|d| Some(d.digest.as_ref()?.value.clone())),
            digest: entry.digest,
            imports: imports.collect(),
            exports: exports.collect(),
            needs: entry.needs,
            gaps: facts.gaps.len(),
            annotations: source.annotations.iter().cloned().collect(),
        }
    }

    /// The image with its digest, as references of OCI are written.
    pub fn reference(&self) -> Option<String> {
        let image = self.image.as_ref()?;
        Some(match &self.image_digest {
            Some(digest) => format!("{image}@{digest}"),
            None => image.clone(),
        })
    }

    /// What it needs of a kind, if a call of it can run.
    pub fn need(&self, kind: &str) -> Option<&Need> {
        self.needs.get(kind)
    }

    /// Keys of a kind, each with whether it is proven.
    pub fn keys<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = (&'c str, bool)> {
        let keys = self.needs.get(kind).into_iter().flat_map(|need| &need.keys);
        keys.map(|(name, held)| (name.as_str(), held.grade == Grade::Exact))
    }

    /// Whether it exports an interface, of any version.
    pub fn exports_package(&self, namespace: &str, package: &str, interface: &str) -> bool {
        self.exports
            .iter()
            .any(|port| port.is(namespace, package, interface))
    }

    /// What a person should know about the list of keys of a kind: why it may be longer.
    pub fn remarks(&self, kind: &str) -> Vec<String> {
        self.need(kind)
            .map(|need| remarks(kind, need))
            .unwrap_or_default()
    }

    /// Whether the keys and patterns of a kind are all that there are.
    pub fn is_closed(&self, kind: &str) -> bool {
        let open = |need: &Need| need.verdict == Verdict::Open || need.enumerates;
        !self.need(kind).is_some_and(open)
    }

    /// The patterns of a kind.
    pub fn patterns(&self, kind: &str) -> Vec<Glob> {
        let patterns = self
            .need(kind)
            .into_iter()
            .flat_map(|need| need.patterns.keys());
        patterns.map(|pattern| Glob::new(pattern)).collect()
    }
}

/// What a language runtime asks for on its way down, such as `RUST_BACKTRACE`, is nothing that
/// a deployment has to provide.
fn without_runtime(entry: &mut Entry) {
    for need in entry.needs.values_mut() {
        need.keys.retain(|_, held| !held.runtime);
    }
    // A kind of which nothing is left needs no list.
    entry.needs.retain(|_, need| {
        let nothing = need.keys.is_empty() && need.patterns.is_empty();
        !(nothing && need.verdict == Verdict::Complete && !need.enumerates)
    });
}

fn remarks(kind: &str, need: &Need) -> Vec<String> {
    let mut lines = Vec::new();
    for reason in need.open.keys() {
        lines.push(format!(
            "{kind} is open: {}; there may be more keys",
            phrase(reason)
        ));
    }
    if need.enumerates {
        lines.push(format!("the program goes through all keys of {kind}"));
    }
    for pattern in need.patterns.keys() {
        lines.push(format!("and every key of {kind} that is like {pattern}"));
    }
    lines
}

impl Port {
    fn new(name: &str, implements: Option<&str>) -> Port {
        let interface = implements.unwrap_or(name).parse().ok();
        Port {
            name: name.to_string(),
            interface,
            label: implements.map(|_| name.to_string()),
            used: true,
            types_only: false,
        }
    }

    /// Whether it is an interface, of any version.
    pub fn is(&self, namespace: &str, package: &str, interface: &str) -> bool {
        self.interface.as_ref().is_some_and(|name| {
            name.namespace == namespace && name.package == package && name.interface == interface
        })
    }
}

/// A name as Kubernetes takes it (RFC 1123): other characters become hyphens.
pub(super) fn object_name(name: &str) -> String {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let lower = name.to_ascii_lowercase();
    let plain: String = lower
        .chars()
        .map(|c| if good(c) { c } else { '-' })
        .take(63)
        .collect();
    let plain = plain.trim_matches('-');
    match plain.is_empty() {
        true => "workload".to_string(),
        false => plain.to_string(),
    }
}
