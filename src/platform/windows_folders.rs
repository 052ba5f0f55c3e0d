//! Windows: where programs and their data live, as the system knows it. Environment variables say
//! it too, but whoever sets one would move the folder that we trust.

use std::ffi::{CStr, OsString, c_void};
use std::os::windows::ffi::OsStringExt;
use std::path::PathBuf;
use std::ptr;
use std::sync::OnceLock;

/// The one place where the system's own libraries are looked for.
const LOAD_LIBRARY_SEARCH_SYSTEM32: u32 = 0x800;

#[repr(C)]
struct Guid(u32, u16, u16, [u8; 8]);

const PROGRAM_DATA: Guid = Guid(
    0x62AB_5D82,
    0xFDC1,
    0x4DC3,
    [0xA9, 0xDD, 0x07, 0x0D, 0x1D, 0x49, 0x5D, 0x97],
);
const PROGRAM_FILES: Guid = Guid(
    0x905E_63B6,
    0xC1BF,
    0x494E,
    [0xB2, 0x9C, 0x65, 0xB7, 0x32, 0xD3, 0xD2, 0x1A],
);

#[link(name = "kernel32")]
unsafe extern "system" {
    fn LoadLibraryExW(name: *const u16, file: *mut c_void, flags: u32) -> *mut c_void;
    fn GetProcAddress(module: *mut c_void, name: *const i8) -> *mut c_void;
}

type GetKnownFolderPath =
    unsafe extern "system" fn(*const Guid, u32, *mut c_void, *mut *mut u16) -> i32;
type TaskMemFree = unsafe extern "system" fn(*mut c_void);

/// `C:\ProgramData`, wherever it is on this machine.
pub(crate) fn program_data() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| known_folder(&PROGRAM_DATA)).clone()
}

/// `C:\Program Files`, wherever it is on this machine.
pub(crate) fn program_files() -> Option<PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| known_folder(&PROGRAM_FILES)).clone()
}

/// A function of one of the system's libraries, loaded at the first use so that our own library
/// loads none of them.
fn function(library: &str, name: &CStr) -> Option<*mut c_void> {
    let library: Vec<u16> = library.encode_utf16().chain([0]).collect();
    // SAFETY: both names end in NUL and outlive the calls; the module is never released, so that
    // what is found in it stays valid.
    let found = unsafe {
        let module = LoadLibraryExW(
            library.as_ptr(),
            ptr::null_mut(),
            LOAD_LIBRARY_SEARCH_SYSTEM32,
        );
        if module.is_null() {
            return None;
        }
        GetProcAddress(module, name.as_ptr().cast())
    };
    (!found.is_null()).then_some(found)
}

fn known_folder(id: &Guid) -> Option<PathBuf> {
    let get = function("shell32.dll", c"SHGetKnownFolderPath")?;
    let free = function("ole32.dll", c"CoTaskMemFree")?;
    // SAFETY: these are the documented signatures of the two functions.
    let (get, free) = unsafe {
        (
            std::mem::transmute::<*mut c_void, GetKnownFolderPath>(get),
            std::mem::transmute::<*mut c_void, TaskMemFree>(free),
        )
    };
    let mut text: *mut u16 = ptr::null_mut();
    // SAFETY: `id` and `text` outlive the call. After success `text` is a string that ends in NUL;
    // in any case it is freed once, as the documentation demands, and null may be freed.
    let folder = unsafe {
        let result = get(id, 0, ptr::null_mut(), &mut text);
        let folder = (result >= 0 && !text.is_null()).then(|| {
            let length = (0..).take_while(|at| *text.add(*at) != 0).count();
            OsString::from_wide(std::slice::from_raw_parts(text, length))
        });
        free(text.cast());
        folder
    };
    folder.map(PathBuf::from)
}
