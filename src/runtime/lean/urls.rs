//! URLs of files, in which a path is percent-encoded. https://url.spec.whatwg.org/#path-percent-encode-set

const PREFIX: &str = "file://";

/// As `url.pathToFileURL()`, for an absolute path.
pub fn file_url(path: &str) -> String {
    let mut url = String::with_capacity(PREFIX.len() + path.len());
    url.push_str(PREFIX);
    let is_windows = cfg!(windows);
    if is_windows && !path.starts_with('\\') {
        url.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'\\' if is_windows => url.push('/'),
            0..=0x20 | 0x7f.. | b'"' | b'#' | b'%' | b'<' | b'>' | b'?' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                url.push_str(&format!("%{byte:02X}"));
            }
            byte => url.push(byte.into()),
        }
    }
    url
}

/// As `url.fileURLToPath()`. `None` for other URLs, and where the path has an encoded separator or is no text.
pub fn path_of(url: &str) -> Option<String> {
    let path = url.strip_prefix(PREFIX)?;
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let path = path.split(['?', '#']).next()?;
    if !path.starts_with('/') {
        return None;
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let code = after
            .get(..2)
            .filter(|code| code.iter().all(u8::is_ascii_hexdigit))
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                if decoded == b'/' || decoded == 0 || (cfg!(windows) && decoded == b'\\') {
                    return None;
                }
                bytes.push(decoded);
                rest = &after[2..];
            }
            _ => bytes.push(byte),
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    if cfg!(windows) {
        return Some(path.strip_prefix('/')?.replace('/', "\\"));
    }
    Some(path)
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_from_its_url() {
        for (path, url) in [
            ("/a/b.mjs", "file:///a/b.mjs"),
            ("/a b/c#d?e%f.js", "file:///a%20b/c%23d%3Fe%25f.js"),
            ("/\u{e9}\\\n", "file:///%C3%A9%5C%0A"),
        ] {
            assert_eq!(file_url(path), url);
            assert_eq!(path_of(url).as_deref(), Some(path));
        }
    }

    #[test]
    fn query_and_fragment_are_not_of_the_path() {
        assert_eq!(path_of("file:///a.mjs?b#c").as_deref(), Some("/a.mjs"));
    }

    #[test]
    fn an_encoded_separator_is_refused() {
        assert_eq!(path_of("file:///a%2Fb"), None);
        assert_eq!(path_of("file:///a%2fb"), None);
        assert_eq!(path_of("file:///a%00"), None);
        assert_eq!(path_of("file:///%ff"), None);
        assert_eq!(path_of("file://host/a"), None);
        assert_eq!(path_of("https:///a"), None);
    }
}
