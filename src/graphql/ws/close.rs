//! Why a socket is closed: the codes of the protocol, and a few of our own.

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Close {
    /// What the client's library acts upon.
    pub code: u16,
    /// What a person reads.
    pub reason: &'static str,
    /// Under which name it is counted.
    pub name: &'static str,
}

impl Close {
    /// The client went away.
    pub const GONE: Self = Self { code: 1000, reason: "", name: "gone" };
    /// TEP stops.
    pub const STOPPING: Self = Self { code: 1001, reason: "TEP is stopping", name: "stopping" };
    /// The client takes too long to take its messages.
    pub const TOO_SLOW: Self = Self { code: 1013, reason: "You cannot keep up; connect again", name: "too_slow" };
    /// Nothing was heard, although we asked.
    pub const SILENT: Self = Self { code: 3008, reason: "Nothing was heard from you", name: "silent" };
    /// A message that the protocol does not know.
    pub const BAD_MESSAGE: Self = Self { code: 4400, reason: "Invalid message", name: "bad_message" };
    /// An operation before the acknowledgement.
    pub const UNAUTHORIZED: Self = Self { code: 4401, reason: "Unauthorized", name: "unauthorized" };
    /// Not signed in.
    pub const FORBIDDEN: Self = Self { code: 4403, reason: "Forbidden", name: "forbidden" };
    /// The session has ended.
    pub const SESSION_OVER: Self = Self { code: 4403, reason: "The session has ended", name: "session_over" };
    /// Another protocol.
    pub const PROTOCOL: Self = Self { code: 4406, reason: "Subprotocol not acceptable", name: "protocol" };
    /// No `connection_init` came.
    pub const INIT_TIMEOUT: Self =
        Self { code: 4408, reason: "Connection initialisation timeout", name: "init_timeout" };
    /// An id that is in use.
    pub const DUPLICATE: Self = Self { code: 4409, reason: "Subscriber already exists", name: "duplicate" };
    /// A second `connection_init`.
    pub const TOO_MANY_INITS: Self =
        Self { code: 4429, reason: "Too many initialisation requests", name: "too_many_inits" };
}
