//! The budget against a plain list of calls, and its promises one by one.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> WallTime {
    WallTime::from_micros(seconds * 1_000_000)
}

fn charge(user: Option<&str>) -> Charge {
    Charge { user: user.map(str::to_owned), plant: "p".into(), unit: None, purpose: Purpose::Explanation }
}

fn cents(cents: i64) -> Money {
    Money::from_micros(cents * 10_000)
}

fn limit(per: BudgetSpan, scope: BudgetScope, soft: Option<i64>, hard: i64) -> Limit {
    Limit { per, scope, soft: soft.map(cents), hard: cents(hard) }
}

#[test]
fn what_is_under_way_counts_until_it_is_settled() {
    let mut budget = Budget::new(vec![limit(BudgetSpan::Hour, BudgetScope::Everything, None, 100)]);
    let first = budget.reserve(&charge(None), cents(60), at(0)).unwrap();
    let refused = budget.reserve(&charge(None), cents(60), at(1)).unwrap_err();
    assert_eq!((refused.taken, refused.wanted, refused.free_at), (cents(60), cents(60), at(3600)));
    budget.settle(first, cents(10));
    let second = budget.reserve(&charge(None), cents(90), at(2)).unwrap();
    budget.settle(second, cents(90));
    assert!(budget.reserve(&charge(None), cents(1), at(3)).is_err());
    assert!(budget.reserve(&charge(None), Money::ZERO, at(3)).is_ok(), "what costs nothing is always allowed");
    assert!(budget.reserve(&charge(None), cents(100), at(3600)).is_ok(), "a new hour");
}

#[test]
fn each_user_unit_and_purpose_has_their_own() {
    let mut budget = Budget::new(vec![limit(BudgetSpan::Day, BudgetScope::EachUser, None, 10)]);
    let olga = budget.reserve(&charge(Some("olga")), cents(10), at(0)).unwrap();
    let refused = budget.reserve(&charge(Some("olga")), cents(1), at(0)).unwrap_err();
    assert!(refused.to_string().contains("per day for user olga"), "{refused}");
    assert!(budget.reserve(&charge(Some("otto")), cents(10), at(0)).is_ok());
    assert!(budget.reserve(&charge(None), cents(10), at(0)).is_ok());
    budget.settle(olga, cents(10));
    let whose: Vec<String> = budget.standings(at(0)).into_iter().map(|standing| standing.whose).collect();
    assert_eq!(whose, ["TEP itself", "user olga", "user otto"]);
}

#[test]
fn the_soft_mark_warns_once_and_stops_nothing() {
    let mut budget = Budget::new(vec![limit(BudgetSpan::Hour, BudgetScope::Everything, Some(50), 100)]);
    let warnings = |budget: &mut Budget, now| {
        let reservation = budget.reserve(&charge(None), cents(30), now).unwrap();
        let warnings = reservation.warnings.len();
        budget.settle(reservation, cents(30));
        warnings
    };
    assert_eq!([0, 1, 2].map(|second| warnings(&mut budget, at(second))), [0, 1, 0]);
    assert_eq!([3600, 3601].map(|second| warnings(&mut budget, at(second))), [0, 1], "a new hour warns anew");
}

#[test]
fn what_was_spent_before_a_restart_still_counts() {
    let mut budget = Budget::new(vec![limit(BudgetSpan::Day, BudgetScope::Everything, None, 100)]);
    assert_eq!(Budget::counts_since(at(90_000)), at(86_400));
    budget.restore(&charge(None), cents(95), at(86_400));
    budget.restore(&charge(None), cents(95), at(86_399));
    assert!(budget.reserve(&charge(None), cents(6), at(90_000)).is_err());
    assert!(budget.reserve(&charge(None), cents(5), at(90_000)).is_ok(), "yesterday does not count");
}

/// A call in the plain list.
#[derive(Clone, Debug)]
struct Call {
    at: i64,
    user: Option<&'static str>,
    amount: i64,
    cost: Option<i64>,
}

#[derive(Clone, Debug)]
enum Happening {
    Pass(i64),
    Reserve { user: Option<&'static str>, amount: i64 },
    Settle { which: usize, share: f64 },
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let user = prop::sample::select(vec![None, Some("olga"), Some("otto")]);
    let one = prop_oneof![
        1 => (0i64..30_000).prop_map(Happening::Pass),
        4 => (user, 0i64..40).prop_map(|(user, amount)| Happening::Reserve { user, amount }),
        3 => (0usize..8, 0.0..=1.0f64).prop_map(|(which, share)| Happening::Settle { which, share }),
    ];
    prop::collection::vec(one, 0..80)
}

/// What the plain list says is taken in the hour or day of `now`, of everybody or of one user.
fn taken(calls: &[Call], span: BudgetSpan, now: i64, user: Option<Option<&str>>) -> i64 {
    let of = |seconds: i64| number(span, at(seconds));
    let counts = |call: &&Call| of(call.at) == of(now) && user.is_none_or(|user| call.user == user);
    calls.iter().filter(counts).map(|call| call.cost.unwrap_or(call.amount)).sum()
}

proptest! {
    #[test]
    fn it_allows_what_the_plain_list_allows(happenings in happenings(), hour in 20i64..200, day in 20i64..300) {
        let limits = vec![limit(BudgetSpan::Hour, BudgetScope::EachUser, None, hour), limit(BudgetSpan::Day, BudgetScope::Everything, None, day)];
        let mut budget = Budget::new(limits);
        let (mut calls, mut out, mut now) = (Vec::<Call>::new(), Vec::new(), 0);
        for happening in happenings {
            match happening {
                Happening::Pass(seconds) => now += seconds,
                Happening::Reserve { user, amount } => {
                    let fits = amount == 0
                        || taken(&calls, BudgetSpan::Hour, now, Some(user)) + amount <= hour
                            && taken(&calls, BudgetSpan::Day, now, None) + amount <= day;
                    match budget.reserve(&charge(user), cents(amount), at(now)) {
                        Ok(reservation) => {
                            prop_assert!(fits, "was allowed");
                            out.push((reservation, calls.len()));
                            calls.push(Call { at: now, user, amount, cost: None });
                        }
                        Err(refused) => prop_assert!(!fits, "{refused}"),
                    }
                }
                Happening::Settle { which, share } => {
                    if !out.is_empty() {
                        let (reservation, call) = out.swap_remove(which % out.len());
                        let cost = (calls[call].amount as f64 * share) as i64;
                        calls[call].cost = Some(cost);
                        budget.settle(reservation, cents(cost));
                    }
                }
            }
            prop_assert!(taken(&calls, BudgetSpan::Day, now, None) <= day);
            for standing in budget.standings(at(now)) {
                let user = match standing.whose.as_str() {
                    "TEP itself" => Some(None),
                    "everything" => None,
                    name => Some(Some(name.strip_prefix("user ").unwrap_or_default())),
                };
                let expected = taken(&calls, standing.limit.per, now, user);
                prop_assert_eq!(standing.spent + standing.reserved, cents(expected));
            }
        }
    }
}
