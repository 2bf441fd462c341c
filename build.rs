//! Compiles the C++ shim against the headers of the Node that will load the addon.

use std::path::{Path, PathBuf};
use std::process::Command;

const SHIM: &str = "src/engine/shim";

fn main() {
    println!("cargo:rerun-if-env-changed=ISOTHREADS_NODE_INCLUDE");
    println!("cargo:rerun-if-changed={SHIM}");
    napi_build::setup();

    let includes = node_headers();
    println!(
        "cargo:rerun-if-changed={}",
        includes[0].join("node_version.h").display()
    );
    let mut build = cc::Build::new();
    build.cpp(true).std("c++20");
    if std::env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("msvc") {
        for_msvc(&mut build, &includes);
    } else {
        for_gnu(&mut build, &includes);
    }
    build
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

/// GCC, Clang and compilers that accept their options.
fn for_gnu(build: &mut cc::Build, includes: &[PathBuf]) {
    // Node is built without run-time type information: a subclass of a V8 class would
    // refer to a typeinfo that does not exist.
    build
        .flag_if_supported("-fno-rtti")
        .flag_if_supported("-Wno-unused-parameter");
    for include in includes {
        build.flag(format!("-isystem{}", include.display()));
    }
}

/// As node-gyp; not tested.
fn for_msvc(build: &mut cc::Build, includes: &[PathBuf]) {
    build
        .includes(includes)
        // Imports the functions that Node exports.
        .define("BUILDING_NODE_EXTENSION", None)
        .define("NOMINMAX", None)
        // V8's headers check __cplusplus, which otherwise means C++98.
        .flag("/Zc:__cplusplus")
        .flag("/EHsc");
    let folder = import_library_folder(&includes[0]);
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=dylib=node");
}

/// The folder of node.lib, which node-gyp puts next to `include`, one per architecture.
fn import_library_folder(include: &Path) -> PathBuf {
    let processor = match std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("aarch64") => "arm64",
        _ => "x64",
    };
    let folder = include.join("../..").join(processor);
    if !folder.join("node.lib").exists() {
        panic!("no node.lib in {}: run `npx node-gyp install`", folder.display());
    }
    folder
}

/// The folders of node.h, v8.h and uv.h, as the build script has found them or finds them now.
fn node_headers() -> Vec<PathBuf> {
    if let Some(includes) = std::env::var_os("ISOTHREADS_NODE_INCLUDE") {
        return std::env::split_paths(&includes).collect();
    }
    let output = Command::new("node")
        .arg("scripts/node-headers.js")
        .output()
        .expect("node is needed to find its headers: put it on the PATH");
    if !output.status.success() {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let includes = String::from_utf8(output.stdout).expect("a path in UTF-8");
    std::env::split_paths(includes.trim()).collect()
}
