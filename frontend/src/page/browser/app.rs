//! The state and its queue of events; when to draw.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Window};

use crate::page::event::{Effect, Event};
use crate::page::state::{State, Surroundings, Theme};
use crate::page::update::update;
use crate::page::view;

use super::editors::Editors;
use super::effects::{self, Later};
use super::promises::Promises;
use super::show::Stage;
use super::worker::Kernel;
use super::{drag, files, hear, promises, storage};

/// Milliseconds between two looks at what changes by time alone: digits tick ten times a second.
const TICK_MS: i32 = 100;

/// Milliseconds of drawing that leave enough of a frame for everything else.
const DRAWING_MS_EASY: f64 = 6.0;
/// Milliseconds between two pictures at most, however long one took.
const DRAWING_PAUSE_MS_MAX: f64 = 60.0;

/// Everything the rim holds. Each part is borrowed for as long as one function runs, and no
/// function that holds one calls out to code of others.
pub(super) struct App {
    pub state: RefCell<State>,
    pub stage: RefCell<Stage>,
    pub editors: RefCell<Editors>,
    pub kernel: RefCell<Kernel>,
    pub promises: RefCell<Promises>,
    /// Where the page's files are; ends with a slash.
    pub folder: String,
    /// What waits for the next picture.
    pub later: RefCell<Later>,
    queue: RefCell<VecDeque<Event>>,
    working: RefCell<bool>,
    drawing: RefCell<bool>,
    /// No picture is made before this time, in milliseconds since 1970.
    draw_after_ms: RefCell<f64>,
}

thread_local! {
    static APP: RefCell<Option<&'static App>> = const { RefCell::new(None) };
}

/// Runs something with the application, once there is one.
pub(super) fn with<T>(f: impl FnOnce(&'static App) -> T) -> Option<T> {
    APP.with(|app| *app.borrow()).map(f)
}

pub(super) fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| JsValue::from_str("there is no window"))
}

pub(super) fn document() -> Result<Document, JsValue> {
    window()?.document().ok_or_else(|| JsValue::from_str("there is no document"))
}

/// Returns now, in milliseconds since 1970 on the tab's monotonic clock.
pub(super) fn now_ms() -> f64 {
    let performance = web_sys::window().and_then(|window| window.performance());
    performance.map_or(0.0, |performance| performance.time_origin() + performance.now())
}

/// Starts everything.
pub(super) fn start(options: &JsValue) -> Result<JsValue, JsValue> {
    let window = window()?;
    let root = document()?
        .get_element_by_id("app")
        .ok_or_else(|| JsValue::from_str("index.html has no element #app"))?;
    let surroundings = surroundings(&window)?;
    let kernel = Kernel::new(Reflect::get(options, &"kernel".into())?)?;
    // The application lives as long as the page does.
    let app: &'static App = Box::leak(Box::new(App {
        state: RefCell::new(State { now_ms: now_ms(), ..State::default() }),
        stage: RefCell::new(Stage::new(root.clone())),
        editors: RefCell::new(Editors::default()),
        kernel: RefCell::new(kernel),
        promises: RefCell::new(Promises::default()),
        folder: Reflect::get(options, &"folder".into())?.as_string().unwrap_or_default(),
        later: RefCell::new(Later::default()),
        queue: RefCell::new(VecDeque::new()),
        working: RefCell::new(false),
        drawing: RefCell::new(false),
        draw_after_ms: RefCell::new(0.0),
    }));
    APP.with(|slot| *slot.borrow_mut() = Some(app));

    let theme = effects::remembered_theme(&window);
    effects::show_theme(theme);
    super::access::take_token(&window)?;
    let fragment = window.location().hash()?;
    if let Some(sizes) = storage::remembered_sizes() {
        send(Event::Sized(sizes));
    }
    send(Event::Opened { surroundings, theme, kept: Some(storage::remembered()), fragment });
    draw(app);
    hear::listen(&window, &root)?;
    files::listen(&window)?;
    drag::listen(&window)?;
    storage::listen(&window)?;
    super::editors::await_module(&Reflect::get(options, &"editor".into())?);
    app.kernel.borrow().open()?;
    tick(&window)?;
    promises::methods()
}

/// Returns whether the page's address asks for something.
pub(super) fn asks(search: &str, what: &str) -> bool {
    search.trim_start_matches('?').split('&').any(|part| part == what)
}

fn surroundings(window: &Window) -> Result<Surroundings, JsValue> {
    let location = window.location();
    let isolated = Reflect::get(window, &"crossOriginIsolated".into())?.is_truthy();
    // Across origins `top` cannot be looked into, but it can be compared.
    let top = window.top().ok().flatten();
    Ok(Surroundings {
        isolated,
        framed: top.is_none_or(|top| !js_sys::Object::is(&top, window)),
        embedded: asks(&location.search()?, "embed=1"),
        backendless: document()?
            .query_selector("meta[name='sockpit-backend'][content='none']")?
            .is_some(),
        address: format!("{}{}", location.origin()?, location.pathname()?),
        plain_editor: false,
        came_from: came_from(&document()?.referrer(), &location.origin()?),
        tour_seen: effects::tour_seen(window),
    })
}

/// Returns the site that the visitor came from, unless it is this one.
fn came_from(referrer: &str, own: &str) -> Option<String> {
    let site = web_sys::Url::new(referrer).ok()?;
    (site.origin() != own && !site.host().is_empty()).then(|| site.host())
}

fn tick(window: &Window) -> Result<(), JsValue> {
    let tick = Closure::<dyn FnMut()>::new(|| {
        with(|app| {
            let ticks = app.state.borrow().ticks();
            if ticks {
                send(Event::Tick(now_ms()));
            }
            app.later.borrow_mut().desk.write_if_due();
        });
    });
    window.set_interval_with_callback_and_timeout_and_arguments_0(
        tick.as_ref().unchecked_ref(),
        TICK_MS,
    )?;
    tick.forget();
    Ok(())
}

/// Takes in an event. One that comes while another is worked on waits for its turn.
pub(super) fn send(event: Event) {
    with(|app| {
        app.queue.borrow_mut().push_back(event);
        if app.working.replace(true) {
            return;
        }
        loop {
            let Some(event) = app.queue.borrow_mut().pop_front() else { break };
            let effects = {
                let mut state = app.state.borrow_mut();
                state.now_ms = now_ms();
                update(&mut state, event)
            };
            for effect in effects {
                carry_out(app, effect);
            }
        }
        app.working.replace(false);
        promises::settle(app);
        ask_to_draw(app);
    });
}

fn carry_out(app: &'static App, effect: Effect) {
    if let Err(error) = effects::carry_out(app, effect) {
        web_sys_log(&error);
    }
}

/// Says in the browser's console what could not be done; there is nobody else to tell.
pub(super) fn web_sys_log(error: &JsValue) {
    if let Ok(console) = Reflect::get(&js_sys::global(), &"console".into())
        && let Ok(warn) = Reflect::get(&console, &"warn".into())
        && let Some(warn) = warn.dyn_ref::<js_sys::Function>()
    {
        // Where even the console fails, nothing is left to do.
        drop(warn.call1(&console, error));
    }
}

fn ask_to_draw(app: &'static App) {
    if app.drawing.replace(true) {
        return;
    }
    let frame = Closure::once_into_js(move || {
        app.drawing.replace(false);
        if now_ms() < *app.draw_after_ms.borrow() {
            ask_to_draw(app);
        } else {
            draw(app);
        }
    });
    let asked = window().and_then(|window| window.request_animation_frame(frame.unchecked_ref()));
    if asked.is_err() {
        app.drawing.replace(false);
    }
}

fn draw(app: &'static App) {
    let began_ms = now_ms();
    let outcome = draw_parts(app);
    // In a flood of calls or output a picture may take longer than a frame. At least as much
    // time as it took is left to the visitor's keys and clicks, up to a bound.
    let took_ms = (now_ms() - began_ms).min(DRAWING_PAUSE_MS_MAX);
    let pause_ms = if took_ms > DRAWING_MS_EASY { took_ms } else { 0.0 };
    app.draw_after_ms.replace(began_ms + took_ms + pause_ms);
    if let Err(error) = outcome {
        web_sys_log(&error);
    }
}

fn draw_parts(app: &'static App) -> Result<(), JsValue> {
    let document = document()?;
    let page = view::page(&app.state.borrow());
    let title = match app.state.borrow().document.title.as_str() {
        "" => "Sockpit".to_owned(),
        title => format!("{title} – Sockpit"),
    };
    if document.title() != title {
        document.set_title(&title);
    }
    let at_end = app.later.borrow_mut().outputs_at_end(&document)?;
    app.stage.borrow_mut().show(page)?;
    for output in at_end {
        output.set_scroll_top(output.scroll_height());
    }
    super::editors::sync(app)?;
    let later = app.later.borrow_mut().take();
    effects::after_drawing(app, later)
}

pub(super) fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}
