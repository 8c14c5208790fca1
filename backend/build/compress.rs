//! Compresses what will be served, once: results are kept by content.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, anyhow};
use sha2::{Digest, Sha256};

use crate::progress::Progress;
use crate::site::File;
use crate::workshop::Workshop;

/// How hard to compress.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// For what every visitor loads.
    Most,
    /// For the many modules of which a visitor loads a few: a twentieth of the time, a tenth
    /// more bytes.
    Some,
}

impl Effort {
    fn quality(self) -> i32 {
        match self {
            Effort::Most => 11,
            Effort::Some => 9,
        }
    }
}

/// The largest window that a browser accepts, as a power of two of bytes.
const WINDOW_BITS: i32 = 24;
/// Bytes handed to the encoder at a time.
const BUFFER_BYTES: usize = 64 * 1024;
/// Files at least this large are named in the progress: they take seconds.
const SLOW_BYTES: usize = 1 << 20;

/// A file and its compressed form.
pub(crate) struct Asset {
    pub(crate) file: File,
    pub(crate) brotli: Vec<u8>,
    pub(crate) hash: String,
}

impl Asset {
    /// An asset with nothing to gain from compression.
    pub(crate) fn uncompressed(file: File) -> Asset {
        let hash = content_hash([file.bytes.as_slice()]);
        Asset { file, brotli: Vec::new(), hash }
    }
}

/// Names content: the SHA-256 of the parts, each preceded by its length, in hexadecimal.
pub(crate) fn content_hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compresses the files on every processor, and forgets results that nothing uses any more.
pub(crate) fn all(
    workshop: &Workshop,
    progress: &Progress,
    files: Vec<File>,
) -> anyhow::Result<Vec<Asset>> {
    let cache = workshop.folder("brotli")?;
    let next = AtomicUsize::new(0);
    let made = Mutex::new(Vec::new());
    // The largest first, so that no processor is left alone with it at the end.
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(files[*index].bytes.len()));
    let work = || -> anyhow::Result<()> {
        while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            let file = &files[*index];
            let hash = content_hash([file.bytes.as_slice()]);
            let brotli = cached(&cache, progress, file, &hash)
                .with_context(|| format!("failed to compress {}", file.path))?;
            made.lock().map_err(|_| anyhow!("a thread died"))?.push((*index, hash, brotli));
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| {
            worker.join().map_err(|_| anyhow!("a compressing thread died"))?
        })
    })?;
    let mut made = made.into_inner().map_err(|_| anyhow!("a thread died"))?;
    made.sort_by_key(|(index, ..)| *index);
    let assets: Vec<Asset> = files
        .into_iter()
        .zip(made)
        .map(|(file, (_, hash, brotli))| Asset { file, brotli, hash })
        .collect();
    forget_unused(&cache, &assets)?;
    Ok(assets)
}

fn cache_name(hash: &str, effort: Effort) -> OsString {
    format!("{hash}.{}.br", effort.quality()).into()
}

fn cached(cache: &Path, progress: &Progress, file: &File, hash: &str) -> anyhow::Result<Vec<u8>> {
    let kept = cache.join(cache_name(hash, file.effort));
    if let Ok(bytes) = fs::read(&kept) {
        return Ok(bytes);
    }
    if file.bytes.len() >= SLOW_BYTES {
        let megabytes = file.bytes.len() as f64 / 1e6;
        progress.say("Compressing", &format!("{} ({megabytes:.1} MB)", file.path));
    }
    let bytes = compress(&file.bytes, file.effort)?;
    // Written aside first: a build that is interrupted must not leave half a result. Two files
    // may have the same content at the same time.
    let thread = format!("{:?}.part", thread::current().id());
    let aside = kept.with_extension(thread);
    fs::write(&aside, &bytes)?;
    fs::rename(&aside, &kept)?;
    Ok(bytes)
}

fn compress(bytes: &[u8], effort: Effort) -> anyhow::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: effort.quality(),
        lgwin: WINDOW_BITS,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::with_params(&mut compressed, BUFFER_BYTES, &params);
    writer.write_all(bytes)?;
    drop(writer);
    Ok(compressed)
}

fn forget_unused(cache: &Path, assets: &[Asset]) -> anyhow::Result<()> {
    let used: HashSet<OsString> =
        assets.iter().map(|asset| cache_name(&asset.hash, asset.file.effort)).collect();
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if !used.contains(&entry.file_name()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
