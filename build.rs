//! Compiles the C++ shim against the headers of the Node that will load the addon.

use std::path::PathBuf;
use std::process::Command;

const SHIM: &str = "src/engine/shim";

fn main() {
    println!("cargo:rerun-if-env-changed=ISOTHREADS_NODE_INCLUDE");
    println!("cargo:rerun-if-changed={SHIM}");
    napi_build::setup();

    let include = node_headers();
    println!("cargo:rerun-if-changed={}", include.join("node_version.h").display());
    cc::Build::new()
        .cpp(true)
        .std("c++20")
        // Node is built without run-time type information: a subclass of one of V8's classes
        // would look for a typeinfo that is not there.
        .flag_if_supported("-fno-rtti")
        .flag_if_supported("-Wno-unused-parameter")
        .flag(format!("-isystem{}", include.display()))
        .files(
            [
                "addons",
                "buffers",
                "clone",
                "environment",
                "queue",
                "realm",
                "record",
                "script",
                "variables",
            ]
            .map(|name| format!("{SHIM}/{name}.cc")),
        )
        .compile("isothreads_shim");
}

/// The folder that holds node.h, v8.h and uv.h: what the build script found, else what it finds now.
fn node_headers() -> PathBuf {
    if let Some(include) = std::env::var_os("ISOTHREADS_NODE_INCLUDE") {
        return include.into();
    }
    let output = Command::new("node")
        .arg("scripts/node-headers.js")
        .output()
        .expect("node is needed to find its headers: put it on the PATH");
    if !output.status.success() {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).expect("a path in UTF-8").trim().into()
}
