//! Arc-enabled Kubernetes: App Service's protocol under the path of the Instance Metadata Service.

use doorkey_emulator::Host;

use crate::support::{
    RESOURCE, assert_app_service, fields, get, machine, object_id, own_object_id,
};

#[test]
fn the_secret_is_the_same_in_every_cluster() {
    let emulator = machine(Host::ArcKubernetes);
    assert_eq!(emulator.secret_header().as_deref(), Some("ArcK8s"));
    let query = format!("api-version=2019-08-01&{RESOURCE}");
    let reply = get(&emulator, &query, &[("X-IDENTITY-HEADER", "ArcK8s")]);
    assert_eq!(object_id(&reply), own_object_id(&emulator));
    assert!(fields(&reply).contains(&"expires_in".to_owned()));
}

#[test]
fn the_metadata_header_alone_does_not_open() {
    let emulator = machine(Host::ArcKubernetes);
    let query = format!("api-version=2019-08-01&{RESOURCE}");
    let reply = get(&emulator, &query, &[("Metadata", "true")]);
    let rule = "The X-IDENTITY-HEADER header is missing or its value is not valid.";
    assert_app_service(&reply, 401, rule);
}
