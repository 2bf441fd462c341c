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
    for folder in ["isolate", "lean", "node"] {
        let files = sources_in(folder);
        if folder == "isolate" {
            files.iter().for_each(|file| check_isolate(file));
        }
        build.files(
            files
                .iter()
                .filter(|file| file.extension().is_some_and(|name| name == "cc")),
        );
    }
    build.compile("isothreads_shim");
}

/// Sorted, so that the same sources give the same library.
fn sources_in(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(SHIM).join(folder)).expect("the shim's folders");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// `isolate` serves isolates of other hosts than Node too: it must not use Node, libuv or another folder of the shim.
fn check_isolate(file: &Path) {
    let text = std::fs::read_to_string(file).expect("a text file");
    let is_foreign = |line: &&str| {
        let include = line.trim_start().strip_prefix("#include");
        include.is_some_and(|name| {
            ["<node", "<uv", "<js_native_api", "\"../"]
                .iter()
                .any(|other| name.contains(other))
        }) || ["node::", "uv_", "NODE_MAJOR_VERSION"]
            .iter()
            .any(|other| line.contains(other))
    };
    if let Some(line) = text
        .lines()
        .find(|line| !line.trim_start().starts_with("//") && is_foreign(line))
    {
        panic!("{} must not use Node or libuv: {line}", file.display());
    }
}

/// GCC, Clang and compilers that accept their options.
fn for_gnu(build: &mut cc::Build, includes: &[PathBuf]) {
    // Node is built without run-time type information: a subclass of a V8 class would refer to a typeinfo that does not
    // exist.
    build
        .flag_if_supported("-fno-rtti")
        .flag_if_supported("-Wno-unused-parameter");
    for include in includes {
        build.flag(format!("-isystem{}", include.display()));
    }
}

/// Uses node-gyp's options; untested.
fn for_msvc(build: &mut cc::Build, includes: &[PathBuf]) {
    build
        .includes(includes)
        // Imports the functions that Node exports.
        .define("BUILDING_NODE_EXTENSION", None)
        .define("NOMINMAX", None)
        // V8's headers check __cplusplus, which MSVC otherwise reports as C++98.
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

/// The folders of node.h, v8.h and uv.h: from the environment if the caller has set them, else from the installed Node.
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
