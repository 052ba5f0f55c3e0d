//! The tutorial in Rust: a token for the vaults' audience, then the secret `MyTestSecret`.
//! The environment decides where both come from; see the README for how to point it at the emulator.

use doorkey::{Call, Client, ClientOptions, Source};

fn main() -> doorkey::Result<()> {
    let vault = std::env::args().nth(1).unwrap_or_else(|| "demo".to_owned());
    // Where the token comes from is found by itself, unless a source is named.
    let source = std::env::args()
        .nth(2)
        .map(|name| Source::from_name(&name).expect("the name of a source"));
    let suffix =
        std::env::var("DOORKEY_VAULT_SUFFIX").unwrap_or_else(|_| "vault.azure.net".to_owned());
    // An audience is the suffix's host, without its port.
    let audience = format!("https://{}", suffix.split(':').next().unwrap_or(&suffix));

    let client = Client::new(ClientOptions {
        source,
        ..ClientOptions::default()
    })?;
    let token = client.get_token(&audience, &Call::default())?.take()?;
    println!("source={}", token.source().name());

    let secret = client
        .get_secret(&vault, Some("MyTestSecret"), None, &Call::default())?
        .take()?;
    println!("id={}", secret.id());
    println!("version={}", secret.version());
    // Showing the value is the purpose of this example; a real program uses it and shows nothing.
    println!("value={}", secret.value().as_str().unwrap_or_default());
    Ok(())
}
