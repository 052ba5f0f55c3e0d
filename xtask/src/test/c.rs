//! The C side: the header in every dialect we promise, the programs under tests/c each against an emulator of its
//! own, those under tests/c/hosts on every kind of machine, and the same programs under valgrind.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, dotnet, files, no_names, output};
use crate::emulator::{self, Emulator};
use crate::examples::link_arguments;
use crate::hosts::{HOSTS, Host};
use crate::tools::{Tool, on_path};
use crate::workspace::{LIBRARY, STATIC_LIBRARY, Workspace};
use crate::{Result, arc, process};

pub const HEADER_SUITE: Suite = Suite {
    name: "c-header",
    inside: true,
    needs: &[Tool::CCompiler, Tool::CppCompiler],
    prepare: None,
    run: run_header,
    tests: no_names,
};

pub const SUITE: Suite = Suite {
    name: "c",
    inside: true,
    needs: &[Tool::CCompiler],
    prepare: Some(compile_all),
    run: |context, report| {
        run_all(context, report, &PLAIN)?;
        run_on_hosts(context, report, &PLAIN)?;
        report.check(
            "the C tests run on every host that the emulator can be",
            every_host(context.workspace),
        );
        Ok(())
    },
    tests: all_sources,
};

pub const VALGRIND_SUITE: Suite = Suite {
    name: "c-valgrind",
    inside: true,
    needs: &[Tool::CCompiler, Tool::Valgrind],
    prepare: Some(compile_all),
    run: |context, report| {
        run_all(context, report, &VALGRIND_SYMBOLS)?;
        run_all(context, report, &VALGRIND_SHIPPED)?;
        // Not with symbols as well: without optimisation every handshake under valgrind takes seconds.
        run_on_hosts(context, report, &VALGRIND_SHIPPED)
    },
    tests: all_sources,
};

/// The dialects in which the header compiles without a word: C as gcc and clang know it, and C++.
const DIALECTS: &[(&str, &[&str])] = &[("c", &["c99", "c11", "c17"]), ("c++", &["c++11", "c++20"])];
const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

const FOLDER: &str = "tests/c";
/// Every program in it runs once on every host that the library finds by itself, and those that name their source on
/// the others too.
const HOSTS_FOLDER: &str = "tests/c/hosts";
const NAMES_ITS_SOURCE: &str = "tests/c/hosts/named_";
/// Compiled in every dialect, and never run.
const HEADER_SOURCE: &str = "tests/c/header/compiles.c";
/// Compiled a second time, against the static library.
const STATIC_SOURCE: &str = "tests/c/secrets.c";

/// Valgrind slows everything down by some thirty times.
const LIMIT: Duration = Duration::from_secs(300);

/// How the programs are run.
struct Way {
    /// Also the name of its logs.
    name: &'static str,
    /// Arguments of valgrind; none is without it.
    valgrind: &'static [&'static str],
    /// With the library as cargo builds it for tests, which has names for its functions, not with the shipped one.
    with_symbols: bool,
}

const PLAIN: Way = Way {
    name: "c",
    valgrind: &[],
    with_symbols: false,
};

/// Everything valgrind knows; what it gets wrong in ring's assembly is told by the names of functions.
const VALGRIND_SYMBOLS: Way = Way {
    name: "valgrind",
    valgrind: &[
        "--num-callers=60",
        "--suppressions=tests/c/valgrind/ring.supp",
    ],
    with_symbols: true,
};

/// The shipped library has no names to tell that by: here only addresses and leaks are looked at.
const VALGRIND_SHIPPED: Way = Way {
    name: "valgrind, shipped library",
    valgrind: &["--undef-value-errors=no"],
    with_symbols: false,
};

const VALGRIND: &[&str] = &[
    "--quiet",
    "--error-exitcode=99",
    "--leak-check=full",
    "--show-leak-kinds=definite",
    "--errors-for-leak-kinds=definite",
    "--child-silent-after-fork=yes",
    "--fair-sched=try",
];

fn sources(workspace: &Workspace) -> Result<Vec<String>> {
    files(workspace, FOLDER, ".c")
}

fn host_sources(workspace: &Workspace) -> Result<Vec<String>> {
    files(workspace, HOSTS_FOLDER, ".c")
}

fn all_sources(workspace: &Workspace) -> Result<Vec<String>> {
    Ok([sources(workspace)?, host_sources(workspace)?].concat())
}

fn run_header(context: &Context, report: &mut Report) -> Result<()> {
    for (language, dialects) in DIALECTS {
        let compilers: &[&str] = match *language {
            "c" => &["gcc", "clang"],
            _ => &["g++", "clang++"],
        };
        for compiler in compilers.iter().filter_map(|name| on_path(name)) {
            let shown = compiler.file_name().unwrap_or_default().to_string_lossy();
            for dialect in *dialects {
                report.check(
                    &format!("the header is {dialect} for {shown}"),
                    compile_header(context.workspace, &compiler, language, dialect),
                );
            }
        }
    }
    Ok(())
}

fn compile_header(
    workspace: &Workspace,
    compiler: &Path,
    language: &str,
    dialect: &str,
) -> Result<String> {
    for short_names in [&[][..], &["-DDOORKEY_NO_SHORT_NAMES"]] {
        process::capture(
            Command::new(compiler)
                .arg(format!("-std={dialect}"))
                .args(["-x", language, "-fsyntax-only"])
                .args(WARNINGS)
                .args(short_names)
                .arg("-I")
                .arg(workspace.root.join("include"))
                .arg(workspace.root.join(HEADER_SOURCE)),
        )?;
    }
    Ok(String::new())
}

fn compile_all(context: &Context) -> Result<()> {
    let workspace = context.workspace;
    std::fs::create_dir_all(folder(workspace))?;
    for source in all_sources(workspace)? {
        compile(
            workspace,
            &source,
            &program(workspace, &source, ""),
            &link_arguments(workspace),
        )?;
    }
    let archive = workspace.dist().join(STATIC_LIBRARY).display().to_string();
    let system = if cfg!(target_os = "linux") {
        &["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"][..]
    } else {
        &[
            "-framework",
            "Security",
            "-framework",
            "CoreFoundation",
            "-framework",
            "SystemConfiguration",
        ]
    };
    let libraries: Vec<String> = std::iter::once(archive)
        .chain(system.iter().map(|library| (*library).to_owned()))
        .collect();
    let program = program(workspace, STATIC_SOURCE, "-static");
    compile(workspace, STATIC_SOURCE, &program, &libraries)
}

fn compile(
    workspace: &Workspace,
    source: &str,
    program: &Path,
    libraries: &[String],
) -> Result<()> {
    let mut compiler = Tool::CCompiler.require(workspace)?;
    compiler
        .current_dir(&workspace.root)
        .args(["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-pthread"])
        .args(WARNINGS)
        .args(["-I", "include", source, "-o"])
        .arg(program);
    if cfg!(target_os = "linux") {
        // A program that loads the library by itself is not linked with it.
        compiler.arg("-Wl,--as-needed");
    }
    compiler.args(libraries).arg("-ldl");
    process::quiet(&mut compiler)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("c")
}

fn program(workspace: &Workspace, source: &str, suffix: &str) -> PathBuf {
    let name = Path::new(source)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    folder(workspace).join(format!("{name}{suffix}"))
}

fn run_all(context: &Context, report: &mut Report, way: &Way) -> Result<()> {
    let workspace = context.workspace;
    for source in sources(workspace)? {
        let program = program(workspace, &source, "");
        run_one(context, report, way, &source, &program, &HOSTS[0])?;
    }
    if way.valgrind.is_empty() {
        let program = program(workspace, STATIC_SOURCE, "-static");
        let name = format!("{STATIC_SOURCE}, linked statically");
        run_one(context, report, way, &name, &program, &HOSTS[0])?;
    }
    Ok(())
}

fn run_on_hosts(context: &Context, report: &mut Report, way: &Way) -> Result<()> {
    for source in host_sources(context.workspace)? {
        let program = program(context.workspace, &source, "");
        let suits = |host: &&Host| host.is_detected || source.starts_with(NAMES_ITS_SOURCE);
        for host in HOSTS.iter().filter(suits) {
            let name = format!("{source} on {}", host.name);
            match arc::obstacle().filter(|_| host.is_arc()) {
                Some(why) => report.skip(format!("{name}: {why}"), context.is_ci),
                None => run_one(context, report, way, &name, &program, host)?,
            }
        }
    }
    Ok(())
}

/// A host that the emulator learned and our list did not would never be run.
fn every_host(workspace: &Workspace) -> Result<String> {
    let known = emulator::known_hosts(workspace)?;
    if known.iter().eq(HOSTS.iter().map(|host| host.name)) {
        return Ok(known.join(", "));
    }
    Err(format!(
        "the emulator can be {}, xtask's list is another",
        known.join(", ")
    )
    .into())
}

/// One program against an emulator of its own.
fn run_one(
    context: &Context,
    report: &mut Report,
    way: &Way,
    name: &str,
    program: &Path,
    host: &Host,
) -> Result<()> {
    let workspace = context.workspace;
    let emulator = match Emulator::start_as(workspace, host) {
        Ok(emulator) => emulator,
        Err(error) => {
            report.fail(format!("{name}: {error}"));
            return Ok(());
        }
    };
    let mut command = command(workspace, way, program)?;
    command
        .envs(emulator.environment())
        .env("DOORKEY_TEST_CONTROL", emulator.says("control"))
        .env("DOORKEY_TEST_VAULT_URL", emulator.says("vault_url"))
        .env("DOORKEY_TEST_SOURCE", host.source);
    let stem = program.file_name().unwrap_or_default().to_string_lossy();
    let log = workspace
        .target
        .join(format!("logs/{}-{stem}-{}.log", way.name, host.name));
    let ended = process::logged(&mut command, &log, LIMIT)?;
    let mut found = output::lines(name, &ended.output);
    if !ended.succeeded() && found.failed.is_empty() {
        found.fail(format!("{name}: {}", ended.verdict()));
    }
    if !found.failed.is_empty() {
        report
            .notes
            .push(format!("{name} ({}) said:\n{}", way.name, ended.output));
    }
    if way.valgrind.is_empty() {
        report.add(found);
    } else if found.failed.is_empty() {
        // What the program checks has been counted already: here it is one test, that valgrind has nothing to say.
        report.passed += 1;
    } else {
        report.fail(format!("{name} under {}: {}", way.name, ended.verdict()));
    }
    Ok(())
}

fn command(workspace: &Workspace, way: &Way, program: &Path) -> Result<Command> {
    let mut command = if way.valgrind.is_empty() {
        Command::new(program)
    } else {
        let mut valgrind = Tool::Valgrind.require(workspace)?;
        valgrind.args(VALGRIND).args(way.valgrind).arg(program);
        valgrind
    };
    dotnet::lead(workspace, command.current_dir(&workspace.root));
    if way.with_symbols {
        let folder = workspace.target.join("debug");
        command
            .env("DOORKEY_TEST_LIBRARY", folder.join(LIBRARY))
            .env("LD_LIBRARY_PATH", folder);
    }
    Ok(command)
}
