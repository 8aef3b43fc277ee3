//! The text a configuration came from: turns the path of a finding into file, line and column;
//! knows nothing of what the keys mean.

use crate::config::finding::{Finding, Severity};
use crate::config::text::{Node, Place};

/// The text, its tree and the environment variables that replaced parts of it.
#[derive(Debug)]
pub struct Source {
    name: String,
    text: String,
    /// Byte offsets at which lines begin.
    lines: Vec<usize>,
    /// Nothing when the text could not be read as a tree.
    root: Option<Node>,
    /// Where findings about the whole document stand when there is no tree.
    fault: Option<usize>,
    variables: Vec<String>,
}

impl Source {
    pub(super) fn new(name: String, text: String) -> Source {
        let breaks = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        Source { name, text, lines, root: None, fault: None, variables: Vec::new() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn set_fault(&mut self, offset: usize) {
        self.fault = Some(offset);
    }

    pub(super) fn set_tree(&mut self, root: Node, variables: Vec<String>) {
        self.root = Some(root);
        self.variables = variables;
    }

    /// The file's name as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Line and column of a byte offset, both from 1; columns count characters.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|i| self.lines.get(i)).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start..offset.min(self.text.len())).unwrap_or(&[]);
        // Characters are counted by their first bytes.
        (line, before.iter().filter(|b| **b & 0xc0 != 0x80).count() + 1)
    }

    /// Place of the value at a JSON path, or of the nearest value around it.
    #[must_use]
    pub fn place(&self, at: &str) -> Option<Place> {
        match &self.root {
            Some(root) => Some(root.find(at).place),
            None => self.fault.and_then(|offset| u32::try_from(offset).ok()).map(Place::Byte),
        }
    }

    /// `FILE:LINE:COL`, `environment variable NAME`, or the file's name alone.
    #[must_use]
    pub fn locate(&self, at: &str) -> String {
        match self.place(at) {
            Some(Place::Byte(offset)) => {
                let (line, column) = self.position(offset as usize);
                format!("{}:{line}:{column}", self.name)
            }
            Some(Place::Variable(index)) => {
                let name = self.variables.get(index as usize).map_or("", String::as_str);
                format!("environment variable {name}")
            }
            None => self.name.clone(),
        }
    }

    /// One line: `FILE:LINE:COL: error: at 'endpoints[0].timeout': found ..., allowed ...`.
    #[must_use]
    pub fn render(&self, finding: &Finding) -> String {
        let severity = match finding.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let place = self.locate(&finding.at);
        let line = if finding.at.is_empty() {
            format!("{place}: {severity}: {}", finding.text)
        } else {
            format!("{place}: {severity}: at '{}': {}", finding.at, finding.text)
        };
        // Texts of the configuration may hold anything; a finding stays on one line.
        line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }

    /// Puts findings in the order of the text, those of the environment last.
    pub fn sort(&self, findings: &mut [Finding]) {
        findings.sort_by_cached_key(|finding| match self.place(&finding.at) {
            Some(Place::Byte(offset)) => (0, offset),
            Some(Place::Variable(index)) => (1, index),
            None => (0, 0),
        });
    }
}
