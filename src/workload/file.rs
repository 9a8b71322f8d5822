//! `gusset.toml`.

use super::component::Component;
use super::compose::{Link, Middleware, Order};
use super::error::{Problem, TomlErrors};
use super::manifest::ManifestTarget;
use super::policy::Policy;
use super::read::{self, Problems, Table, did_you_mean};
use super::route::{self, Route};
use super::virt::Virt;
use crate::base::{SourceFile, Spanned};
use std::sync::Arc;

/// A workload: components, what they need, and how they meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// The file; all spans are its.
    pub source: Arc<SourceFile>,
    /// Its name.
    pub name: Option<Spanned<String>>,
    /// The host profile it is for.
    pub profile: Option<Spanned<String>>,
    /// The file of the policy, relative to this one, when it does not stand in `[policy]`.
    pub policy_file: Option<Spanned<String>>,
    /// Files that add to the catalogue, relative to this one.
    pub catalogue: Vec<Spanned<String>>,
    /// Components that nothing is fused with.
    pub isolate: Vec<Spanned<String>>,
    /// Components that are deployed on their own.
    pub scale_separately: Vec<Spanned<String>>,
    /// The components, in the order of the file.
    pub components: Vec<Component>,
    /// Who provides what, where that is to be said.
    pub links: Vec<Link>,
    /// Components between others.
    pub middleware: Vec<Middleware>,
    /// Which requests go where.
    pub routes: Vec<Route>,
    /// Virtualization, by component.
    pub virt: Vec<Virt>,
    /// Manifests.
    pub manifests: Vec<ManifestTarget>,
    /// The policy that stands in this file.
    pub policy: Option<Policy>,
}

impl Workload {
    /// Reads a `gusset.toml`.
    pub fn parse(source: &Arc<SourceFile>) -> Result<Workload, TomlErrors> {
        read::document(source, |table, problems| {
            let workload = Workload::read(source, table, problems);
            // A component that could not be read would be missed wherever it is named.
            if problems.is_empty() {
                workload.names(problems);
            }
            Some(workload)
        })
    }

    /// A component by its name.
    pub fn component(&self, name: &str) -> Option<&Component> {
        let mut components = self.components.iter();
        components.find(|component| component.name.value == name)
    }

    fn read(source: &Arc<SourceFile>, table: &mut Table<'_>, problems: &mut Problems) -> Workload {
        let mut workload = Workload {
            source: Arc::clone(source),
            name: None,
            profile: None,
            policy_file: None,
            catalogue: Vec::new(),
            isolate: Vec::new(),
            scale_separately: Vec::new(),
            components: Vec::new(),
            links: Vec::new(),
            middleware: Vec::new(),
            routes: Vec::new(),
            virt: Vec::new(),
            manifests: Vec::new(),
            policy: None,
        };
        let head = table.get("workload");
        if let Some(head) = head.and_then(|head| head.table(problems)) {
            workload.head(head, problems);
        }
        let components = table.get("components");
        if let Some(components) = components.and_then(|c| c.table(problems)) {
            let components = components.entries();
            let components = components.iter();
            let read = components.filter_map(|c| Component::read(c, problems));
            workload.components = read.collect();
        }
        workload.links = tables(table, "link", problems, Link::read);
        workload.middleware = tables(table, "middleware", problems, Middleware::read);
        workload.routes = tables(table, "route", problems, Route::read);
        workload.manifests = tables(table, "manifest", problems, ManifestTarget::read);
        let virt = table.get("virt");
        if let Some(virt) = virt.and_then(|virt| virt.table(problems)) {
            let virt = virt.entries();
            let read = virt.iter().filter_map(|v| Virt::read(v, problems));
            workload.virt = read.collect();
        }
        let policy = table.get("policy");
        if let Some(mut policy) = policy.and_then(|policy| policy.table(problems)) {
            workload.policy = Some(Policy::read(source, &mut policy, problems));
            policy.finish(problems);
        }
        workload
    }

    /// `[workload]`.
    fn head(&mut self, mut table: Table<'_>, problems: &mut Problems) {
        let mut text = |key| table.get(key).and_then(|text| text.text(problems));
        self.name = text("name");
        self.profile = text("profile");
        self.policy_file = text("policy");
        let mut list = |key| {
            let list = table.get(key).map(|list| list.strings(problems));
            list.unwrap_or_default()
        };
        self.catalogue = list("catalogue");
        self.isolate = list("isolate");
        self.scale_separately = list("scale-separately");
        table.finish(problems);
    }

    /// Every name of a component is that of one.
    fn names(&self, problems: &mut Problems) {
        let mut named: Vec<&Spanned<String>> = Vec::new();
        named.extend(&self.isolate);
        named.extend(&self.scale_separately);
        // The outside exports what somebody imports, and imports what somebody exports.
        for link in &self.links {
            named.extend(Some(&link.consumer).filter(|name| name.value != "export"));
            named.extend(Some(&link.provider).filter(|name| name.value != "import"));
        }
        for middleware in &self.middleware {
            named.push(&middleware.component);
            named.extend(&middleware.requires);
            named.extend(&middleware.conflicts);
        }
        named.extend(self.routes.iter().map(|route| &route.to));
        named.extend(self.virt.iter().map(|virt| &virt.component));
        named.extend(self.manifests.iter().filter_map(|m| m.service.as_ref()));
        for name in named {
            self.is_component(name, &name.value, problems);
        }
        route::twice(&self.routes, problems);
        for middleware in &self.middleware {
            let own = &middleware.component.value;
            for order in &middleware.order {
                if let Order::Before(name) | Order::After(name) = &order.value {
                    self.is_component(order, name, problems);
                    if name == own {
                        let words = order.value.words();
                        let message = format!("`{own}` cannot be `{words}`: that is itself");
                        let help = "name another middleware, or `first` or `last`";
                        problems.push(Problem::new(order.span, message).help(help));
                    }
                }
            }
        }
    }

    fn is_component<T>(&self, at: &Spanned<T>, name: &str, problems: &mut Problems) {
        if self.component(name).is_some() {
            return;
        }
        let message = format!("no component is called `{}`", name.escape_debug());
        let known = self.components.iter().map(|c| c.name.value.as_str());
        let help = match did_you_mean(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "components are declared as `[components.NAME]`".to_string(),
        };
        problems.push(Problem::new(at.span, message).help(help));
    }
}

/// The tables of an array of tables.
fn tables<T>(
    table: &mut Table<'_>,
    key: &'static str,
    problems: &mut Problems,
    read: fn(Table<'_>, &mut Problems) -> Option<T>,
) -> Vec<T> {
    let tables = table.get(key).map(|value| value.tables(problems));
    let tables = tables.unwrap_or_default().into_iter();
    tables.filter_map(|table| read(table, problems)).collect()
}
