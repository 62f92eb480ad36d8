//! The bound of every door, and what happens when it is full. Nobody else writes such a number by hand; the same table is
//! in `docs/bounds.md`, and a test compares the two.
//!
//! An alarm is never shed: what leads to one carries a scan's ticket, and the source waits instead.

use std::fmt;

/// What a full door does with the next who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The source waits: its plant's time stands still.
    SourceWaits,
    /// Values are folded into newer ones.
    Conflated,
    /// It is left out, and counted in `tep_shed_total`.
    Shed,
    /// Whoever comes is told so, and counted in `tep_shed_total` where it is a queue.
    Refused,
    /// The oldest is forgotten; who has not read it yet is told of the gap.
    Forgotten,
    /// The oldest is forgotten; it is found elsewhere.
    OldestForgotten,
}

impl WhenFull {
    /// Its name in metrics.
    pub const fn policy(self) -> &'static str {
        match self {
            Self::SourceWaits => "source_waits",
            Self::Conflated => "conflated",
            Self::Shed => "shed",
            Self::Refused => "refused",
            Self::Forgotten | Self::OldestForgotten => "forgotten",
        }
    }
}

impl fmt::Display for WhenFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SourceWaits => "the source waits",
            Self::Conflated => "conflated",
            Self::Shed => "shed, counted",
            Self::Refused => "refused",
            Self::Forgotten => "the oldest is forgotten, readers are told",
            Self::OldestForgotten => "the oldest is forgotten",
        })
    }
}

/// How much a door takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Which door.
    pub door: &'static str,
    /// How many.
    pub most: usize,
    /// Of what.
    pub of: &'static str,
    /// What happens to the next.
    pub when_full: WhenFull,
}

const fn bound(door: &'static str, most: usize, of: &'static str, when_full: WhenFull) -> Bound {
    Bound { door, most, of, when_full }
}

/// Scans from the source until they are judged by every limit chart and durable. At 1 scan a second this is a quarter of
/// an hour of a database that is away; at 1000 × it is how long an order may stand in the queue: a second.
pub const SCANS_UNDER_WAY: Bound = bound("ticket office", 1_024, "scans", WhenFull::SourceWaits);
/// Scans that stand before a plant-wide detector. One that is left behind starts over, and warms up again.
pub const DETECTOR: Bound = bound("detector", 256, "messages", WhenFull::Shed);
/// Scans that stand before the diagnostician. One that is left behind begins its samples anew.
pub const DIAGNOSTICIAN: Bound = bound("diagnostician", 256, "messages", WhenFull::Shed);
/// Trainings that wait for the one that is under way.
pub const TRAININGS: Bound = bound("trainer", 8, "waiting trainings", WhenFull::Refused);
/// What is read of one answer of another registry of models.
pub const REGISTRY_ANSWER: Bound = bound("registry answer", 67_108_864, "bytes", WhenFull::Refused);
/// What stands before the design rules. Only scans are left out: the next one tells the same.
pub const DESIGN_RULES: Bound = bound("design rules", 256, "messages", WhenFull::Conflated);
/// What stands before the publisher. Only scans are folded; alarms always go through.
pub const PUBLISHER: Bound = bound("publisher", 1_024, "messages", WhenFull::Conflated);
/// Orders of persons that wait for the journal.
pub const ALARM_ORDERS: Bound = bound("alarm desk", 256, "unanswered orders", WhenFull::Refused);
/// Answers that the desk itself remembers, beside those in the database.
pub const ANSWERS_REMEMBERED: Bound = bound("alarm desk, answers", 1_024, "answers", WhenFull::OldestForgotten);
/// What stands before the source, its own ticks included.
pub const SOURCE_ORDERS: Bound = bound("source", 128, "messages", WhenFull::Refused);
/// Rows of the audit that wait for the database. Rows of alarms wait without a number of their own: their scans hold
/// tickets.
pub const AUDIT_ROWS: Bound = bound("journal writer, audit", 10_000, "waiting rows", WhenFull::Shed);
/// What is kept of the journal on this machine while the database is away. At a few hundred bytes a transition that is
/// about a hundred thousand of them.
pub const SPOOL: Bound = bound("spool", 67_108_864, "bytes", WhenFull::Refused);
/// Scans that the feed remembers.
pub const FEED_VALUES: Bound = bound("feed, values", 256, "scans", WhenFull::Forgotten);
/// Alarm events that the feed remembers; older ones are read from the journal.
pub const FEED_ALARMS: Bound = bound("feed, alarms", 10_000, "events", WhenFull::Forgotten);
/// Reports of detectors that the feed remembers.
pub const FEED_DETECTORS: Bound = bound("feed, detectors", 2_000, "reports", WhenFull::Forgotten);
/// Events of the supervision that the feed remembers.
pub const FEED_SUPERVISION: Bound = bound("feed, supervision", 1_000, "events", WhenFull::Forgotten);
/// Queries and mutations that are executed at once.
pub const EXECUTIONS: Bound = bound("requests", 256, "at once", WhenFull::Refused);
/// Previews of a limit that are made at once; each reads as much history as it is asked for.
pub const PREVIEWS: Bound = bound("previews", 2, "at once", WhenFull::Refused);
/// Exports of the journal that run at once.
pub const EXPORTS: Bound = bound("exports", 4, "at once", WhenFull::Refused);
/// Streams that are open at once, sockets and event streams together.
pub const STREAMS: Bound = bound("streams", 1_000, "open", WhenFull::Refused);
/// Operations at once on one socket.
pub const OPERATIONS: Bound = bound("socket", 32, "operations", WhenFull::Refused);
/// The size of one message on a socket.
pub const SOCKET_MESSAGE: Bound = bound("socket message", 262_144, "bytes", WhenFull::Refused);
/// The size of a request.
pub const REQUEST_BODY: Bound = bound("request body", 1_048_576, "bytes", WhenFull::Refused);
/// The size of a request to sign in.
pub const SIGN_IN_BODY: Bound = bound("sign-in body", 16_384, "bytes", WhenFull::Refused);
/// The size of a document.
pub const DOCUMENT: Bound = bound("document", 65_536, "characters", WhenFull::Refused);
/// The size of one answer of a language model.
pub const MODEL_ANSWER: Bound = bound("model answer", 4_194_304, "bytes", WhenFull::Refused);

/// Questions that wait for one provider of a language model.
pub const MODEL_QUEUE: Bound = bound("model queue", 256, "questions", WhenFull::Shed);
/// Alarms that wait for their evidence to be frozen. What is shed can still be explained when somebody asks.
pub const EXPLANATIONS: Bound = bound("explainer", 256, "waiting alarms", WhenFull::Shed);
/// Calls to language models that are not in the audit yet.
pub const MODEL_AUDIT: Bound = bound("model audit", 10_000, "waiting rows", WhenFull::Shed);

/// The size of one answer of a server of embeddings: a batch of 16 vectors with 4096 numbers as text.
pub const EMBEDDINGS: Bound = bound("embeddings", 4_194_304, "bytes", WhenFull::Refused);

/// The size of the file of one document.
pub const DOCUMENT_FILE: Bound = bound("document file", 16_777_216, "bytes", WhenFull::Refused);
/// The text of one document.
pub const DOCUMENT_TEXT: Bound = bound("document text", 2_000_000, "characters", WhenFull::Refused);
/// Documents that people have added to one plant.
pub const DOCUMENTS: Bound = bound("documents", 500, "of a plant", WhenFull::Refused);
/// Documents in the folder of the site.
pub const FOLDER_DOCUMENTS: Bound = bound("folder of documents", 2_000, "files", WhenFull::Refused);
/// Documents that are read at once.
pub const READINGS: Bound = bound("readings", 2, "at once", WhenFull::Refused);

/// Every bound, in the order of the way of a sample.
pub const ALL: [Bound; 35] = [
    SCANS_UNDER_WAY,
    DETECTOR,
    DIAGNOSTICIAN,
    TRAININGS,
    REGISTRY_ANSWER,
    DESIGN_RULES,
    PUBLISHER,
    ALARM_ORDERS,
    ANSWERS_REMEMBERED,
    SOURCE_ORDERS,
    AUDIT_ROWS,
    SPOOL,
    FEED_VALUES,
    FEED_ALARMS,
    FEED_DETECTORS,
    FEED_SUPERVISION,
    EXECUTIONS,
    EXPORTS,
    PREVIEWS,
    STREAMS,
    OPERATIONS,
    SOCKET_MESSAGE,
    REQUEST_BODY,
    SIGN_IN_BODY,
    DOCUMENT,
    MODEL_ANSWER,
    MODEL_QUEUE,
    MODEL_AUDIT,
    EXPLANATIONS,
    EMBEDDINGS,
    DOCUMENT_FILE,
    DOCUMENT_TEXT,
    DOCUMENTS,
    FOLDER_DOCUMENTS,
    READINGS,
];
