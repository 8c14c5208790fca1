//! What lets the page in: the backend's token and a room's name, both from the page's address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use shared::frame::EnterRoom;
use wasm_bindgen::JsValue;
use web_sys::{Location, Window};

use super::app;
use crate::page::way;

/// Where the token is kept, so that a link of this backend opens without it the next time. No
/// other site's page reads it.
const TOKEN: &str = "sockpit-token";

/// Bytes of a room's name: 128 bits, which nobody guesses.
const ROOM_BYTES: usize = 16;

/// Takes `#token=…` out of the address bar, where it would be copied along with a link, and
/// keeps it.
pub(super) fn take_token(window: &Window) -> Result<(), JsValue> {
    let location = window.location();
    let fragment = location.hash()?;
    let Some(rest) = fragment.strip_prefix("#token=") else { return Ok(()) };
    let (token, rest) = rest.split_once('&').unwrap_or((rest, ""));
    if let Some(storage) = window.local_storage().ok().flatten()
        && storage.set_item(TOKEN, token).is_ok()
    {
        let hash = if rest.is_empty() { String::new() } else { format!("#{rest}") };
        let address = format!("{}{}{hash}", location.pathname()?, location.search()?);
        window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(&address))?;
    }
    Ok(())
}

/// Returns the token that the page was opened with, now or earlier.
pub(super) fn token() -> Option<String> {
    let window = app::window().ok()?;
    let kept = || window.local_storage().ok().flatten()?.get_item(TOKEN).ok().flatten();
    // Where nothing can be kept, it stayed in the address.
    let here = || {
        let fragment = window.location().hash().ok()?;
        Some(fragment.strip_prefix("#token=")?.split('&').next()?.to_owned())
    };
    kept().or_else(here)
}

/// Returns the room that the address names: `?room=NAME`, and `&as=VISITOR` where the visitor
/// wants a name there.
pub(super) fn room(location: &Location) -> Result<Option<EnterRoom>, JsValue> {
    let search = location.search()?;
    let parameter = |name: &str| {
        let parts = search.trim_start_matches('?').split('&');
        let value = parts.filter_map(|part| part.split_once('=')).find(|(key, _)| *key == name)?.1;
        js_sys::decode_uri_component(value).ok().map(String::from)
    };
    Ok(parameter("room").map(|name| EnterRoom { name, visitor: parameter("as") }))
}

/// Returns the key that leads to the same backend for as long as the page is open, and all
/// visitors of a room to one.
pub(super) fn way(room: Option<&EnterRoom>) -> Result<String, JsValue> {
    if let Some(room) = room {
        return Ok(way::of_room(&room.name));
    }
    let mut number = [0; size_of::<u64>()];
    app::window()?.crypto()?.get_random_values_with_u8_array(&mut number)?;
    Ok(way::of_number(u64::from_le_bytes(number)))
}

/// Opens the page again in a new room.
pub(super) fn start_room() -> Result<(), JsValue> {
    let window = app::window()?;
    let mut secret = [0; ROOM_BYTES];
    window.crypto()?.get_random_values_with_u8_array(&mut secret)?;
    window.location().set_search(&format!("?room={}", URL_SAFE_NO_PAD.encode(secret)))
}
