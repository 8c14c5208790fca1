//! The names of Unicode's characters. Their tables take 0.4 MB of a first visit and hardly any
//! program in the tab asks for a name, so there they are a file of the library, which is
//! fetched when the first one does. Natively they are tables.

#[cfg(target_arch = "wasm32")]
mod file;
#[cfg(target_arch = "wasm32")]
pub use file::{Name, character, name};

#[cfg(not(target_arch = "wasm32"))]
mod tables;
#[cfg(not(target_arch = "wasm32"))]
pub use tables::{Name, character, name};
