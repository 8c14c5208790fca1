//! `window.sockpit`. The contract is written down in `docs/automation.md`; the start script
//! wraps each method so that it returns a promise.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use shared::session::Session;

use crate::messages::{Pace, SLOW_MS_MAX};
use crate::page::automation::{self, Condition, no_such};
use crate::page::event::{Announcement, Event};
use crate::page::state::Origin;

use super::app::{self, App, send};

/// Listeners at most; more are a leak in the caller.
const LISTENERS_MAX: usize = 1_000;

/// Promises that wait, and functions that listen.
#[derive(Default)]
pub(super) struct Promises {
    waiting: Vec<Waiting>,
    listeners: Vec<(u32, String, Function)>,
    next_listener: u32,
    /// How the last line at each program's prompt ended.
    prompted: Vec<(String, Value)>,
}

struct Waiting {
    condition: Condition,
    resolve: Function,
    reject: Function,
}

/// Settles the promises whose wait is over.
pub(super) fn settle(app: &'static App) {
    let mut over = Vec::new();
    {
        let state = app.state.borrow();
        let mut promises = app.promises.borrow_mut();
        let waiting = std::mem::take(&mut promises.waiting);
        for wait in waiting {
            match wait.condition.is_met(&state) {
                Some(outcome) => over.push((wait, outcome)),
                None => promises.waiting.push(wait),
            }
        }
    }
    for (wait, outcome) in over {
        let settled = match outcome {
            Ok(()) => wait.resolve.call1(&JsValue::NULL, &value_of(app, &wait.condition)),
            Err(reason) => wait.reject.call1(&JsValue::NULL, &js_sys::Error::new(&reason)),
        };
        if let Err(error) = settled {
            app::web_sys_log(&error);
        }
    }
}

fn value_of(app: &App, condition: &Condition) -> JsValue {
    let Condition::Prompted(name) = condition else { return JsValue::UNDEFINED };
    let promises = app.promises.borrow();
    let value = promises.prompted.iter().find(|(program, _)| program == name);
    value.map_or(JsValue::UNDEFINED, |(_, value)| to_js(value))
}

/// Tells the listeners.
pub(super) fn announce(app: &'static App, announcement: &Announcement) {
    let listeners = {
        let mut promises = app.promises.borrow_mut();
        if let Announcement::Prompt { program, .. } = announcement {
            promises.prompted.retain(|(name, _)| name != program);
            if let Some((_, value)) = automation::announcement(&app.state.borrow(), announcement) {
                promises.prompted.push((program.clone(), value));
            }
        }
        if promises.listeners.is_empty() {
            return;
        }
        promises.listeners.clone()
    };
    let told = automation::announcement(&app.state.borrow(), announcement);
    let Some((name, value)) = told else { return };
    let mut made = None;
    for (_, _, function) in listeners.iter().filter(|(_, wanted, _)| wanted == name) {
        let value = made.get_or_insert_with(|| to_js(&value));
        if let Err(error) = function.call1(&JsValue::NULL, value) {
            app::web_sys_log(&error);
        }
    }
}

fn to_js(value: &Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap_or(JsValue::NULL)
}

fn wait(condition: Condition) -> JsValue {
    let promise = Promise::new(&mut |resolve, reject| {
        app::with(|app| {
            let condition = condition.clone();
            app.promises.borrow_mut().waiting.push(Waiting { condition, resolve, reject });
        });
    });
    app::with(settle);
    promise.into()
}

type Method = fn(JsValue, JsValue) -> Result<JsValue, JsValue>;

/// Returns the methods.
pub(super) fn methods() -> Result<JsValue, JsValue> {
    let methods: [(&str, Method); 14] = [
        ("ready", |_, _| Ok(wait(Condition::Ready))),
        ("load", |session, _| load(&session)),
        ("run", |name, _| run(&name)),
        ("stop", |name, _| stop(&name)),
        ("input", |name, text| input(&name, &text)),
        ("eof", |name, _| {
            send(Event::Eof { program: known(&name)? });
            Ok(JsValue::UNDEFINED)
        }),
        ("repl", |name, source| repl(&name, &source)),
        ("state", |_, _| look(automation::state)),
        ("recording", |_, _| look(automation::recording)),
        ("trace", |_, _| look(automation::trace)),
        ("grant", |rule, _| grant(&rule)),
        ("step", |name, _| step(&name)),
        ("pace", |pace, hold_ms| set_pace(&pace, &hold_ms)),
        ("on", |name, function| on(&name, function)),
    ];
    let object = Object::new();
    for (name, method) in methods {
        let closure = Closure::<dyn Fn(JsValue, JsValue) -> Result<JsValue, JsValue>>::new(method);
        Reflect::set(&object, &name.into(), closure.as_ref())?;
        closure.forget();
    }
    Ok(object.into())
}

fn error(text: impl AsRef<str>) -> JsValue {
    js_sys::Error::new(text.as_ref()).into()
}

fn look(view: impl FnOnce(&crate::page::state::State) -> Value) -> Result<JsValue, JsValue> {
    let value = app::with(|app| view(&app.state.borrow())).unwrap_or_default();
    Ok(to_js(&value))
}

/// Returns the name of a program there is.
fn known(name: &JsValue) -> Result<String, JsValue> {
    let Some(name) = name.as_string() else { return Err(error("the name of a program is a text")) };
    let there = app::with(|app| app.state.borrow().program(&name).is_some());
    if there == Some(true) { Ok(name) } else { Err(error(no_such(&name))) }
}

fn load(session: &JsValue) -> Result<JsValue, JsValue> {
    let text = match session.as_string() {
        Some(text) => text,
        None => JSON::stringify(session)?.as_string().unwrap_or_default(),
    };
    let refused = |reason: String| error(format!("the session cannot be loaded: {reason}"));
    let session = Session::decode(&text).map_err(|reason| refused(reason.to_string()))?;
    send(Event::Load { session: Box::new(session), origin: Origin::Script });
    Ok(JsValue::UNDEFINED)
}

/// Which programs a call is about.
enum Which {
    All,
    One(String),
    These(Vec<String>),
}

/// Reads nothing, a name, or an array of names.
fn which(names: &JsValue) -> Result<Which, JsValue> {
    if names.is_undefined() || names.is_null() {
        return Ok(Which::All);
    }
    match names.dyn_ref::<Array>() {
        Some(names) => {
            Ok(Which::These(names.iter().map(|name| known(&name)).collect::<Result<_, _>>()?))
        }
        None => Ok(Which::One(known(names)?)),
    }
}

fn run(names: &JsValue) -> Result<JsValue, JsValue> {
    let isolated = app::with(|app| app.state.borrow().host.surroundings.isolated);
    if isolated != Some(true) {
        return Err(error("programs cannot run: the page is not cross-origin isolated"));
    }
    Ok(wait(match which(names)? {
        Which::All => {
            send(Event::RunAll);
            Condition::Begun(None)
        }
        Which::One(name) => {
            send(Event::Run(name.clone()));
            Condition::Begun(Some(name))
        }
        Which::These(names) => {
            send(Event::RunThese(names));
            Condition::Begun(None)
        }
    }))
}

fn stop(names: &JsValue) -> Result<JsValue, JsValue> {
    Ok(wait(match which(names)? {
        Which::All => {
            send(Event::StopAll);
            Condition::Ended(None)
        }
        Which::One(name) => {
            send(Event::Stop(name.clone()));
            Condition::Ended(Some(name))
        }
        Which::These(names) => {
            for name in &names {
                send(Event::Stop(name.clone()));
            }
            Condition::AllEnded(names)
        }
    }))
}

fn input(name: &JsValue, text: &JsValue) -> Result<JsValue, JsValue> {
    let program = known(name)?;
    let Some(text) = text.as_string() else { return Err(error("input is a text")) };
    send(Event::Input { program, text });
    Ok(JsValue::UNDEFINED)
}

fn repl(name: &JsValue, source: &JsValue) -> Result<JsValue, JsValue> {
    let program = known(name)?;
    let Some(source) = source.as_string() else { return Err(error("a source is a text")) };
    let busy = app::with(|app| {
        let state = app.state.borrow();
        state.program(&program).is_some_and(|program| program.prompt.busy || program.is_active())
    });
    if busy == Some(true) {
        return Err(error(format!("{program} is running; its prompt is free when it has ended")));
    }
    send(Event::PromptEnter { program: program.clone(), source });
    Ok(wait(Condition::Prompted(program)))
}

/// Allows a destination, on a page that the visitor opened; a frame has no say in that.
fn grant(rule: &JsValue) -> Result<JsValue, JsValue> {
    let framed = app::with(|app| app.state.borrow().host.surroundings.framed);
    if framed != Some(false) {
        return Err(error("only a page that the visitor opened can grant anything, not a frame"));
    }
    let rule = match rule.as_string() {
        Some(text) => Value::String(text),
        None => {
            let text = JSON::stringify(rule)?.as_string().unwrap_or_default();
            shared::json::read(&text).unwrap_or_default()
        }
    };
    let rule = automation::rule(&rule).map_err(error)?;
    send(Event::Grant(rule));
    Ok(JsValue::TRUE)
}

/// Lets a program make its next call, or begins step mode.
fn step(name: &JsValue) -> Result<JsValue, JsValue> {
    let wanted = if name.is_undefined() { None } else { Some(known(name)?) };
    let found = app::with(|app| {
        let state = app.state.borrow();
        let programs = state
            .programs
            .iter()
            .filter(|program| wanted.as_ref().is_none_or(|wanted| program.name == *wanted));
        let held = programs.filter_map(|program| program.next_step());
        held.min_by_key(|call| call.ticket).map(|call| (call.program.clone(), call.ticket))
    });
    Ok(wait(match (found.flatten(), wanted) {
        (Some((program, ticket)), _) => {
            send(Event::Step { program, thread: None });
            Condition::LetGo(ticket)
        }
        (None, Some(program)) => {
            send(Event::Step { program: program.clone(), thread: None });
            Condition::Halted(Some(program))
        }
        (None, None) => {
            send(Event::Pace(Pace::Step));
            Condition::Halted(None)
        }
    }))
}

/// Sets how fast calls are made.
fn set_pace(pace: &JsValue, hold_ms: &JsValue) -> Result<JsValue, JsValue> {
    let slow_ms = app::with(|app| app.state.borrow().gate.slow_ms).unwrap_or_default();
    let pace = match (pace.as_string().as_deref(), hold_ms.as_f64()) {
        (Some("run"), _) => Pace::Free,
        (Some("step"), _) => Pace::Step,
        (Some("slow"), None) => Pace::Slow { hold_ms: slow_ms },
        (Some("slow"), Some(ms)) if (0.0..=f64::from(SLOW_MS_MAX)).contains(&ms) => {
            Pace::Slow { hold_ms: ms as u32 }
        }
        _ => {
            return Err(error(format!(
                "a pace is \"run\", \"step\", or \"slow\" and up to {SLOW_MS_MAX} milliseconds"
            )));
        }
    };
    send(Event::Pace(pace));
    Ok(JsValue::UNDEFINED)
}

fn on(name: &JsValue, function: JsValue) -> Result<JsValue, JsValue> {
    const EVENTS: [&str; 6] = ["state", "output", "call", "link", "prompt", "load"];
    let name = name.as_string().unwrap_or_default();
    if !EVENTS.contains(&name.as_str()) {
        return Err(error(format!("there is no event {name:?}; there are {}", EVENTS.join(", "))));
    }
    let Ok(function) = function.dyn_into::<Function>() else {
        return Err(error("on takes a function"));
    };
    let id = app::with(|app| {
        let mut promises = app.promises.borrow_mut();
        if promises.listeners.len() >= LISTENERS_MAX {
            return None;
        }
        let id = promises.next_listener;
        promises.next_listener += 1;
        promises.listeners.push((id, name, function));
        Some(id)
    });
    let Some(Some(id)) = id else {
        return Err(error(format!("there are {LISTENERS_MAX} listeners already")));
    };
    let off = Closure::once_into_js(move || {
        app::with(|app| app.promises.borrow_mut().listeners.retain(|(there, ..)| *there != id));
    });
    Ok(off)
}
