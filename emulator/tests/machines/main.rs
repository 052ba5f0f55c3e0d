//! Every kind of machine the emulator can be, one file each: what is granted, what is refused and in which words.
//! The Instance Metadata Service has its own program, imds.rs.

mod app_service;
mod app_service_2017;
mod arc;
mod arc_kubernetes;
mod automation;
mod azure_ml;
mod cloud_shell;
#[path = "../common/mod.rs"]
mod common;
mod container_apps;
mod environment;
mod expiry;
mod faults;
mod service_fabric;
mod support;
mod workload_identity;
