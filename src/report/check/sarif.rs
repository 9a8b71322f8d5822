//! A report as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format").

use super::lines::{Marked, in_binary, marked, repository_path};
use crate::base::Sha256;
use crate::gate::{Allowed, Finding, Level, Location, Place, Report, Rule, Severity, Step};
use crate::report::plain::clean;
use serde_json::{Map, Value, json};

/// Relative paths count from the root of the repository.
const ROOT: &str = "%SRCROOT%";

/// The SARIF log of a report, with one run. `base` is the folder that paths are relative to.
pub fn sarif(report: &Report, base: &str) -> Value {
    let rules: Vec<Value> = crate::gate::rules().iter().map(|r| rule(r)).collect();
    let counts = report.findings.iter().map(|f| result(report, f, base));
    let allowed = report.allowed.iter().map(|a| suppressed(report, a, base));
    let results: Vec<Value> = counts.chain(allowed).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "gusset",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{ "executionSuccessful": report.unread.is_empty() }],
            "originalUriBaseIds": {
                ROOT: { "description": { "text": "the root of the repository" } },
            },
            "results": results,
        }],
    })
}

fn rule(rule: &Rule) -> Value {
    let enabled = rule.default != Level::Allow;
    json!({
        "id": rule.name,
        "name": pascal(rule.name),
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "enabled": enabled, "level": match rule.default {
            Level::Deny => "error",
            Level::Warn | Level::Allow => "warning",
        } },
        "properties": { "tags": ["security", "webassembly"] },
    })
}

/// `undeclared-key` as `UndeclaredKey`.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    name.split('-').map(word).collect()
}

fn result(report: &Report, finding: &Finding, base: &str) -> Value {
    let level = match finding.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let index = crate::gate::rules()
        .iter()
        .position(|r| r.name == finding.rule().name);
    let message = format!(
        "{}\nhelp: {}",
        clean(finding.message()),
        clean(finding.help())
    );
    let mut result = json!({
        "ruleId": finding.rule().name,
        "level": level,
        "message": { "text": message },
        "locations": [location(report, finding, base)],
        "partialFingerprints": { "gussetFinding/v1": fingerprint(finding) },
        "properties": {
            "confidence": finding.confidence.as_str(),
            "subject": finding.subject().to_string(),
        },
    });
    if let Some(index) = index {
        result["ruleIndex"] = json!(index);
    }
    if let Some(component) = &finding.component {
        result["properties"]["component"] = json!(component);
    }
    if !finding.evidence.is_empty() {
        let steps: Vec<Value> = finding.evidence.iter().map(step).collect();
        result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
    }
    result
}

fn suppressed(report: &Report, allowed: &Allowed, base: &str) -> Value {
    let mut result = result(report, &allowed.finding, base);
    let mut suppression = json!({
        "kind": "external",
        "status": "accepted",
        "justification": allowed.reason,
    });
    let mut properties = Map::new();
    if let Some(owner) = &allowed.owner {
        properties.insert("owner".to_string(), json!(owner));
    }
    if let Some(expires) = allowed.expires {
        properties.insert("expires".to_string(), json!(expires.to_string()));
    }
    if !properties.is_empty() {
        suppression["properties"] = Value::Object(properties);
    }
    result["suppressions"] = json!([suppression]);
    result
}

/// A finding in text has a region; one in a binary has a logical location, and the file
/// without a region so that viewers which need a file have one.
fn location(report: &Report, finding: &Finding, base: &str) -> Value {
    let path = repository_path(finding.location().file(), base);
    let artifact = match path.starts_with('/') {
        true => json!({ "uri": format!("file://{}", uri(&path)) }),
        false => json!({ "uri": uri(&path), "uriBaseId": ROOT }),
    };
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact } });
    match (finding.location(), marked(report, finding)) {
        (_, Some(at)) => location["physicalLocation"]["region"] = region(at),
        (Location::Binary { file, place }, _) => {
            location["logicalLocations"] = json!([logical(file, place)]);
        }
        (Location::Text { .. }, None) => {}
    }
    location
}

fn region(at: Marked) -> Value {
    json!({
        "startLine": at.start.line,
        "startColumn": at.start.column,
        "endLine": at.end.line,
        "endColumn": at.end.column,
    })
}

fn logical(file: &str, place: &Place) -> Value {
    let name = place.function.as_deref().unwrap_or(&place.instance);
    let path = match &place.function {
        Some(function) => format!("{file}/{}/{function}", place.instance),
        None => format!("{file}/{}", place.instance),
    };
    json!({
        "name": clean(name),
        "fullyQualifiedName": clean(&path),
        "kind": if place.function.is_some() { "function" } else { "module" },
    })
}

fn step(step: &Step) -> Value {
    let mut location = json!({ "message": { "text": clean(&step.what) } });
    if let Some(place) = &step.place {
        let name = place.function.as_deref().unwrap_or(&step.what);
        location["logicalLocations"] = json!([{
            "name": clean(name),
            "fullyQualifiedName": clean(&format!("{}/{name}", place.instance)),
            "kind": "function",
        }]);
        let text = format!("{}, {}", clean(&step.what), in_binary(place));
        location["message"]["text"] = json!(text);
    }
    json!({ "location": location })
}

/// The same finding in two runs has the same fingerprint, also when lines moved.
fn fingerprint(finding: &Finding) -> String {
    let component = finding.component.as_deref().unwrap_or("");
    let subject = finding.subject().to_string();
    let instances = finding.instances.join(",");
    let parts = [finding.rule().name, component, &subject, &instances];
    Sha256::of(parts.join("\0").as_bytes()).to_string()
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{pascal, uri};

    #[test]
    fn paths_are_uri_references() {
        assert_eq!(uri("a b/c.wasm"), "a%20b/c.wasm");
        assert_eq!(uri("größe:1.toml"), "gr%C3%B6%C3%9Fe%3A1.toml");
        assert_eq!(pascal("undeclared-key"), "UndeclaredKey");
    }
}
