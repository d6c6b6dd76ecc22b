//! Linking: from modules to one module, and from a finished module to a program that an
//! engine can run.

pub use crate::module::support;
