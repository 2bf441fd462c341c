//! The files that a lean worker can load: those below its module roots, and no others. Symbolic links are resolved first.

use std::cell::{OnceCell, RefCell};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use oxc_resolver::{FileMetadata, FileSystem, ModuleType, PackageType, ResolveError, ResolveOptions, ResolverGeneric};

thread_local! {
    static MODULES: RefCell<Option<Modules>> = const { RefCell::new(None) };
}

/// The files that this thread's worker can load.
pub fn set(modules: Modules) {
    MODULES.set(Some(modules));
}

pub fn with<T>(use_modules: impl FnOnce(&Modules) -> T) -> Option<T> {
    MODULES.with_borrow(|modules| modules.as_ref().map(use_modules))
}

/// Why a file cannot be loaded.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    /// It is not below a root.
    Outside,
    /// It is a built-in module of Node; its name, without `node:`.
    Builtin(String),
    /// A folder, which `import` does not accept.
    Folder,
    /// The package's description forbids it. The code of Node's error, and its text.
    Package(&'static str, String),
    Other(String),
}

/// What a file is, as far as its name and its package say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Module,
    CommonJs,
    /// Its text decides.
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Resolved {
    pub path: String,
    pub kind: Kind,
}

/// Who asks: the conditions of packages, and what may be left out of a name, depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Require,
    Import,
}

pub struct Modules {
    entry: Option<PathBuf>,
    roots: Vec<PathBuf>,
    require: OnceCell<ResolverGeneric<RootedFiles>>,
    import: OnceCell<ResolverGeneric<RootedFiles>>,
}

impl Modules {
    /// Without roots: the folder of the entry, and all folders in which it looks for packages.
    pub fn new(entry: Option<PathBuf>, roots: Option<Vec<PathBuf>>) -> Self {
        let entry = entry.map(|path| fs::canonicalize(&path).unwrap_or(path));
        let roots = roots.unwrap_or_else(|| {
            let folder = entry.as_deref().and_then(Path::parent);
            let packages = folder.into_iter().flat_map(Path::ancestors);
            folder
                .map(Path::to_owned)
                .into_iter()
                .chain(packages.map(|folder| folder.join("node_modules")))
                .collect()
        });
        let roots = roots.iter().filter_map(|root| fs::canonicalize(root).ok()).collect();
        Self {
            entry,
            roots,
            require: OnceCell::new(),
            import: OnceCell::new(),
        }
    }

    /// The worker's file.
    pub fn entry(&self) -> Option<&Path> {
        self.entry.as_deref()
    }

    pub fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    fn resolver(&self, by: By) -> &ResolverGeneric<RootedFiles> {
        let files = || RootedFiles {
            roots: self.roots.clone(),
        };
        match by {
            By::Require => self
                .require
                .get_or_init(|| ResolverGeneric::new_with_file_system(files(), options(by))),
            // Both know the same files.
            By::Import => self.import.get_or_init(|| match self.require.get() {
                Some(require) => require.clone_with_options(options(by)),
                None => ResolverGeneric::new_with_file_system(files(), options(by)),
            }),
        }
    }

    /// What a file of this folder gets for the request.
    pub fn resolve(&self, by: By, folder: &str, request: &str) -> Result<Resolved, Refusal> {
        match self.resolver(by).resolve(folder, request) {
            Ok(resolution) => {
                let path = resolution.path();
                if !is_below(path, &self.roots) {
                    return Err(Refusal::Outside);
                }
                let kind = match resolution.module_type() {
                    Some(ModuleType::Module) => Kind::Module,
                    Some(ModuleType::CommonJs) => Kind::CommonJs,
                    None if path.extension().is_none() => {
                        match resolution.package_json().and_then(|package| package.r#type()) {
                            Some(PackageType::Module) => Kind::Module,
                            Some(PackageType::CommonJs) => Kind::CommonJs,
                            None => Kind::Unknown,
                        }
                    }
                    _ => Kind::Unknown,
                };
                Ok(Resolved {
                    path: path.to_string_lossy().into_owned(),
                    kind,
                })
            }
            Err(ResolveError::Builtin { resolved, .. }) => {
                let name = resolved.strip_prefix("node:").unwrap_or(&resolved);
                Err(Refusal::Builtin(name.into()))
            }
            Err(ResolveError::NotFound(_)) => Err(self.why_not_found(Path::new(folder), request)),
            Err(error) => Err(refusal_of_package(error)),
        }
    }

    /// The file with this path, which `import` names completely.
    pub fn resolve_file(&self, path: &str) -> Result<Resolved, Refusal> {
        let outside = || {
            let path = normalized(Path::new(path));
            (!is_below(&path, &self.roots)).then_some(Refusal::Outside)
        };
        let real = fs::canonicalize(path).map_err(|error| outside().unwrap_or_else(|| refusal_of(error)))?;
        if !is_below(&real, &self.roots) {
            return Err(Refusal::Outside);
        }
        if real.is_dir() {
            return Err(Refusal::Folder);
        }
        let folder = real.parent().and_then(Path::to_str).unwrap_or_default();
        self.resolve(By::Import, folder, &real.to_string_lossy())
    }

    fn why_not_found(&self, folder: &Path, request: &str) -> Refusal {
        let path = Path::new(request);
        let is_path = path.is_absolute() || request.starts_with("./") || request.starts_with("../") || request == "..";
        let target = normalized(&folder.join(path));
        let target = fs::canonicalize(&target).unwrap_or(target);
        if is_path && !is_below(&target, &self.roots) {
            Refusal::Outside
        } else {
            Refusal::NotFound
        }
    }

    /// The bytes of a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        let path = fs::canonicalize(path).map_err(refusal_of)?;
        if !is_below(&path, &self.roots) {
            return Err(Refusal::Outside);
        }
        // Reading a pipe or a device might never end.
        if !fs::metadata(&path).map_err(refusal_of)?.is_file() {
            return Err(Refusal::NotFound);
        }
        fs::read(&path).map_err(refusal_of)
    }
}

/// Invalid UTF-8 is replaced, as in Node.
pub fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn refusal_of_package(error: ResolveError) -> Refusal {
    let code = match &error {
        ResolveError::PackagePathNotExported { .. } => "ERR_PACKAGE_PATH_NOT_EXPORTED",
        ResolveError::PackageImportNotDefined(..) => "ERR_PACKAGE_IMPORT_NOT_DEFINED",
        ResolveError::InvalidModuleSpecifier(..) => "ERR_INVALID_MODULE_SPECIFIER",
        ResolveError::InvalidPackageTarget(..) => "ERR_INVALID_PACKAGE_TARGET",
        ResolveError::InvalidPackageConfig(..)
        | ResolveError::InvalidPackageConfigDefault(..)
        | ResolveError::InvalidPackageConfigDirectory(..)
        | ResolveError::Json(..) => "ERR_INVALID_PACKAGE_CONFIG",
        _ => return Refusal::Other(error.to_string()),
    };
    let text = match &error {
        ResolveError::PackagePathNotExported {
            subpath,
            package_json_path,
            ..
        } => {
            let file = package_json_path.display();
            match subpath.as_str() {
                "." => format!("No \"exports\" main defined in {file}"),
                subpath => format!("Package subpath '{subpath}' is not defined by \"exports\" in {file}"),
            }
        }
        ResolveError::Json(error) => format!("Invalid package config {}. {}", error.path.display(), error.message),
        error => error.to_string(),
    };
    Refusal::Package(code, text)
}

fn refusal_of(error: io::Error) -> Refusal {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refusal::NotFound,
        _ => Refusal::Other(error.to_string()),
    }
}

fn options(by: By) -> ResolveOptions {
    let condition = match by {
        By::Require => "require",
        By::Import => "import",
    };
    ResolveOptions {
        condition_names: vec!["node".into(), condition.into(), "module-sync".into()],
        extensions: vec![".js".into(), ".json".into()],
        fully_specified: by == By::Import,
        builtin_modules: true,
        module_type: true,
        ..ResolveOptions::default()
    }
}

fn is_below(path: &Path, roots: &[PathBuf]) -> bool {
    roots.iter().any(|root| path.starts_with(root))
}

/// Without `.` and `..`, as if there were no symbolic links.
fn normalized(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// The file system as the resolver sees it.
struct RootedFiles {
    roots: Vec<PathBuf>,
}

impl RootedFiles {
    /// The file behind the path, if the resolver may know of it: it is below a root, or it describes the package that a
    /// root belongs to.
    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let real = fs::canonicalize(path)?;
        let is_description = || {
            let folder = real.parent();
            real.file_name().is_some_and(|name| name == "package.json")
                && folder.is_some_and(|folder| self.roots.iter().any(|root| root.starts_with(folder)))
        };
        // Reading a pipe or a device might never end.
        let is_readable = || fs::metadata(&real).is_ok_and(|metadata| metadata.is_file() || metadata.is_dir());
        if (is_below(&real, &self.roots) || is_description()) && is_readable() {
            return Ok(real);
        }
        Err(io::ErrorKind::NotFound.into())
    }
}

impl FileSystem for RootedFiles {
    fn new() -> Self {
        Self { roots: Vec::new() }
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(self.real(path)?)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        fs::read_to_string(self.real(path)?)
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        fs::metadata(self.real(path)?).map(Into::into)
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        fs::symlink_metadata(path).map(Into::into)
    }

    fn read_link(&self, path: &Path) -> Result<PathBuf, ResolveError> {
        Ok(fs::read_link(path)?)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        fs::canonicalize(path)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        /// With these files and their texts.
        fn new(files: &[(&str, &str)]) -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let name = format!(
                "modules-{}-{}",
                std::process::id(),
                NUMBER.fetch_add(1, Ordering::Relaxed)
            );
            let folder = std::env::temp_dir().join(name);
            for (file, text) in files {
                let path = folder.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self(fs::canonicalize(folder).unwrap())
        }

        fn path(&self, name: &str) -> String {
            self.0.join(name).to_string_lossy().into_owned()
        }

        fn modules(&self, entry: &str) -> Modules {
            Modules::new(Some(self.0.join(entry)), None)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn path_of(result: Result<Resolved, Refusal>) -> String {
        result.unwrap().path
    }

    #[test]
    fn the_conditions_and_the_names_depend_on_who_asks() {
        let folder = Folder::new(&[
            ("main.js", ""),
            ("a/index.js", ""),
            (
                "node_modules/p/package.json",
                r#"{ "exports": { "import": "./i.mjs", "require": "./r.cjs" } }"#,
            ),
            ("node_modules/p/i.mjs", ""),
            ("node_modules/p/r.cjs", ""),
        ]);
        let modules = folder.modules("main.js");
        let root = folder.path("");
        assert_eq!(
            path_of(modules.resolve(By::Require, &root, "p")),
            folder.path("node_modules/p/r.cjs")
        );
        assert_eq!(
            path_of(modules.resolve(By::Import, &root, "p")),
            folder.path("node_modules/p/i.mjs")
        );
        assert_eq!(
            path_of(modules.resolve(By::Require, &root, "./a")),
            folder.path("a/index.js")
        );
        assert_eq!(modules.resolve_file(&folder.path("a")), Err(Refusal::Folder));
        assert_eq!(modules.resolve_file(&folder.path("main")), Err(Refusal::NotFound));
        assert_eq!(
            path_of(modules.resolve_file(&folder.path("main.js"))),
            folder.path("main.js")
        );
    }

    #[test]
    fn the_kind_is_that_of_the_name_or_of_the_package() {
        let folder = Folder::new(&[
            ("main.js", ""),
            ("a.mjs", ""),
            ("a.cjs", ""),
            ("typed/package.json", r#"{ "type": "module" }"#),
            ("typed/a.js", ""),
            ("typed/a", ""),
            ("typed/a.cjs", ""),
            ("old/package.json", r#"{ "type": "commonjs" }"#),
            ("old/a.js", ""),
        ]);
        let modules = folder.modules("main.js");
        for (name, kind) in [
            ("main.js", Kind::Unknown),
            ("a.mjs", Kind::Module),
            ("a.cjs", Kind::CommonJs),
            ("typed/a.js", Kind::Module),
            ("typed/a", Kind::Module),
            ("typed/a.cjs", Kind::CommonJs),
            ("old/a.js", Kind::CommonJs),
        ] {
            assert_eq!(modules.resolve_file(&folder.path(name)).unwrap().kind, kind, "{name}");
        }
    }

    #[test]
    fn nothing_outside_of_the_roots_is_found_or_read() {
        let folder = Folder::new(&[
            ("secret.js", "secret"),
            ("src/main.js", ""),
            ("src/package.json", r##"{ "imports": { "#out": "../secret.js" } }"##),
            ("elsewhere/linked/index.js", "secret"),
        ]);
        std::os::unix::fs::symlink(folder.path("secret.js"), folder.path("src/link.js")).unwrap();
        fs::create_dir(folder.path("src/node_modules")).unwrap();
        std::os::unix::fs::symlink(folder.path("elsewhere/linked"), folder.path("src/node_modules/linked")).unwrap();
        let modules = folder.modules("src/main.js");
        let source = folder.path("src");
        for path in [
            "secret.js",
            "src/link.js",
            "src/../secret.js",
            "src/node_modules/linked/index.js",
        ] {
            assert_eq!(
                modules.resolve_file(&folder.path(path)),
                Err(Refusal::Outside),
                "{path}"
            );
            assert_eq!(modules.read(&folder.path(path)), Err(Refusal::Outside), "{path}");
        }
        for by in [By::Require, By::Import] {
            for request in ["../secret.js", "./link.js", "#out", "linked", &folder.path("secret.js")] {
                assert!(modules.resolve(by, &source, request).is_err(), "{request}");
            }
        }
        let open = Modules::new(None, Some(vec![folder.0.clone()]));
        assert_eq!(open.read(&folder.path("src/link.js")).unwrap(), b"secret");
    }

    #[test]
    fn a_link_below_a_root_is_the_file_that_it_names() {
        let folder = Folder::new(&[("main.js", ""), ("real.js", "")]);
        std::os::unix::fs::symlink(folder.path("real.js"), folder.path("link.js")).unwrap();
        let modules = folder.modules("main.js");
        assert_eq!(
            path_of(modules.resolve_file(&folder.path("link.js"))),
            folder.path("real.js")
        );
        assert_eq!(
            path_of(modules.resolve(By::Require, &folder.path(""), "./link")),
            folder.path("real.js")
        );
    }

    #[test]
    fn what_is_not_a_file_is_not_read() {
        let folder = Folder::new(&[("main.js", ""), ("sub/x", "")]);
        let modules = folder.modules("main.js");
        assert_eq!(modules.read(&folder.path("sub")), Err(Refusal::NotFound));
        assert_eq!(modules.read(&folder.path("absent")), Err(Refusal::NotFound));
        assert_eq!(text_of(vec![b'a', 0xff]), "a\u{fffd}");
    }

    #[test]
    fn a_refusal_of_a_package_has_the_code_of_node() {
        let folder = Folder::new(&[
            ("main.js", ""),
            ("package.json", r#"{ "imports": {} }"#),
            ("node_modules/p/package.json", r#"{ "exports": { ".": "./a.js" } }"#),
            ("node_modules/broken/package.json", "{"),
        ]);
        let modules = folder.modules("main.js");
        for (request, code) in [
            ("p/hidden.js", "ERR_PACKAGE_PATH_NOT_EXPORTED"),
            ("#absent", "ERR_PACKAGE_IMPORT_NOT_DEFINED"),
            ("broken", "ERR_INVALID_PACKAGE_CONFIG"),
        ] {
            let refusal = modules.resolve(By::Import, &folder.path(""), request).unwrap_err();
            assert!(
                matches!(refusal, Refusal::Package(found, _) if found == code),
                "{request}: {refusal:?}"
            );
        }
        let builtin = modules.resolve(By::Import, &folder.path(""), "node:fs");
        assert_eq!(builtin, Err(Refusal::Builtin("fs".into())));
    }
}
