//! The forms of a vault, good and bad.

use super::*;

fn parse(vault: &str) -> Result<Vault> {
    let given = [VaultSuffix::new("vault.mine.example:8443", None).unwrap()];
    Vault::parse(
        vault,
        &Suffixes::new(&given, Some("vault.azure.net")).unwrap(),
    )
}

fn origin(vault: &str) -> String {
    parse(vault).unwrap().origin.to_string()
}

#[test]
fn every_form_of_a_vault_leads_to_its_origin() {
    let demo = "https://demo.vault.azure.net/";
    for form in [
        "demo",
        "Demo",
        "demo.vault.azure.net",
        "DEMO.vault.azure.net:443",
        "https://demo.vault.azure.net",
        "https://demo.vault.azure.net/",
        "HTTPS://demo.vault.azure.net:443/",
    ] {
        assert_eq!(origin(form), demo, "{form}");
    }
    assert_eq!(
        origin("demo.vault.azure.cn"),
        "https://demo.vault.azure.cn/"
    );
    assert_eq!(
        origin("demo.vault.mine.example:8443"),
        "https://demo.vault.mine.example:8443/"
    );
}

#[test]
fn bad_vaults_are_refused_by_name() {
    for bad in [
        "",
        "a",
        "a--b",
        "-ab",
        "a_b",
        "demo.",
        "demo..vault.azure.net",
        "http://demo.vault.azure.net",
        "ftp://x",
        "https://",
        "https:///x",
        "https://u@demo.vault.azure.net",
        "https://u:p@demo.vault.azure.net",
        "https://demo.vault.azure.net\\@evil.example",
        "demo vault",
        "demo\n",
        "https://demo.vault.azure.net.",
        "https://evilvault.azure.net",
        "https://evilvault.azure.net.example",
        "https://demo.vault.azure.net.example",
        "evilvault.azure.net",
        "evil.vault.azure.net.example",
        "https://demo.vault.azure.net:8443",
        "demo.vault.azure.net:80",
        "https://a.b.vault.azure.net",
        "https://demo.vault.azure.net/?x",
        "https://demo.vault.azure.net/#x",
        "https://xn--dmo-bma.vault.azure.net",
        "https://d%65mo.vault.azure.net",
        "démo",
        "demo:443:1",
        "demo.vault.azure.net:0",
        "demo.vault.azure.net:x",
        "[::1]",
        "demo/secrets/n",
    ] {
        let error = parse(bad).unwrap_err();
        assert!(error.message().starts_with("vault: "), "{bad:?}: {error}");
    }
}

#[test]
fn of_suffixes_that_lie_below_each_other_the_longest_is_meant() {
    let given = [VaultSuffix::new("azure.net", None).unwrap()];
    let suffixes = Suffixes::new(&given, None).unwrap();
    let vault = Vault::parse("demo.vault.azure.net", &suffixes).unwrap();
    assert_eq!(vault.audience.as_deref(), Some("https://vault.azure.net"));
    let vault = Vault::parse("demo.azure.net", &suffixes).unwrap();
    assert_eq!(vault.audience.as_deref(), Some("https://azure.net"));
}
