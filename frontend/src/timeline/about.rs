//! What a call is about to do, in a sentence for people who see it for the first time.

use shared::call::{Call, Half};

/// Says what a call does, and when it waits.
pub fn about(call: &Call) -> &'static str {
    match call {
        Call::Socket(_) => "Creates a socket. It has no address and no peer yet.",
        Call::Socketpair(_) => "Creates two sockets that are connected to each other.",
        Call::Dup(_) => "Gives the socket a second file descriptor.",
        Call::Bind(_) => "Gives the socket a local address.",
        Call::Listen(_) => "Makes the socket a listener: from now on others can connect to it.",
        Call::Accept(_) => {
            "Takes the next connection from the listener's queue, and waits while there is none."
        }
        Call::Connect(_) => "Asks the other side for a connection, and waits for the answer.",
        Call::Send(_) => "Hands bytes to the kernel, as many as its buffer takes now.",
        Call::Sendall(_) => {
            "Hands all of the bytes to the kernel, and waits while its buffer is full."
        }
        Call::Sendmsg(_) => "Hands one message to the kernel, gathered from several buffers.",
        Call::Sendto(_) => "Sends one datagram. Nobody says whether it arrived.",
        Call::Recv(_) | Call::Recvfrom(_) | Call::Recvmsg(_) => {
            "Takes bytes that have arrived, and waits while there are none."
        }
        Call::Shutdown(call) if call.how == Half::Read => "Stops receiving.",
        Call::Shutdown(_) => "Stops sending: the other side reads the end of the stream.",
        Call::Close(_) => "Gives the socket up.",
        Call::Getsockname(_) => "Asks which address the socket has.",
        Call::Getpeername(_) => "Asks whom the socket is connected to.",
        Call::Getsockopt(_) => "Reads an option of the socket.",
        Call::Setsockopt(_) => "Sets an option of the socket.",
        Call::Poll(_) => "Waits until one of these sockets is ready.",
        Call::EpollCreate(_) => "Creates an epoll instance, which watches sockets.",
        Call::EpollCtl(_) => "Changes what an epoll instance watches.",
        Call::EpollWait(_) => "Waits until a watched socket is ready.",
        Call::Unlink(_) => "Gives up the path of a Unix socket.",
        Call::IfNameindex(_) | Call::IfNametoindex(_) | Call::IfIndextoname(_) => {
            "Asks about the host's network interfaces."
        }
        Call::Getaddrinfo(_) => "Asks which addresses a name has.",
        Call::Getnameinfo(_) => "Asks which name an address has.",
        Call::Gethostname(_) => "Asks what this machine is called.",
        Call::Getserv(_) => "Looks up a service in the host's list.",
        Call::Getprotobyname(_) => "Looks up a protocol in the host's list.",
    }
}
