//! Link arguments of the shared library, and nothing else: build scripts never write into the
//! source tree.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    match (target("FAMILY").as_str(), target("VENDOR").as_str()) {
        ("unix", "apple") => {
            println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libdoorkey.dylib");
        }
        ("unix", _) => {
            // .NET finds a preloaded library by its SONAME, and rustc sets none.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libdoorkey.so");
            // Unloading a library with live threads crashes the host.
            println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        _ => {}
    }
}
