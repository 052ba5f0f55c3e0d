//! The managed identity of any Azure host and Key Vault on loopback, as strict as the real ones and with their words, for tests and
//! for trying Doorkey without a cloud. Nothing here listens anywhere but on 127.0.0.1.
//!
//! ```
//! use doorkey_emulator::{Emulator, Fault};
//!
//! let emulator = Emulator::builder().secret("MyTestSecret", "p@ssw0rd!").start()?;
//! emulator.fault(Fault::vault().status(429).header("Retry-After", "1"));
//! for (name, value) in emulator.environment() {
//!     println!("{name}={value}");
//! }
//! assert_eq!(emulator.requests().vault, 0);
//! # Ok::<(), std::io::Error>(())
//! ```

mod answer;
mod body;
mod builder;
mod certificates;
mod claims;
mod control;
mod emulator;
mod exchange;
mod faults;
mod gate;
mod hosts;
mod identities;
mod journal;
mod moment;
mod other_certificates;
mod query;
mod random;
mod server;
mod sockets;
mod tokens;
mod vault;
mod world;

pub use builder::{Builder, tags};
pub use claims::ClaimsEncoding;
pub use emulator::Emulator;
pub use faults::Fault;
pub use gate::Gate;
pub use hosts::Host;
pub use hosts::grant::{DateFormat, Expiry};
pub use identities::UserAssigned;
pub use journal::{Endpoint, RequestRecord, Requests};
pub use sockets::{BlackHole, black_hole, dead_port};
pub use vault::permissions::{Denied, VaultOperation};
pub use vault::secrets::{SecretOptions, StoredVersion};
