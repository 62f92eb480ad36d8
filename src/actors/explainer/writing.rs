//! How a model is asked to explain, and how its answer is read: the same for a plant that has an alarm, and for whoever
//! measures how good a model is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tracing::info;

use super::scene::definition;
use crate::actors::broker::{Asker, Broker, Listening, Question, Refusal, Reply};
use crate::domain::{Plant, ProviderId, Purpose, WallTime};
use crate::explain::{Evidence, Explanation, Kind, Malformed, Prompt, people_in, spellings, words_to_hide};
use crate::llm::{AnswerSchema, Message, Speaker};

/// Tokens of one explanation.
const OUTPUT_TOKENS: u32 = 2_000;

/// Who asks about which plant, and how.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The plant.
    pub plant: &'a Plant,
    /// Who asks.
    pub by: &'a Asker,
    /// What for.
    pub purpose: Purpose,
    /// What time it is.
    pub now: WallTime,
    /// How long an answer is waited for.
    pub patience: Duration,
}

/// What one model makes of a bundle.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its explanation.
    pub explanation: Explanation,
    /// Whether its first answer was no use.
    pub mended: bool,
    /// From the question to an explanation that can be read.
    pub took: Duration,
}

/// Why there is no explanation of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unwritten {
    /// Nobody answers, and somebody might if they were told less.
    TooMuch(String),
    /// Nobody answers.
    Unanswered(String),
    /// What was answered is no use.
    Useless(String),
}

impl Unwritten {
    pub fn words(self) -> String {
        match self {
            Self::TooMuch(why) | Self::Unanswered(why) => why,
            Self::Useless(why) => format!("what was answered is no explanation: {why}"),
        }
    }
}

impl From<Refusal> for Unwritten {
    fn from(refusal: Refusal) -> Self {
        let why = refusal.to_string();
        if refusal.may_be_asked_less() { Self::TooMuch(why) } else { Self::Unanswered(why) }
    }
}

impl Asking<'_> {
    /// A prompt as a question to the broker. `hash` names what makes it differ from other questions of the same prompt.
    pub(super) fn question(&self, told: &Evidence, prompt: &Prompt, hash: String) -> Question {
        let unit = definition(self.plant, &told.alarm.alarm).and_then(|definition| definition.unit.clone());
        let mut words = words_to_hide(self.plant, told);
        // What is asked, and was answered before, may name persons as well.
        let marked = prompt.turns.iter().flat_map(|turn| people_in(&turn.text));
        let asker = self.by.name.iter().flat_map(|name| spellings(name));
        words.extend(asker.chain(marked).map(|name| (Kind::Person, name)));
        Question {
            by: self.by.clone(),
            purpose: self.purpose,
            plant: self.plant.id.clone(),
            unit,
            subject: told.alarm.occurrence.to_string(),
            severity: Some(told.alarm.severity),
            evidence_hash: hash,
            evidence_ids: told.ids().into_iter().map(str::to_owned).collect(),
            prompt_version: prompt.id.clone(),
            system: prompt.system.clone(),
            messages: messages(prompt),
            schema: Some(AnswerSchema { name: prompt.schema_name.to_owned(), schema: prompt.schema.clone() }),
            output_tokens_max: OUTPUT_TOKENS,
            temperature: None,
            classes: prompt.classes.clone(),
            words: words.into(),
            expires_at: self.now + self.patience,
        }
    }

    /// Has one model explain a bundle, and mend its answer once; no other is asked. Who may not be told everything, or has
    /// no room for it, is told less. `pinned` is the newest version of the prompt that may be used.
    ///
    /// # Errors
    /// Why there is no explanation, for a person.
    pub async fn explained_by(
        &self,
        broker: &Broker,
        provider: &ProviderId,
        evidence: &Evidence,
        pinned: Option<u32>,
    ) -> Result<Written, String> {
        match self.written_by(broker, provider, evidence, pinned).await {
            Err(Unwritten::TooMuch(why)) => {
                let less = evidence.process_only();
                if less == *evidence {
                    return Err(why);
                }
                self.written_by(broker, provider, &less, pinned).await.map_err(Unwritten::words)
            }
            other => other.map_err(Unwritten::words),
        }
    }

    async fn written_by(
        &self,
        broker: &Broker,
        provider: &ProviderId,
        told: &Evidence,
        pinned: Option<u32>,
    ) -> Result<Written, Unwritten> {
        let began = Instant::now();
        let prompt = Prompt::explain(told, pinned).ok_or_else(|| Unwritten::Useless("there is no prompt".into()))?;
        let question = self.question(told, &prompt, told.hash());
        let reply = broker.ask_only(question.clone(), provider.clone()).await?.answer().await?;
        let (explanation, mended) = match read(&reply, told) {
            Ok(explanation) => (explanation, false),
            Err(wrong) => {
                let mending = mend(broker, &question, &prompt, &reply, wrong, told, Listening::answer).await;
                (mending.map_err(Unwritten::Useless)?.1, true)
            }
        };
        Ok(Written { explanation, mended, took: began.elapsed() })
    }
}

/// The one attempt to mend an answer that is no use. When that fails neither is remembered: who asks again has a model asked.
pub(super) async fn mend(
    broker: &Broker,
    question: &Question,
    prompt: &Prompt,
    reply: &Reply,
    wrong: Malformed,
    told: &Evidence,
    listen: impl AsyncFnOnce(Listening) -> Result<Arc<Reply>, Refusal>,
) -> Result<(Arc<Reply>, Explanation), String> {
    info!(provider = %reply.provider, "has an answer mended: {wrong}");
    let repaired = prompt.repaired(&reply.text, &wrong);
    let again = Question { messages: messages(&repaired), ..again(question, &reply.text) };
    let listening =
        broker.ask_only(again.clone(), reply.provider.clone()).await.map_err(|refusal| refusal.to_string())?;
    let mended = listen(listening).await.map_err(|refusal| refusal.to_string())?;
    match read(&mended, told) {
        Ok(explanation) => Ok((mended, explanation)),
        Err(wrong) => {
            broker.forget(question, reply);
            broker.forget(&again, &mended);
            Err(wrong.to_string())
        }
    }
}

/// Reads a reply.
pub(super) fn read(reply: &Reply, evidence: &Evidence) -> Result<Explanation, Malformed> {
    Explanation::read(&reply.text, evidence)
}

/// What is said, as the wire wants it.
pub(super) fn messages(prompt: &Prompt) -> Vec<Message> {
    let speaker = |ours: bool| if ours { Speaker::User } else { Speaker::Model };
    prompt.turns.iter().map(|turn| Message { speaker: speaker(turn.ours), text: turn.text.clone() }).collect()
}

/// The same question after an answer, as another question: what was answered to the first is not its answer.
pub(super) fn again(question: &Question, answer: &str) -> Question {
    let hash = Sha256::digest(format!("{}\n{answer}", question.evidence_hash).as_bytes());
    Question { evidence_hash: format!("{hash:x}"), ..question.clone() }
}
