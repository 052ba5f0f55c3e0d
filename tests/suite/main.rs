//! The specification of the core, over the emulator and real sockets: one file per subject.

mod bad_input;
mod cache;
mod challenge;
mod common;
mod environment;
mod faults;
mod leaks;
mod logs;
mod operation;
mod proxy;
mod retry;
mod secrets;
mod tls;
mod tokens;
