//! Doorkey lets a program in with the identity its machine already has: it turns an Azure managed
//! identity into tokens, and tokens into Key Vault secrets.
//!
//! ```no_run
//! # fn main() -> doorkey::Result<()> {
//! let client = doorkey::Client::new(doorkey::ClientOptions::default())?;
//! let secret = client.get_secret("demo", Some("db-password"), None, &doorkey::Call::default())?.take()?;
//! println!("{} is version {}", secret.id(), secret.version());
//! # Ok(())
//! # }
//! ```
//!
//! Everything a client does is an [`Operation`]: wait for it with [`take`](Operation::take), or
//! `.await` it on any executor.

#![deny(unsafe_code)]

pub mod clock;
pub mod environment;
pub mod limits;

mod client;
mod engine;
mod error;
#[cfg(feature = "capi")]
#[allow(unsafe_code)]
pub mod ffi;
mod flight;
mod identity;
mod nul_ended;
mod operation;
mod options;
mod outcome;
#[allow(unsafe_code)]
mod platform;
mod sensitive;
mod transport;
mod vault;

pub use client::{Call, Client, Pager, clear_token_cache, get_secret, get_token};
pub use environment::Environment;
pub use error::{Error, Result, Status};
#[doc(hidden)]
pub use identity::arc_key::ArcPaths;
pub use identity::{Identity, Source, Token};
pub use operation::Operation;
pub use options::ClientOptions;
pub use outcome::{Item, Output};
pub use sensitive::Sensitive;
pub use vault::{Secret, SecretAttributes, SecretProperties, VaultSuffix};

/// The version of the library.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Wipes every freed block of the library's heap: buffers of the HTTP and TLS layers hold copies of
/// tokens and secrets that no code of ours can reach. With the C ABI only: a Rust program that wants
/// an allocator of its choice leaves out the default features.
#[cfg(feature = "capi")]
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);
