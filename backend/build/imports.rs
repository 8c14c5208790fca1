//! What modules of the standard library import, so that a tab can fetch it along with them.
//!
//! Read from the text: the import statements that begin a line. Those are what a module
//! imports in any case; whatever this overlooks is fetched when it is opened.

use std::collections::BTreeMap;

use crate::library::Module;

/// The folder of compiled modules beside their sources, and what their names end with.
const COMPILED: (&str, &str) = ("__pycache__/", ".pyc");

/// Returns the compiled modules that import others, and those: their places in the list.
pub(crate) fn of_compiled(modules: &[Module]) -> Vec<(usize, Vec<usize>)> {
    let compiled: BTreeMap<String, usize> = modules
        .iter()
        .enumerate()
        .filter_map(|(index, module)| Some((source_of(&module.path)?, index)))
        .collect();
    let sources: BTreeMap<&str, &Module> =
        modules.iter().map(|module| (module.path.as_str(), module)).collect();
    compiled
        .iter()
        .filter_map(|(path, index)| {
            let text = String::from_utf8_lossy(&sources.get(path.as_str())?.bytes);
            let mut next = Vec::new();
            for file in imported(path, &text) {
                if let Some(index) = compiled.get(&file)
                    && !next.contains(index)
                {
                    next.push(*index);
                }
            }
            (!next.is_empty()).then_some((*index, next))
        })
        .collect()
}

/// Returns the source of `json/__pycache__/tool.cpython-314.pyc`, `json/tool.py`.
fn source_of(path: &str) -> Option<String> {
    let name = path.strip_suffix(COMPILED.1)?;
    let (folder, name) = name.rsplit_once(COMPILED.0)?;
    Some(format!("{folder}{}.py", name.split('.').next()?))
}

/// Lists the files that the imports of a module may lead to, in their order.
fn imported(path: &str, text: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let mut statement = line.split('#').next().unwrap_or_default().to_owned();
        if let Some(names) = statement.strip_prefix("import ") {
            for name in names.split(',') {
                add_module(&absolute(path, first_word(name)), &mut files);
            }
        } else if statement.starts_with("from ") {
            while statement.contains('(') && !statement.contains(')') {
                let Some(line) = lines.next() else { break };
                statement.push_str(line.split('#').next().unwrap_or_default());
            }
            let Some((module, names)) = statement["from ".len()..].split_once(" import ") else {
                continue;
            };
            let module = absolute(path, module.trim());
            add_module(&module, &mut files);
            // What is imported from a package may be a module of it.
            for name in names.split(['(', ')', ',']).map(first_word).filter(|name| *name != "*") {
                add_file(&[&module[..], &[name]].concat(), &mut files);
            }
        }
    }
    files
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// Resolves the dots that a relative import begins with.
fn absolute<'a>(path: &'a str, module: &'a str) -> Vec<&'a str> {
    let name = module.trim_start_matches('.');
    let dots = module.len() - name.len();
    let mut parts: Vec<&str> = Vec::new();
    if dots > 0 {
        parts.extend(path.split('/'));
        parts.truncate(parts.len().saturating_sub(dots));
    }
    parts.extend(name.split('.').filter(|part| !part.is_empty()));
    parts
}

/// Adds a module and the packages that it is in.
fn add_module(parts: &[&str], files: &mut Vec<String>) {
    for end in 1..=parts.len() {
        add_file(&parts[..end], files);
    }
}

fn add_file(parts: &[&str], files: &mut Vec<String>) {
    let path = parts.join("/");
    files.extend([format!("{path}/__init__.py"), format!("{path}.py")]);
}
