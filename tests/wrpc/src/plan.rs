//! `gusset.plan/1`, as far as a host needs it.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::path::Path;

/// A link plan.
pub struct Plan(Value);

/// An import of an instance.
pub struct Edge<'p>(&'p Value);

/// A binary.
pub struct Group<'p>(&'p Value);

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

impl Plan {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<Plan> {
        let text = std::fs::read_to_string(path).context("the plan cannot be read")?;
        let plan: Value = serde_json::from_str(&text)?;
        ensure!(plan["schema"] == "gusset.plan/1", "no link plan");
        Ok(Plan(plan))
    }

    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        list(&self.0, "groups").map(Group)
    }

    pub fn edges(&self) -> impl Iterator<Item = Edge<'_>> {
        list(&self.0, "edges").map(Edge)
    }

    /// The binary that an instance is in.
    pub fn group_of(&self, instance: &str) -> Option<Group<'_>> {
        self.groups().find(|group| group.has(instance))
    }

    /// The edge of an import.
    pub fn edge(&self, consumer: &str, import: &str) -> Option<Edge<'_>> {
        let mut edges = self.edges();
        edges.find(|edge| edge.consumer() == consumer && edge.import() == import)
    }
}

impl<'p> Group<'p> {
    pub fn name(&self) -> &'p str {
        text(self.0, "name")
    }

    /// Whether an instance is inside.
    pub fn has(&self, instance: &str) -> bool {
        list(self.0, "instances").any(|inside| inside["name"] == instance)
    }

    pub fn instances(&self) -> usize {
        list(self.0, "instances").count()
    }

    /// Exports that other binaries import at run time.
    pub fn served(&self) -> Vec<&'p str> {
        let exports = list(self.0, "exports");
        let served = exports.filter(|export| list(export, "consumers").next().is_some());
        served.map(|export| text(export, "name")).collect()
    }

    /// Imports that are called over a network: the import, and who provides what.
    pub fn remote(&self) -> Vec<(&'p str, &'p str, &'p str)> {
        let imports = list(self.0, "imports").filter(|import| import["decision"] == "rpc");
        let remote = imports.map(|i| (text(i, "name"), text(i, "provider"), text(i, "export")));
        remote.collect()
    }
}

impl<'p> Edge<'p> {
    pub fn consumer(&self) -> &'p str {
        text(self.0, "consumer")
    }

    pub fn import(&self) -> &'p str {
        text(self.0, "import")
    }

    pub fn decision(&self) -> &'p str {
        text(self.0, "decision")
    }

    /// Why, in one word and in one sentence.
    pub fn reason(&self) -> (&'p str, &'p str) {
        let reason = &self.0["reason"];
        (text(reason, "code"), text(reason, "text"))
    }

    /// The functions that have a risk.
    pub fn at_risk(&self, code: &str) -> Vec<&'p str> {
        let risks = list(self.0, "risks").filter(|risk| risk["code"] == code);
        let functions = risks.flat_map(|risk| list(risk, "functions"));
        functions.filter_map(Value::as_str).collect()
    }
}
