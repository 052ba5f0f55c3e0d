//! For the tests of what is read from disk: a folder that is gone at the end, and a way to look at
//! it with the eyes of an account that has no rights there.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of one test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("doorkey-scratch-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        set_mode(&folder, 0o755);
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file with this content, and its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A pipe: whoever opens it for reading waits for a writer, unless he takes care.
pub(crate) fn make_pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// The number of the account nobody.
const NOBODY: u32 = 65_534;
const FOLDER: &str = "DOORKEY_TEST_FOLDER";

/// Lets `check` look at what `prepare` put into a folder, as an account that file modes hold for.
/// Root's is none: as root, this program runs the test `name`, which calls here, once more as nobody.
pub(crate) fn without_rights(name: &str, prepare: impl Fn(&Path), check: impl Fn(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return check(Path::new(&folder));
    }
    let scratch = Scratch::new();
    let forbidden = scratch.file("forbidden", "");
    set_mode(&forbidden, 0);
    let is_root = fs::read(&forbidden).is_ok();
    let folder = scratch.path().join("folder");
    fs::create_dir(&folder).unwrap();
    prepare(&folder);
    if is_root {
        let ran = as_nobody(scratch.path(), name, &folder);
        let said = String::from_utf8_lossy(&ran.stdout);
        let passed = ran.status.success() && said.contains("1 passed");
        assert!(passed, "{said}{}", String::from_utf8_lossy(&ran.stderr));
    } else {
        check(&folder);
    }
    // Or an account that is not root could not remove it.
    set_mode(&folder, 0o755);
}

fn as_nobody(scratch: &Path, name: &str, folder: &Path) -> Output {
    let run = |program: &Path| {
        Command::new(program)
            .args(["--exact", name])
            .env(FOLDER, folder)
            .current_dir("/")
            .uid(NOBODY)
            .gid(NOBODY)
            .output()
    };
    let program = std::env::current_exe().unwrap();
    match run(&program) {
        // It lies in a folder that nobody else may enter.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let copy = scratch.join("program");
            // Not by our own hand: what another test starts meanwhile would inherit the file, and
            // none that is open for writing can be run.
            let copied = Command::new("cp").args([&program, &copy]).status().unwrap();
            assert!(copied.success());
            set_mode(&copy, 0o755);
            run(&copy).unwrap()
        }
        ran => ran.unwrap(),
    }
}
