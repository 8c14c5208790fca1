//! The page's files and the headers that every response carries.

use std::collections::HashMap;
use std::io;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::assets::{self, Asset};

pub(crate) const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data:; \
     font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *";

/// What every response says. The first three make the page cross-origin isolated, which its
/// shared memory needs; the third does so inside of other sites' frames.
const HEADERS: [(HeaderName, &str); 7] = [
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("document-isolation-policy"), "isolate-and-require-corp"),
    (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    // The page has no use for them, nor has anybody's program in it.
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// One at a time: it takes a processor, and each asset needs it once.
static DECOMPRESSION: Semaphore = Semaphore::const_new(1);

/// Whether the backend speaks TLS by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secure(pub(super) bool);

/// For half a year, come to this name over TLS only.
const TRANSPORT_POLICY: &str = "max-age=15552000";

/// Adds the headers that every response carries.
pub(super) async fn isolate(
    State(Secure(secure)): State<Secure>,
    mut response: Response,
) -> Response {
    let headers = response.headers_mut();
    if secure {
        let policy = HeaderValue::from_static(TRANSPORT_POLICY);
        headers.insert(STRICT_TRANSPORT_SECURITY, policy);
    }
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Only the page itself is for frames of isolated sites; its files are for the page.
    let is_page =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_page { "cross-origin" } else { "same-origin" };
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static(policy));
    response
}

/// Serves a file of the page.
pub(super) async fn serve(method: Method, uri: Uri, request: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let Some(asset) = assets::find(uri.path()) else {
        return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
    };
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [(ETAG, asset.etag), (CACHE_CONTROL, cache), (VARY, "accept-encoding")];
    if knows(&request, asset.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let (encoding, body) = match encode(asset, takes_brotli(&request)).await {
        Ok(encoded) => encoded,
        Err(error) => {
            tracing::error!(path = uri.path(), %error, "a file cannot be decompressed");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let kind = [(CONTENT_TYPE, asset.content_type)];
    // For HEAD, the length is set from the body and then the body left out.
    (headers, kind, encoding.map(|name| [(CONTENT_ENCODING, name)]), Body::from(body))
        .into_response()
}

/// Returns the asset's bytes in an encoding that the client reads.
async fn encode(
    asset: &'static Asset,
    takes_brotli: bool,
) -> io::Result<(Option<&'static str>, Bytes)> {
    match asset.identity {
        Some(identity) if !takes_brotli || asset.brotli.is_empty() => {
            Ok((None, Bytes::from_static(identity)))
        }
        _ if takes_brotli => Ok((Some("br"), Bytes::from_static(asset.brotli))),
        _ => Ok((None, decompress(asset).await?)),
    }
}

/// Returns an asset decompressed. It is kept, so that many who ask and read slowly share it, and
/// nobody has the host decompress the same thing again and again.
async fn decompress(asset: &'static Asset) -> io::Result<Bytes> {
    if let Some(bytes) = decompressed().get(asset.etag) {
        return Ok(bytes.clone());
    }
    let _turn = DECOMPRESSION.acquire().await.map_err(io::Error::other)?;
    // Somebody else may have wanted the same.
    if let Some(bytes) = decompressed().get(asset.etag) {
        return Ok(bytes.clone());
    }
    let work = move || {
        let mut bytes = Vec::new();
        brotli_decompressor::BrotliDecompress(&mut &asset.brotli[..], &mut bytes)?;
        // It stays, so without room to grow.
        Ok::<Bytes, io::Error>(bytes.into_boxed_slice().into())
    };
    let bytes = tokio::task::spawn_blocking(work).await.map_err(io::Error::other)??;
    decompressed().insert(asset.etag, bytes.clone());
    Ok(bytes)
}

fn decompressed() -> MutexGuard<'static, HashMap<&'static str, Bytes>> {
    /// By etag, which is of the content: as much as the page has, and no more.
    static DECOMPRESSED: LazyLock<Mutex<HashMap<&'static str, Bytes>>> =
        LazyLock::new(Mutex::default);
    // A map of bytes is never half changed.
    DECOMPRESSED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells whether the client has this version already.
fn knows(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == etag)
}

/// Tells whether the client reads brotli: named, and not with a weight of zero.
fn takes_brotli(request: &HeaderMap) -> bool {
    request
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok());
            name.trim().eq_ignore_ascii_case("br") && weight.unwrap_or(1.0_f32) > 0.0
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word "hello" as a stream of brotli (RFC 7932) that is not compressed at all.
    static HELLO: Asset = Asset {
        content_type: "text/plain",
        identity: None,
        brotli: b"\x0b\x02\x80hello\x03",
        immutable: true,
        etag: "\"of a test\"",
    };

    #[tokio::test]
    async fn what_many_ask_for_is_in_memory_once() {
        let (first, second) = tokio::join!(decompress(&HELLO), decompress(&HELLO));
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_eq!(first, "hello");
        assert_eq!(first.as_ptr(), second.as_ptr());
        assert_eq!(decompress(&HELLO).await.unwrap().as_ptr(), first.as_ptr());
    }

    #[test]
    fn brotli_is_for_those_who_name_it() {
        for (value, takes) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=0.5", true),
            ("br;q=0", false),
            ("gzip", false),
            ("*", false),
            ("", false),
        ] {
            let mut request = HeaderMap::new();
            request.insert(ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(takes_brotli(&request), takes, "{value}");
        }
        assert!(!takes_brotli(&HeaderMap::new()));
    }
}
