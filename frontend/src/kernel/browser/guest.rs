//! Fetches: the guest's module, and files.

use js_sys::{ArrayBuffer, Promise, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DedicatedWorkerGlobalScope, ReadableStreamDefaultReader, Response};

use super::super::module::{Found, MemoryLimits, memory_limits};
use super::message_of;

/// The guest's compiled module, and how large a memory it wants.
#[derive(Debug, Clone)]
pub(super) struct GuestModule {
    pub(super) module: WebAssembly::Module,
    pub(super) limits: MemoryLimits,
}

/// Loads the guest's module. It is compiled while it comes.
pub(super) async fn load(
    scope: &DedicatedWorkerGlobalScope,
    url: &str,
) -> Result<GuestModule, String> {
    load_module(scope, url)
        .await
        .map_err(|error| format!("The interpreter could not be loaded: {}", message_of(&error)))
}

async fn load_module(
    scope: &DedicatedWorkerGlobalScope,
    url: &str,
) -> Result<GuestModule, JsValue> {
    let response = fetch(scope, url).await?;
    // The browser does not tell a module's memory limits, so its beginning is read as well.
    let beginning = response.clone()?;
    let coming = Promise::resolve(AsRef::<JsValue>::as_ref(&response));
    let module = WebAssembly::compile_streaming(&coming);
    let limits = read_limits(&beginning).await;
    let module = JsFuture::from(module).await?.unchecked_into();
    Ok(GuestModule { module, limits: limits? })
}

async fn read_limits(response: &Response) -> Result<MemoryLimits, JsValue> {
    let body = response.body().ok_or("it is empty")?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let read: JsValue = JsFuture::from(reader.read()).await?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            return Err("it ends too early".into());
        }
        let chunk: Uint8Array = Reflect::get(&read, &"value".into())?.dyn_into()?;
        bytes.extend_from_slice(&chunk.to_vec());
        match memory_limits(&bytes) {
            Found::Incomplete => {}
            found => {
                // The rest goes to the compiler alone; nobody waits for the end of this.
                drop(reader.cancel());
                return match found {
                    Found::Limits(limits) => Ok(limits),
                    Found::Unusable(reason) => Err(reason.into()),
                    Found::Incomplete => Err("it ends too early".into()),
                };
            }
        }
    }
}

/// Fetches a file's bytes.
pub(super) async fn fetch_bytes(
    scope: &DedicatedWorkerGlobalScope,
    url: &str,
) -> Result<Vec<u8>, String> {
    let bytes = async {
        let response = fetch(scope, url).await?;
        let buffer: ArrayBuffer = JsFuture::from(response.array_buffer()?).await?.dyn_into()?;
        Ok::<_, JsValue>(Uint8Array::new(&buffer).to_vec())
    };
    bytes.await.map_err(|error| message_of(&error))
}

async fn fetch(scope: &DedicatedWorkerGlobalScope, url: &str) -> Result<Response, JsValue> {
    let response: Response = JsFuture::from(scope.fetch_with_str(url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(format!("{url} answers with status {}", response.status()).into());
    }
    Ok(response)
}
