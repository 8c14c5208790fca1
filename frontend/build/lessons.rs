//! Makes of `web/examples` and `web/reference` the two files that the page loads when a visitor
//! first opens the gallery or the reference.
//!
//! The build of the page includes this file, and so do the tests that read what it makes.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

type Made<T> = Result<T, Box<dyn Error>>;

/// Returns the gallery as JSON: its groups, with their examples and the code of these.
pub(super) fn gallery(examples: &Path) -> Made<Value> {
    let mut gallery = read(&examples.join("gallery.toml"))?;
    let groups = gallery.get_mut("group").and_then(Value::as_array_mut);
    for group in groups.ok_or("gallery.toml has no groups")? {
        let ids = group.get_mut("examples").and_then(Value::as_array_mut);
        for id in ids.ok_or("a group of gallery.toml has no examples")? {
            let name = id.as_str().ok_or("an example's id is a text")?.to_owned();
            *id = example(&examples.join(&name), &name)?;
        }
    }
    Ok(json!({ "groups": gallery["group"] }))
}

/// Returns an example as JSON, its programs with their code.
fn example(folder: &Path, id: &str) -> Made<Value> {
    let mut example = read(&folder.join("example.toml"))?;
    let fields = fields(&mut example, id)?;
    let names = fields.get_mut("programs").and_then(Value::as_array_mut);
    for program in names.ok_or_else(|| format!("{id} names no programs"))? {
        let name = program.as_str().ok_or("a program's name is a text")?;
        let path = folder.join(name);
        let code = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        *program = json!({ "name": name, "code": code });
    }
    fields.insert("id".into(), id.into());
    Ok(example)
}

/// Returns the reference as JSON: its chapters, in order of their files' names.
pub(super) fn reference(folder: &Path) -> Made<Value> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let chapters = paths.iter().map(|path| read(path)).collect::<Made<Vec<Value>>>()?;
    Ok(json!({ "chapters": chapters }))
}

fn read(path: &Path) -> Made<Value> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()).into())
}

fn fields<'a>(value: &'a mut Value, name: &str) -> Made<&'a mut Map<String, Value>> {
    value.as_object_mut().ok_or_else(|| format!("{name} is no table").into())
}
