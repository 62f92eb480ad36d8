//! What a provider can do, and whether that is enough for what is asked.

use std::collections::BTreeSet;

use thiserror::Error;

use super::price::Price;
use crate::domain::{DataClass, Locality, Money, Usage};

/// What one model of one provider can do and may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Most tokens of prompt and answer together.
    pub context_tokens: u32,
    /// Most tokens of one answer.
    pub output_tokens_max: u32,
    /// Whether it can be held to a JSON schema.
    pub json_schema: bool,
    /// Whether it tells its answer as it goes.
    pub streaming: bool,
    /// What it costs.
    pub price: Price,
    /// Where it computes.
    pub locality: Locality,
    /// What it may be told; nothing unless somebody has said so.
    pub may_see: BTreeSet<DataClass>,
}

/// What a request needs of whoever answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Tokens of the prompt, counted or estimated from above.
    pub prompt_tokens: u32,
    /// Most tokens of the answer.
    pub output_tokens: u32,
    /// Whether the answer must follow a JSON schema.
    pub json_schema: bool,
    /// What the prompt tells.
    pub classes: BTreeSet<DataClass>,
}

/// Why a provider is not asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsuitable {
    /// The prompt and its answer do not fit; nothing is ever cut off instead.
    #[error("needs {needed} tokens of context and has {most}")]
    ContextTooSmall {
        /// Prompt and answer.
        needed: u64,
        /// What there is.
        most: u32,
    },
    /// It does not write so long an answer.
    #[error("is asked for {needed} tokens of answer and gives at most {most}")]
    AnswerTooLong {
        /// Asked for.
        needed: u32,
        /// Given.
        most: u32,
    },
    /// It cannot be held to a schema.
    #[error("cannot be held to a JSON schema")]
    NoSchema,
    /// It may not be told something that the prompt tells.
    #[error("may not be told {0}")]
    MayNotSee(DataClass),
}

impl Capability {
    /// Whether this model can answer, and may be asked.
    ///
    /// # Errors
    /// The first thing that stands in the way; what it may not see comes before what it cannot do.
    pub fn suits(&self, needs: &Needs) -> Result<(), Unsuitable> {
        if let Some(class) = needs.classes.difference(&self.may_see).next() {
            return Err(Unsuitable::MayNotSee(*class));
        }
        if needs.json_schema && !self.json_schema {
            return Err(Unsuitable::NoSchema);
        }
        if needs.output_tokens > self.output_tokens_max {
            return Err(Unsuitable::AnswerTooLong { needed: needs.output_tokens, most: self.output_tokens_max });
        }
        let needed = u64::from(needs.prompt_tokens) + u64::from(needs.output_tokens);
        if needed > u64::from(self.context_tokens) {
            return Err(Unsuitable::ContextTooSmall { needed, most: self.context_tokens });
        }
        Ok(())
    }

    /// The most that such a request can cost.
    pub fn worst_cost(&self, needs: &Needs) -> Money {
        self.price.of(Usage { input: needs.prompt_tokens, output: needs.output_tokens })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_or_may_not_is_told_why() {
        let can = Capability {
            context_tokens: 1_000,
            output_tokens_max: 400,
            json_schema: true,
            streaming: true,
            price: Price { input: Money::from_micros(1_000_000), output: Money::from_micros(2_000_000) },
            locality: Locality::Cloud,
            may_see: BTreeSet::from([DataClass::Process]),
        };
        let needs = |prompt_tokens, output_tokens, classes: &[DataClass]| Needs {
            prompt_tokens,
            output_tokens,
            json_schema: true,
            classes: classes.iter().copied().collect(),
        };
        let process = [DataClass::Process];
        assert_eq!(can.suits(&needs(600, 400, &process)), Ok(()));
        assert_eq!(can.worst_cost(&needs(600, 400, &process)), Money::from_micros(1_400));
        let too_small = Unsuitable::ContextTooSmall { needed: 1_001, most: 1_000 };
        assert_eq!(can.suits(&needs(601, 400, &process)), Err(too_small));
        let huge = Unsuitable::ContextTooSmall { needed: u64::from(u32::MAX) + 400, most: 1_000 };
        assert_eq!(can.suits(&needs(u32::MAX, 400, &process)), Err(huge));
        let too_long = Unsuitable::AnswerTooLong { needed: 401, most: 400 };
        assert_eq!(can.suits(&needs(1, 401, &process)), Err(too_long));
        let people = [DataClass::Process, DataClass::People];
        assert_eq!(can.suits(&needs(u32::MAX, 1, &people)), Err(Unsuitable::MayNotSee(DataClass::People)));
        let plain = Capability { json_schema: false, ..can.clone() };
        assert_eq!(plain.suits(&needs(1, 1, &process)), Err(Unsuitable::NoSchema));
        let nothing = Capability { may_see: BTreeSet::new(), ..can };
        assert_eq!(nothing.suits(&needs(1, 1, &process)), Err(Unsuitable::MayNotSee(DataClass::Process)));
    }
}
