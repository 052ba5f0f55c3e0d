//! The specification of the core, over the emulator and real sockets: one file per subject.

mod bad_input;
mod bulk;
mod cache;
mod challenge;
mod clocks;
mod common;
mod conformance;
mod detection;
mod environment;
mod faults;
mod hosts;
mod kept;
mod leaks;
mod lifecycle;
mod logs;
mod operation;
mod proxy;
mod retry;
mod secrets;
mod tls;
mod tokens;
mod vault;
mod verdicts;
