//! Interpreters and primitives that several filters share; knows no filter.

pub mod re2;
