//! The preview of a change: what an alarm would have done with the present settings of its limit, and with the proposed.

use std::time::Duration;

use async_graphql::{Context, InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::api::storage_error;
use super::error::{ApiError, ErrorCode};
use super::mutation::LimitInput;
use super::{register, scope};
use crate::alarms::Outlook;
use crate::alarms::register::settings_problem;
use crate::config::bounds;
use crate::domain::{AlarmId, LimitSettings, SourceTime};
use crate::storage::Preview;

/// The longest stretch, days of plant time.
const DAYS_MAX: f64 = 31.0;

static UNDER_WAY: Semaphore = Semaphore::const_new(bounds::PREVIEWS.most);

/// Which limit, and how it would be tuned; what is not named stays as it is in force.
#[derive(InputObject, Clone, Debug)]
pub struct PreviewLimitInput {
    /// The alarm's id in the plant, for example `XMEAS_7/HIGH`.
    alarm: String,
    /// How it would be tuned.
    limit: LimitInput,
    /// How many days of history up to the newest scan, at most 31.
    #[graphql(default = 7.0)]
    days: f64,
}

/// What a change of a limit would have done.
#[derive(SimpleObject, Clone, Debug)]
pub struct LimitPreview {
    /// Where the stretch begins, plant time.
    from: DateTime<Utc>,
    /// Where it ends.
    to: DateTime<Utc>,
    /// How many samples there were in it.
    samples: u64,
    /// How many of them could not be used.
    unusable_samples: u64,
    /// With the settings that are in force.
    present: LimitOutlook,
    /// With the proposed settings.
    proposed: LimitOutlook,
}

/// What an alarm would have done with one way of tuning it, with nobody acknowledging.
#[derive(SimpleObject, Clone, Debug)]
pub struct LimitOutlook {
    /// How often the operator would have been called.
    annunciated: u64,
    /// The same for a day of plant time.
    annunciated_per_day: f64,
    /// Annunciations that were at least the third within a minute.
    chattering: u64,
    /// Excursions that were over within ten seconds.
    fleeting: u64,
    /// How long the condition held, all together.
    seconds_in_alarm: f64,
    /// Share of the stretch, 0…1.
    share_in_alarm: f64,
    /// The longest that it held without a break.
    longest_seconds: f64,
    /// One for each day, the first first.
    days: Vec<LimitOutlookDay>,
    /// The newest 200 excursions, oldest first.
    excursions: Vec<LimitExcursion>,
}

/// One day of a preview.
#[derive(SimpleObject, Clone, Debug)]
pub struct LimitOutlookDay {
    /// When it begins (UTC), plant time.
    begins: DateTime<Utc>,
    /// How often the operator would have been called.
    annunciated: u64,
    /// How long the condition held.
    seconds_in_alarm: f64,
}

/// One excursion of a preview.
#[derive(SimpleObject, Clone, Debug)]
pub struct LimitExcursion {
    /// When the operator would have been called, plant time.
    raised_at: DateTime<Utc>,
    /// When the condition was over; null while it stands at the end.
    over_at: Option<DateTime<Utc>>,
}

impl LimitOutlook {
    fn of(outlook: &Outlook, stretch: Duration) -> Self {
        let days = stretch.as_secs_f64() / 86_400.0;
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Self {
            annunciated: outlook.annunciated,
            annunciated_per_day: share(outlook.annunciated as f64, days),
            chattering: outlook.chattering,
            fleeting: outlook.fleeting,
            seconds_in_alarm: outlook.in_alarm.as_secs_f64(),
            share_in_alarm: share(outlook.in_alarm.as_secs_f64(), stretch.as_secs_f64()),
            longest_seconds: outlook.longest.as_secs_f64(),
            days: outlook
                .days
                .iter()
                .map(|day| LimitOutlookDay {
                    begins: day.begins.to_datetime(),
                    annunciated: day.annunciated,
                    seconds_in_alarm: day.in_alarm.as_secs_f64(),
                })
                .collect(),
            excursions: outlook
                .excursions
                .iter()
                .map(|one| LimitExcursion {
                    raised_at: one.raised_at.to_datetime(),
                    over_at: one.over_at.map(SourceTime::to_datetime),
                })
                .collect(),
        }
    }
}

/// What the change would have done; nothing before the first scan.
pub(super) async fn limit(ctx: &Context<'_>, input: PreviewLimitInput) -> Result<Option<LimitPreview>, ApiError> {
    let api = scope::api(ctx);
    if !(input.days > 0.0 && input.days <= DAYS_MAX) {
        return Err(ApiError::invalid(format!("`days` is {}, and must be above 0 and at most {DAYS_MAX}", input.days)));
    }
    let now = register::now(ctx).await?;
    let alarm = AlarmId::from(input.alarm.as_str());
    let not_there = || ApiError::new(ErrorCode::NotFound, format!("there is no alarm `{alarm}` of a limit"));
    let definition = now.running(&alarm).ok_or_else(not_there)?;
    let present = definition.limit.clone().ok_or_else(not_there)?;
    let tag = definition.tag.as_ref().and_then(|tag| api.plant.tag_index(tag)).ok_or_else(not_there)?;
    let settings = input.limit.applied_to(LimitSettings::from(&present)).map_err(|(_, why)| ApiError::invalid(why))?;
    if let Some(problem) = settings_problem(&alarm, &settings, &now.overlay.plant) {
        return Err(ApiError::invalid(problem.to_string()));
    }
    let _one_of_few = place()?;
    let limits = [present.clone(), settings.of(&present)];
    let stretch = Duration::from_secs_f64(input.days * 86_400.0);
    let found = api.storage.preview_limits((definition, tag), &limits, stretch).await;
    let found = found.map_err(|e| storage_error("reading the history of a tag", &e))?;
    let Some(Preview { from, to, samples, unusable, outlooks }) = found else { return Ok(None) };
    let mut outlooks = outlooks.iter().map(|outlook| LimitOutlook::of(outlook, to.since(from)));
    let (Some(present), Some(proposed)) = (outlooks.next(), outlooks.next()) else { return Ok(None) };
    Ok(Some(LimitPreview {
        from: from.to_datetime(),
        to: to.to_datetime(),
        samples,
        unusable_samples: unusable,
        present,
        proposed,
    }))
}

fn place() -> Result<SemaphorePermit<'static>, ApiError> {
    let busy = "other previews are being made just now; try again in a moment";
    UNDER_WAY.try_acquire().map_err(|_| ApiError::new(ErrorCode::Unavailable, busy))
}
