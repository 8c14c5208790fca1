//! What the backend serves to browsers: built by `build.rs`, carried in the executable.

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file with its compressed form.
#[derive(Debug)]
pub struct Asset {
    pub content_type: &'static str,
    pub identity: Option<&'static [u8]>,
    /// Empty where there is no compressed form.
    pub brotli: &'static [u8],
    /// Named by its content, so a browser may keep it for ever.
    pub immutable: bool,
    /// In quotation marks, as it goes into the header.
    pub etag: &'static str,
}

/// Returns the asset at a path: `/` is the page, all others are in hashed folders.
pub fn find(path: &str) -> Option<&'static Asset> {
    let at = ASSETS.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    ASSETS.get(at).map(|(_, asset)| asset)
}

/// Returns every asset with its path.
pub fn all() -> impl Iterator<Item = &'static (&'static str, Asset)> {
    ASSETS.iter()
}

/// Cuts a part out of the blob while compiling.
const fn part(blob: &'static [u8], start: usize, len: usize) -> &'static [u8] {
    blob.split_at(start).1.split_at(len).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_there_and_nothing_else_by_chance() {
        let page = find("/").unwrap();
        assert!(page.content_type.starts_with("text/html"));
        assert!(!page.immutable, "the page names the current build's folders");
        assert!(find("/index.html").is_none());
        assert!(find("").is_none());
    }

    #[test]
    fn the_table_is_sorted_as_the_search_needs_it() {
        assert!(ASSETS.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn every_asset_but_the_page_is_named_by_its_content() {
        for (path, asset) in &ASSETS {
            assert_eq!(asset.immutable, *path != "/", "{path}");
            assert!(asset.etag.starts_with('"') && asset.etag.ends_with('"'), "{path}");
        }
    }
}
