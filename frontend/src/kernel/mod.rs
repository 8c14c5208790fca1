//! The kernel worker.
