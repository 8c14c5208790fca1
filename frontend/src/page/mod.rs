//! What the visitor sees.
//!
//! One [`state::State`], one [`event::Event`] enum, one [`update::update`] that answers with
//! [`event::Effect`]s, and views that turn the state into [`node::Node`]s and decide nothing.
//! All of that is plain data and runs in host tests. Only `browser` touches the browser: it
//! shows the nodes, carries out the effects and hears the events.
//!
//! There is no component framework: the state changes in batches, at most one picture is made
//! per animation frame, and the long parts (consoles, the timeline) say themselves what
//! changed. Fine-grained signals would find nothing to do, and the module is a third of the
//! size without them.

pub mod arguments;
pub mod automation;
pub mod console;
pub mod drafts;
pub mod event;
pub mod examples;
pub mod keys;
pub mod lanes;
pub mod look;
pub mod node;
pub mod prompt;
pub mod reference;
pub mod replay;
pub mod sizes;
pub mod state;
pub mod summary;
pub mod together;
pub mod tour;
pub mod update;
pub mod view;
pub mod way;

/// What the build makes of the examples and the reference, for tests that read it.
#[cfg(test)]
#[path = "../../build/lessons.rs"]
mod lessons;

#[cfg(target_arch = "wasm32")]
pub mod browser;
