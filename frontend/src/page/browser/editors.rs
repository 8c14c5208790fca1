//! The editors: CodeMirror where it was bundled, a plain one where it was not. Each looks after
//! its own insides; the state tells it only what it cannot know.

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

use crate::messages::ProgramState;
use crate::page::event::Event;
use crate::page::state::Program;

use super::app::{self, App, send};
use super::plain::PlainEditor;

#[wasm_bindgen]
extern "C" {
    /// The module `editor.js`.
    type EditorModule;
    #[wasm_bindgen(method, catch, js_name = createEditor)]
    fn create_editor(
        this: &EditorModule,
        parent: &web_sys::Element,
        options: &JsValue,
    ) -> Result<RichEditor, JsValue>;

    /// What `createEditor` returns.
    type RichEditor;
    #[wasm_bindgen(method, js_name = setDoc)]
    fn set_doc(this: &RichEditor, doc: &str);
    #[wasm_bindgen(method, js_name = markLine)]
    fn mark_line(this: &RichEditor, kind: &str, line: u32);
    #[wasm_bindgen(method)]
    fn reveal(this: &RichEditor, line: u32);
    #[wasm_bindgen(method, js_name = setErrors)]
    fn set_errors(this: &RichEditor, errors: &Array);
    #[wasm_bindgen(method)]
    fn focus(this: &RichEditor);
    #[wasm_bindgen(method)]
    fn destroy(this: &RichEditor);
}

/// Every editor there is.
#[derive(Default)]
pub(super) struct Editors {
    module: Module,
    editors: Vec<Editor>,
}

#[derive(Default)]
enum Module {
    /// Goes to one of the others.
    #[default]
    Loading,
    Rich(EditorModule),
    Plain,
}

struct Editor {
    id: u64,
    revision: u64,
    marks: Marks,
    inner: Inner,
    /// Hears what is typed; lives as long as the editor.
    _changed: Closure<dyn FnMut(String)>,
    _broken: Closure<dyn FnMut(Vec<u32>)>,
}

enum Inner {
    Rich(RichEditor),
    Plain(PlainEditor),
}

/// Lines that stand out; 0 for none.
#[derive(Debug, Clone, Default, PartialEq)]
struct Marks {
    selected: u32,
    /// Where the program waits.
    blocked: u32,
    /// The call that is held, and about to be made.
    next: u32,
    error: u32,
    message: String,
}

impl Marks {
    fn of(program: &Program) -> Self {
        let here = |site: &shared::guest::Site| (site.file == program.name).then_some(site.line);
        let blocked = match &program.state {
            ProgramState::Blocked(blocked) => blocked.site.as_ref().and_then(here),
            _ => None,
        };
        let next = program.held.iter().find_map(|call| call.site.as_ref().and_then(here));
        Marks {
            selected: program.marked_line.unwrap_or(0),
            blocked: blocked.unwrap_or(0),
            next: next.unwrap_or(0),
            error: program.error_line.unwrap_or(0),
            message: program.error_text.clone(),
        }
    }
}

/// Waits for the editor's module; where there is none, the plain one serves.
pub(super) fn await_module(promise: &JsValue) {
    let arrived = Closure::once(|module: JsValue| {
        app::with(|app| {
            let there = module.is_object();
            app.editors.borrow_mut().module =
                if there { Module::Rich(module.unchecked_into()) } else { Module::Plain };
            if let Err(error) = sync(app) {
                app::web_sys_log(&error);
            }
            if !there {
                send(Event::EditorIsPlain);
            }
        });
    });
    // The promise never fails: the start script turns a failure into nothing.
    drop(Promise::resolve(promise).then(&arrived));
    arrived.forget();
}

/// Makes an editor for each program, and tells each what changed other than by typing.
pub(super) fn sync(app: &'static App) -> Result<(), JsValue> {
    if matches!(app.editors.borrow().module, Module::Loading) {
        return Ok(());
    }
    let state = app.state.borrow();
    let mut editors = app.editors.borrow_mut();
    let (gone, kept): (Vec<Editor>, Vec<Editor>) = std::mem::take(&mut editors.editors)
        .into_iter()
        .partition(|editor| !state.programs.iter().any(|program| program.id == editor.id));
    for editor in gone {
        if let Inner::Rich(rich) = &editor.inner {
            rich.destroy();
        }
    }
    editors.editors = kept;
    for program in &state.programs {
        match editors.editors.iter().position(|editor| editor.id == program.id) {
            Some(index) => editors.editors[index].update(program),
            None => {
                let editor = create(&editors.module, program)?;
                editors.editors.extend(editor);
            }
        }
    }
    Ok(())
}

fn create(module: &Module, program: &Program) -> Result<Option<Editor>, JsValue> {
    let selector = format!("[data-editor='{}']", program.id);
    let Some(parent) = app::document()?.query_selector(&selector)? else { return Ok(None) };
    let id = program.id;
    let changed = Closure::<dyn FnMut(String)>::new(move |code| send(Event::Edited { id, code }));
    let broken =
        Closure::<dyn FnMut(Vec<u32>)>::new(move |lines| send(Event::BreakLines { id, lines }));
    let label = format!("Editor of {}", program.name);
    let inner = match module {
        Module::Rich(module) => {
            let options = Object::new();
            Reflect::set(&options, &"doc".into(), &program.code.as_str().into())?;
            Reflect::set(&options, &"label".into(), &label.into())?;
            Reflect::set(&options, &"onChange".into(), changed.as_ref())?;
            Reflect::set(&options, &"onBreakpoints".into(), broken.as_ref())?;
            let lines: Array =
                program.breakpoints.iter().map(|&line| JsValue::from(line)).collect();
            Reflect::set(&options, &"breakpoints".into(), &lines)?;
            Inner::Rich(module.create_editor(&parent, &options)?)
        }
        Module::Plain | Module::Loading => {
            Inner::Plain(PlainEditor::new(&parent, &program.code, &label, changed.as_ref())?)
        }
    };
    let revision = program.code_revision;
    Ok(Some(Editor {
        id,
        revision,
        marks: Marks::default(),
        inner,
        _changed: changed,
        _broken: broken,
    }))
}

impl Editor {
    fn update(&mut self, program: &Program) {
        if self.revision != program.code_revision {
            self.revision = program.code_revision;
            match &self.inner {
                Inner::Rich(rich) => rich.set_doc(&program.code),
                Inner::Plain(plain) => plain.set_doc(&program.code),
            }
        }
        let marks = Marks::of(program);
        if marks == self.marks {
            return;
        }
        if let Inner::Rich(rich) = &self.inner {
            rich.mark_line("selected", marks.selected);
            rich.mark_line("blocked", marks.blocked);
            rich.mark_line("next", marks.next);
            let errors = Array::new();
            if marks.error > 0 {
                errors.push(&Array::of2(&marks.error.into(), &marks.message.as_str().into()));
            }
            rich.set_errors(&errors);
        } else if let Inner::Plain(plain) = &self.inner {
            plain.mark(marks.selected, marks.blocked.max(marks.next), marks.error);
        }
        self.marks = marks;
    }
}

fn with_editor(app: &'static App, id: u64, f: impl FnOnce(&Inner)) {
    let editors = app.editors.borrow();
    if let Some(editor) = editors.editors.iter().find(|editor| editor.id == id) {
        f(&editor.inner);
    }
}

/// Gives an editor the keyboard.
pub(super) fn focus(app: &'static App, id: u64) {
    with_editor(app, id, |editor| match editor {
        Inner::Rich(rich) => rich.focus(),
        Inner::Plain(plain) => plain.focus(),
    });
}

/// Scrolls an editor to a line.
pub(super) fn reveal(app: &'static App, id: u64, line: u32) {
    with_editor(app, id, |editor| match editor {
        Inner::Rich(rich) => rich.reveal(line),
        Inner::Plain(plain) => plain.reveal(line),
    });
}
