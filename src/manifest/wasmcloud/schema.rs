//! The fields of a `WorkloadDeployment`: a reader that knows every field and takes no other.
//! Kubernetes drops a field that it does not know without a word, so that a slip in
//! `allowedHosts` would go unnoticed.
//!
//! Source: `runtime.wasmcloud.dev_workloaddeployments.yaml` of wasmCloud 2.7.

#![allow(missing_docs)] // Fields have the names and meanings of the API.

use serde::Deserialize;
use std::collections::BTreeMap;

type Texts = BTreeMap<String, String>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WorkloadDeployment {
    pub api_version: String,
    pub kind: String,
    /// What every object of Kubernetes has.
    pub metadata: serde_json::Value,
    pub spec: DeploymentSpec,
    /// Written by the operator.
    pub status: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DeploymentSpec {
    pub replicas: Option<u32>,
    pub deploy_policy: Option<DeployPolicy>,
    #[serde(default)]
    pub artifacts: Vec<Artifact>,
    pub kubernetes: Option<Kubernetes>,
    pub template: Template,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub enum DeployPolicy {
    RollingUpdate,
    Recreate,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Artifact {
    pub name: String,
    pub artifact_from: Reference,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    #[serde(default)]
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kubernetes {
    pub service: Option<Reference>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    #[serde(default)]
    pub annotations: Texts,
    #[serde(default)]
    pub labels: Texts,
    pub spec: WorkloadSpec,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct WorkloadSpec {
    #[serde(default)]
    pub host_selector: Texts,
    pub host_id: Option<String>,
    pub environment: Option<String>,
    #[serde(default)]
    pub components: Vec<Component>,
    pub service: Option<Service>,
    #[serde(default)]
    pub host_interfaces: Vec<HostInterface>,
    #[serde(default)]
    pub volumes: Vec<Volume>,
    pub kubernetes: Option<Kubernetes>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Component {
    pub name: String,
    pub image: String,
    pub image_pull_secret: Option<Reference>,
    pub image_pull_policy: Option<String>,
    pub pool_size: Option<u32>,
    pub max_invocations: Option<u32>,
    pub max_concurrency: Option<u32>,
    pub local_resources: Option<LocalResources>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Service {
    pub image: String,
    pub image_pull_secret: Option<Reference>,
    pub image_pull_policy: Option<String>,
    pub max_restarts: Option<u32>,
    pub local_resources: Option<LocalResources>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct LocalResources {
    pub environment: Option<ConfigLayer>,
    #[serde(default)]
    pub config: Texts,
    #[serde(default)]
    pub volume_mounts: Vec<VolumeMount>,
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    #[serde(default)]
    pub allowed_ip_name_lookups: Vec<String>,
    #[serde(default)]
    pub allowed_host_loopback_ports: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConfigLayer {
    #[serde(default)]
    pub config: Texts,
    #[serde(default)]
    pub config_from: Vec<Reference>,
    #[serde(default)]
    pub secret_from: Vec<Reference>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct VolumeMount {
    pub name: String,
    pub mount_path: String,
    pub read_only: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct HostInterface {
    pub name: Option<String>,
    pub namespace: String,
    pub package: String,
    pub interfaces: Vec<String>,
    pub version: Option<String>,
    #[serde(default)]
    pub config: Texts,
    #[serde(default)]
    pub config_from: Vec<Reference>,
    #[serde(default)]
    pub secret_from: Vec<Reference>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Volume {
    pub name: String,
    pub ephemeral: Option<Empty>,
    pub host_path: Option<HostPath>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostPath {
    pub path: String,
}
