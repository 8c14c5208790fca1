//! Waiting for a set of sockets that the host keeps.

use std::sync::Arc;

use shared::call::{EpollCtl, EpollWait};
use shared::errno::{Errno, Failure};
use shared::reply::{Created, Done, EpollEvent, EpollReady};

use super::Context;
use crate::epoll::Epoll;
use crate::limits::EPOLL_EVENTS_MAX;
use crate::patience::{Interrupt, Patience};
use crate::sockets::Descriptor;

pub(super) fn create(context: &Context) -> Result<Created, Failure> {
    let permit = context.sockets.reserve()?;
    let epoll = Epoll::create(context.budget.descriptor()?)?;
    Ok(Created { socket: permit.fill(Descriptor::Epoll(Arc::new(epoll))) })
}

pub(super) fn control(context: &Context, call: &EpollCtl) -> Result<Done, Failure> {
    let EpollCtl { epoll, socket, change, events, data } = *call;
    // Linux asks whether there are such descriptors before it asks what they are.
    context.sockets.descriptor(epoll)?;
    let socket = context.sockets.descriptor(socket)?;
    let epoll = context.sockets.epoll(epoll)?;
    let Descriptor::Socket(socket) = socket else {
        return Err(Failure::explained(Errno::EINVAL, "an epoll instance watches only sockets"));
    };
    epoll.control(change, &socket, EpollEvent { data, events })?;
    Ok(Done {})
}

pub(super) async fn wait(
    context: &Context,
    call: &EpollWait,
    interrupt: &Interrupt,
) -> Result<EpollReady, Failure> {
    let epoll = context.sockets.epoll(call.epoll)?;
    if call.max == 0 {
        return Err(Errno::EINVAL.into());
    }
    let max = call.max.min(EPOLL_EVENTS_MAX) as usize;
    let ready = epoll.wait(max, &Patience::new(call.wait, interrupt)).await?;
    Ok(EpollReady { ready })
}
