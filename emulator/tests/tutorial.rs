//! Microsoft's tutorial for a VM, typed as it stands but for hosts and resource, works against the emulator.
//! Linux alone: there .NET takes its trust from `SSL_CERT_FILE`. README.md says what Windows needs.
#![cfg(target_os = "linux")]

use std::io;
use std::process::{Command, Output};

use doorkey_emulator::Emulator;

#[test]
fn the_tutorial_s_two_requests_work_with_only_hosts_and_resource_changed() {
    let emulator = Emulator::builder()
        .secret("MyTestSecret", "p@ssw0rd!")
        .start()
        .expect("an emulator");
    let imds = emulator.imds_url();
    let port = emulator.vault_address().port();
    let script = format!(
        r#"$ErrorActionPreference = 'Stop'
$response = Invoke-WebRequest -Uri '{imds}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.localhost' -Method GET -Headers @{{Metadata="true"}}
$content = $response.Content | ConvertFrom-Json
$KeyVaultToken = $content.access_token
(Invoke-WebRequest -Uri 'https://localhost:{port}/secrets/MyTestSecret?api-version=2016-10-01' -Method GET -Headers @{{Authorization="Bearer $KeyVaultToken"}}).Content"#
    );
    let Some(output) = powershell(&emulator, &script) else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let secret: serde_json::Value = serde_json::from_str(text.trim()).expect("the secret's JSON");
    assert_eq!(secret["value"], "p@ssw0rd!");
    assert_eq!(emulator.requests().token, 1);
    assert_eq!(emulator.requests().vault, 1);
}

/// Runs a script in `DOORKEY_PWSH` or `pwsh`. Nothing when there is neither, which a build machine must not get away with.
fn powershell(emulator: &Emulator, script: &str) -> Option<Output> {
    let program = std::env::var_os("DOORKEY_PWSH").unwrap_or_else(|| "pwsh".into());
    let mut command = Command::new(&program);
    command
        .args(["-NoProfile", "-NonInteractive", "-Command", script])
        .env("SSL_CERT_FILE", emulator.ca_file());
    // .NET would ask a proxy even for loopback addresses.
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let on_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
            assert!(!on_ci, "there is no PowerShell: {}", program.display());
            eprintln!("not tried: there is no {}", program.display());
            None
        }
        Err(error) => panic!("{}: {error}", program.display()),
    }
}
