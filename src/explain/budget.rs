//! What models may cost, by the hour and by the day: for everybody together, for each user, each unit and each purpose.
//!
//! The most that a call can cost is reserved before it is made, and settled with what it did cost. So calls that are under
//! way together never spend more than is allowed. Hours and days are those of the calendar, in UTC.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use thiserror::Error;

use crate::domain::{BudgetScope, BudgetSpan, Money, PlantId, Purpose, UnitId, WallTime};

/// Micros of an hour or a day.
const fn micros(span: BudgetSpan) -> i64 {
    match span {
        BudgetSpan::Hour => 3_600_000_000,
        BudgetSpan::Day => 86_400_000_000,
    }
}

/// Which hour or day it is.
const fn number(span: BudgetSpan, now: WallTime) -> i64 {
    now.as_micros().div_euclid(micros(span))
}

/// When the hour or day ends.
fn end(span: BudgetSpan, now: WallTime) -> WallTime {
    WallTime::from_micros(number(span, now).saturating_add(1).saturating_mul(micros(span)))
}

/// One limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How long it counts.
    pub per: BudgetSpan,
    /// Whose spending it counts.
    pub scope: BudgetScope,
    /// From here on people are warned.
    pub soft: Option<Money>,
    /// Beyond this no call is made.
    pub hard: Money,
}

/// For whom and what a call is made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Who asks; `None`: TEP by itself.
    pub user: Option<String>,
    /// Which plant it is about.
    pub plant: PlantId,
    /// Which unit of it; `None`: the plant as a whole.
    pub unit: Option<UnitId>,
    /// What for.
    pub purpose: Purpose,
}

/// No call can be made for want of money.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{wanted} more would pass the limit of {hard} per {span} for {whose}, of which {taken} is taken; it is free again at {free_at}", span = per.as_str())]
pub struct Exhausted {
    /// How long the limit counts.
    pub per: BudgetSpan,
    /// Whose limit it is, in words.
    pub whose: String,
    /// What the call could cost.
    pub wanted: Money,
    /// What is spent and reserved.
    pub taken: Money,
    /// The limit.
    pub hard: Money,
    /// When the hour or day ends.
    pub free_at: WallTime,
}

/// Money put aside for one call. Hand it back with what the call has cost; nothing is given back for one that is lost.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "what is reserved stays taken until it is settled"]
pub struct Reservation {
    amount: Money,
    accounts: Vec<Account>,
    /// Limits whose soft mark this call has passed, in words, each told once an hour or day.
    pub warnings: Vec<String>,
}

/// How one limit stands for one user, unit or purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: Limit,
    /// Whose, in words.
    pub whose: String,
    /// Spent in this hour or day.
    pub spent: Money,
    /// Put aside for calls that are under way.
    pub reserved: Money,
    /// When the hour or day ends.
    pub free_at: WallTime,
}

/// One sum: which limit, whose, in which hour or day.
type Account = (usize, String, i64);

#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    spent: Money,
    reserved: Money,
    warned: bool,
}

/// The budget. Without limits everything is allowed, and still counted.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Vec<Limit>,
    sums: HashMap<Account, Sum>,
    /// When sums of the past were last thrown away.
    swept: Option<i64>,
}

impl Budget {
    /// A budget of which nothing is spent.
    pub fn new(limits: Vec<Limit>) -> Self {
        Self { limits, sums: HashMap::new(), swept: None }
    }

    /// Puts aside what a call can cost at most.
    ///
    /// # Errors
    /// When a limit would be passed; nothing is put aside then.
    pub fn reserve(&mut self, charge: &Charge, amount: Money, now: WallTime) -> Result<Reservation, Exhausted> {
        self.sweep(now);
        let accounts: Vec<Account> =
            self.limits.iter().enumerate().map(|(at, limit)| account(at, limit, charge, now)).collect();
        for account in &accounts {
            let (limit, sum) = (&self.limits[account.0], self.sums.get(account).copied().unwrap_or_default());
            let taken = sum.spent + sum.reserved;
            if amount > Money::ZERO && taken + amount > limit.hard {
                return Err(Exhausted {
                    per: limit.per,
                    whose: account.1.clone(),
                    wanted: amount,
                    taken,
                    hard: limit.hard,
                    free_at: end(limit.per, now),
                });
            }
        }
        let mut warnings = Vec::new();
        for account in &accounts {
            let (limit, sum) = (&self.limits[account.0], self.sums.entry(account.clone()).or_default());
            sum.reserved += amount;
            let taken = sum.spent + sum.reserved;
            if let Some(soft) = limit.soft.filter(|soft| taken > *soft && !sum.warned) {
                sum.warned = true;
                let (whose, span) = (&account.1, limit.per.as_str());
                warnings.push(format!("{taken} of {} per {span} is taken for {whose}, more than {soft}", limit.hard));
            }
        }
        Ok(Reservation { amount, accounts, warnings })
    }

    /// Gives back what was put aside and takes what the call has cost, in the hour and day in which it was put aside.
    pub fn settle(&mut self, reservation: Reservation, cost: Money) {
        for account in &reservation.accounts {
            // A sum of the past may have been thrown away; nobody will ask for it again.
            if let Some(sum) = self.sums.get_mut(account) {
                sum.reserved = sum.reserved - reservation.amount;
                sum.spent += cost;
            }
        }
    }

    /// Takes what was spent before this process began, as the audit tells it.
    pub fn restore(&mut self, charge: &Charge, cost: Money, at: WallTime) {
        for (index, limit) in self.limits.iter().enumerate() {
            self.sums.entry(account(index, limit, charge, at)).or_default().spent += cost;
        }
    }

    /// Since when the audit must be read for [`Budget::restore`].
    pub fn counts_since(now: WallTime) -> WallTime {
        end(BudgetSpan::Day, now) - Duration::from_secs(86_400)
    }

    /// How every limit stands, for each of whom anything is known in this hour or day.
    pub fn standings(&self, now: WallTime) -> Vec<Standing> {
        let current = self.sums.iter().filter(|((at, _, when), _)| number(self.limits[*at].per, now) == *when);
        let mut all: Vec<(usize, Standing)> = current
            .map(|((at, whose, _), sum)| {
                let limit = self.limits[*at];
                let (spent, reserved, free_at) = (sum.spent, sum.reserved, end(limit.per, now));
                (*at, Standing { limit, whose: whose.clone(), spent, reserved, free_at })
            })
            .collect();
        all.sort_by(|a, b| (a.0, &a.1.whose).cmp(&(b.0, &b.1.whose)));
        all.into_iter().map(|(_, standing)| standing).collect()
    }

    /// Throws away the sums of hours and days that are over, once an hour; the last one is kept for calls that are out.
    fn sweep(&mut self, now: WallTime) {
        let hour = number(BudgetSpan::Hour, now);
        if self.swept.replace(hour) != Some(hour) {
            let limits = &self.limits;
            self.sums.retain(|(at, _, when), sum| *when >= number(limits[*at].per, now) || sum.reserved > Money::ZERO);
        }
    }
}

fn account(index: usize, limit: &Limit, charge: &Charge, now: WallTime) -> Account {
    let whose = match limit.scope {
        BudgetScope::Everything => "everything".to_owned(),
        BudgetScope::EachUser => {
            charge.user.as_ref().map_or_else(|| "TEP itself".to_owned(), |user| format!("user {user}"))
        }
        BudgetScope::EachUnit => {
            let plant = &charge.plant;
            charge.unit.as_ref().map_or_else(|| format!("plant {plant}"), |unit| format!("unit {plant}/{unit}"))
        }
        BudgetScope::EachPurpose => format!("purpose {}", charge.purpose.as_str()),
    };
    (index, whose, number(limit.per, now))
}
