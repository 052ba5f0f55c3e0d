//! `cargo xtask <command>`: the one entry for every chore, the same on every system and in CI.
//! This file only finds the command and says what there is; each command lives in a file of its own.

#![forbid(unsafe_code)]

mod arc;
mod arguments;
mod bench;
mod build;
mod check_windows;
mod command_line;
mod demo;
mod dotnet;
mod emulator;
mod examples;
mod exports;
mod guard;
mod header;
mod help;
mod hosts;
mod install;
mod module;
mod mono;
mod namespace;
mod process;
mod progress;
mod psd1;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use arguments::Arguments;
use workspace::Workspace;

/// What every command returns; the text is for a person and says what to do.
pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

type Run = fn(&Workspace, &mut Arguments) -> Result<()>;

/// Name, options, what it does, and the function that does it.
const COMMANDS: &[(&str, &str, &str, Run)] = &[
    (
        "build",
        "[--verify-lto]",
        "the shipped library, dynamic and static, into target/dist",
        build::command,
    ),
    (
        "header",
        "[--check]",
        "include/doorkey.h from the sources, or whether it is still theirs",
        header::command,
    ),
    (
        "exports",
        "[--check]",
        "abi/exports.txt from the built library, or whether it is still true",
        exports::command,
    ),
    (
        "help",
        "",
        "the module's help from docs/powershell into target/help",
        help::command,
    ),
    (
        "module",
        "",
        "the importable PowerShell module into target/module/Doorkey",
        module::command,
    ),
    (
        "demo",
        "[--source HOST|all] [--install-tools]",
        "the tutorial in C, C#, PowerShell and Rust against the emulator",
        demo::command,
    ),
    (
        "test",
        "[--install-tools] [--only SUITE]…",
        "every test there is",
        test::command,
    ),
    (
        "check-windows",
        "[--install-tools]",
        "type-checks the library for Windows",
        check_windows::command,
    ),
    (
        "bench",
        "cold|cached|kept|bulk|list [--check] [--runs N]",
        "what tokens and secrets cost: the first of a process, kept ones, many, a long list",
        bench::command,
    ),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_process();
    let name = arguments.next_word().unwrap_or_default();
    if matches!(name.as_str(), "" | "-h" | "--help") {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some((_, _, _, run)) = COMMANDS.iter().find(|command| command.0 == name) else {
        eprint!("there is no command \"{name}\"\n\n{}", usage());
        return ExitCode::from(2);
    };
    let outcome = Workspace::locate().and_then(|workspace| run(&workspace, &mut arguments));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = String::from("cargo xtask <command>\n\n");
    for (name, options, what, _) in COMMANDS {
        let call = format!("{name} {options}");
        text.push_str(&format!("  {call:<42} {what}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_names_every_command() {
        let text = usage();
        for (name, ..) in COMMANDS {
            assert!(text.contains(&format!("  {name} ")), "{name} is missing");
        }
    }
}
