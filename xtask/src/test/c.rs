//! The C side: the header in every dialect we promise, the programs under tests/c each against an emulator of its
//! own, and the same programs under valgrind.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::report::Report;
use super::{Context, Suite, dotnet, files, no_names, output};
use crate::emulator::Emulator;
use crate::examples::link_arguments;
use crate::tools::{Tool, on_path};
use crate::workspace::{STATIC_LIBRARY, Workspace};
use crate::{Result, process};

pub const HEADER_SUITE: Suite = Suite {
    name: "c-header",
    inside: true,
    needs: &[Tool::CCompiler, Tool::CppCompiler],
    prepare: |_| Ok(()),
    run: run_header,
    tests: no_names,
};

pub const SUITE: Suite = Suite {
    name: "c",
    inside: true,
    needs: &[Tool::CCompiler],
    prepare: compile_all,
    run: |context, report| run_all(context, report, Way::Plain),
    tests: sources,
};

pub const VALGRIND_SUITE: Suite = Suite {
    name: "c-valgrind",
    inside: true,
    needs: &[Tool::CCompiler, Tool::Valgrind],
    prepare: compile_all,
    run: |context, report| run_all(context, report, Way::Valgrind),
    tests: sources,
};

/// The dialects in which the header compiles without a word: C as gcc and clang know it, and C++.
const DIALECTS: &[(&str, &[&str])] = &[("c", &["c99", "c11", "c17"]), ("c++", &["c++11", "c++20"])];
const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

const FOLDER: &str = "tests/c";
/// Compiled in every dialect, and never run.
const HEADER_SOURCE: &str = "tests/c/header/compiles.c";
/// Compiled a second time, against the static library.
const STATIC_SOURCE: &str = "tests/c/secrets.c";

/// Valgrind slows everything down by some thirty times.
const LIMIT: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Plain,
    Valgrind,
}

fn sources(workspace: &Workspace) -> Result<Vec<String>> {
    files(workspace, FOLDER, ".c")
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
    for source in sources(workspace)? {
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

fn run_all(context: &Context, report: &mut Report, way: Way) -> Result<()> {
    let workspace = context.workspace;
    for source in sources(workspace)? {
        run_one(
            context,
            report,
            way,
            &source,
            &program(workspace, &source, ""),
        )?;
    }
    if way == Way::Plain {
        let program = program(workspace, STATIC_SOURCE, "-static");
        run_one(
            context,
            report,
            way,
            "tests/c/secrets.c, linked statically",
            &program,
        )?;
    }
    Ok(())
}

fn run_one(
    context: &Context,
    report: &mut Report,
    way: Way,
    name: &str,
    program: &Path,
) -> Result<()> {
    let workspace = context.workspace;
    let emulator = Emulator::start(workspace)?;
    let mut command = match way {
        Way::Plain => Command::new(program),
        Way::Valgrind => {
            let mut valgrind = Tool::Valgrind.require(workspace)?;
            valgrind
                .args(["--quiet", "--error-exitcode=99", "--leak-check=full"])
                .args([
                    "--show-leak-kinds=definite",
                    "--errors-for-leak-kinds=definite",
                ])
                .args(["--child-silent-after-fork=yes", "--fair-sched=try"])
                .arg(program);
            valgrind
        }
    };
    dotnet::lead(workspace, &mut command)
        .envs(emulator.environment())
        .env("DOORKEY_TEST_CONTROL", emulator.says("control"))
        .env("DOORKEY_TEST_VAULT_URL", emulator.says("vault_url"))
        .env("DOORKEY_TEST_IMDS", emulator.says("imds"));
    let kind = if way == Way::Plain { "c" } else { "valgrind" };
    let stem = program.file_name().unwrap_or_default().to_string_lossy();
    let log = workspace.target.join(format!("logs/{kind}-{stem}.log"));
    let ended = process::logged(&mut command, &log, LIMIT)?;
    let found = output::lines(name, &ended.output);
    let good = ended.succeeded() && found.failed.is_empty();
    match way {
        Way::Plain => report.add(found),
        // What the program checks has been counted already: here it is one test, that valgrind has nothing to say.
        Way::Valgrind if good => report.passed += 1,
        Way::Valgrind => report.fail(format!("{name} under valgrind: {}", ended.verdict())),
    }
    if !good {
        if way == Way::Plain && !ended.succeeded() {
            report.fail(format!("{name}: {}", ended.verdict()));
        }
        report.notes.push(format!("{name} said:\n{}", ended.output));
    }
    Ok(())
}
