//! What can be asked.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::preview::{self, LimitPreview, PreviewLimitInput};
use super::types::{
    ActorNode, Alarm, AlarmConnection, AlarmExplanation, AlarmFilter, AlarmKpis, AuditConnection, AuditFilter, Cause,
    Detector, Disturbance, Evidence, FirstOutGroup, Incident, JournalConnection, JournalFilter, KnowledgeConnection,
    KnowledgeDocument, KnowledgeFilter, KnowledgeSearch, KnowledgeState, LlmBroker, LlmCall, Model, Node,
    NotificationFilter, Notifications, Plant, PlantPlacement, RegisterConnection, RegisterDrift, RegisterEntry,
    RegisterFilter, RegisterRules, SuppressionRule, Tag, TrainingJob, Trend, TrendInput, Unit, User,
};
use super::{audit, explanations, incidents, limits, nodes, notifications, register, scope};

/// Objects of a page when the client does not say.
const PAGE: i32 = 100;

/// Incidents when the client does not say.
const INCIDENTS: i32 = 20;
/// Calls to language models when the client does not say.
const CALLS: i32 = 20;
/// Trainings when the client does not say.
const JOBS: i32 = 20;

/// Points of a trend when the client does not say.
pub(super) const POINTS: i32 = 500;

/// What can be asked.
pub struct Query;

/// What can be asked.
#[Object]
impl Query {
    /// An object by its global id; null when there is none, or when the policies hide it.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>> {
        Ok(nodes::find(ctx, &id).await?)
    }

    /// Objects by their global ids, in their order, at most 500; null where there is none.
    #[graphql(complexity = "ids.len() * child_complexity + 1")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        limits::list("ids", ids.len())?;
        let mut found = Vec::with_capacity(ids.len());
        for id in &ids {
            found.push(nodes::find(ctx, id).await?);
        }
        Ok(found)
    }

    /// Who has signed in, and what they may do.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<User> {
        Ok(User::from(scope::principal(ctx)?))
    }

    /// Every plant, this one among them, and where each runs; in the order of their ids.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn plants(&self, ctx: &Context<'_>) -> Result<Vec<PlantPlacement>> {
        Ok(scope::api(ctx).placements(scope::principal(ctx)?))
    }

    /// The plant.
    async fn plant(&self, ctx: &Context<'_>) -> Plant {
        Plant::from(&scope::api(ctx).plant)
    }

    /// A tag by its id in the plant, for example `XMEAS_7`.
    async fn tag(&self, ctx: &Context<'_>, id: String) -> Option<Tag> {
        Tag::by_key(&scope::api(ctx).plant, &id)
    }

    /// A unit by its id in the plant, for example `reactor`.
    async fn unit(&self, ctx: &Context<'_>, id: String) -> Option<Unit> {
        Unit::by_key(&scope::api(ctx).plant, &id)
    }

    /// Values over time.
    #[graphql(complexity = "input.tags.len() * limits::cost(input.points, POINTS, 1) / 20 + child_complexity")]
    async fn trend(&self, ctx: &Context<'_>, input: TrendInput) -> Result<Trend> {
        Ok(scope::api(ctx).trend(input).await?)
    }

    /// Alarms by annunciation, newest first; without a filter those of the alarm list.
    #[graphql(complexity = "limits::cost(first, PAGE, child_complexity)")]
    async fn alarms(
        &self,
        ctx: &Context<'_>,
        filter: Option<AlarmFilter>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<AlarmConnection> {
        let first = limits::page_size(first, PAGE)?;
        let snapshot = scope::alarms(ctx).await?;
        let page = (first, after.as_deref());
        let plant = &scope::api(ctx).plant;
        Ok(AlarmConnection::page(plant, &snapshot.alarms, snapshot.cursor, &filter.unwrap_or_default(), page)?)
    }

    /// An alarm by its id in the plant, for example `XMEAS_7/HIGH`.
    async fn alarm(&self, ctx: &Context<'_>, id: String) -> Result<Option<Alarm>> {
        Ok(scope::alarm(ctx, &id).await?)
    }

    /// Design rules, and how they are.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn suppression_rules(&self, ctx: &Context<'_>) -> Result<Vec<SuppressionRule>> {
        Ok(scope::suppression_rules(ctx).await?)
    }

    /// Groups of alarms of which one asks which came first.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn first_out_groups(&self, ctx: &Context<'_>) -> Vec<FirstOutGroup> {
        FirstOutGroup::all(&scope::api(ctx).plant)
    }

    /// The journal, newest first.
    #[graphql(complexity = "limits::cost(first, PAGE, child_complexity)")]
    async fn journal(
        &self,
        ctx: &Context<'_>,
        filter: Option<JournalFilter>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<JournalConnection> {
        let first = limits::page_size(first, PAGE)?;
        Ok(scope::api(ctx).journal_page(filter.unwrap_or_default(), first, after.as_deref()).await?)
    }

    /// Who did what in this installation, and what was refused, newest first.
    #[graphql(complexity = "limits::cost(first, PAGE, child_complexity)")]
    async fn audit(
        &self,
        ctx: &Context<'_>,
        filter: Option<AuditFilter>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<AuditConnection> {
        let first = limits::page_size(first, PAGE)?;
        Ok(audit::page(scope::api(ctx), filter.unwrap_or_default(), first, after.as_deref()).await?)
    }

    /// The rationalisation register, in the order of the plant file: what is approved of every alarm, and what waits.
    #[graphql(complexity = "limits::cost(first, PAGE, child_complexity)")]
    async fn alarm_register(
        &self,
        ctx: &Context<'_>,
        filter: Option<RegisterFilter>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<RegisterConnection> {
        let first = limits::page_size(first, PAGE)?;
        let now = register::now(ctx).await?;
        Ok(register::page(&now, &filter.unwrap_or_default(), first, after.as_deref())?)
    }

    /// One alarm in the register, by its id in the plant; null when neither plant file nor register has it.
    async fn register_entry(&self, ctx: &Context<'_>, alarm: String) -> Result<Option<RegisterEntry>> {
        let now = register::now(ctx).await?;
        let alarm = now.alarms().into_iter().find(|known| known.as_str() == alarm);
        Ok(alarm.map(|alarm| RegisterEntry::new(&now, alarm)))
    }

    /// Where plant file and register differ, and nobody has approved that.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn register_drift(&self, ctx: &Context<'_>) -> Result<Vec<RegisterDrift>> {
        Ok(register::now(ctx).await?.drift.iter().map(RegisterDrift::from).collect())
    }

    /// How the plant keeps its register: who must approve, and the priority matrix.
    async fn register_rules(&self, ctx: &Context<'_>) -> RegisterRules {
        RegisterRules::from(&scope::api(ctx).plant.register)
    }

    /// What another limit, deadband or delay would have done: the present and the proposed settings go through the same days
    /// of history. Nothing is changed. Null before the first scan is kept.
    #[graphql(complexity = "10 * child_complexity + 1000")]
    async fn preview_limit(&self, ctx: &Context<'_>, input: PreviewLimitInput) -> Result<Option<LimitPreview>> {
        Ok(preview::limit(ctx, input).await?)
    }

    /// The whole register as a table of comma-separated values, with headings; the texts as they are approved.
    async fn alarm_register_csv(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(register::table(register::now(ctx).await?.as_ref()))
    }

    /// How well the alarms of a console, by default the first, have served its operator until now: the last hours, the one that
    /// has begun among them, 1 to 720. It is kept as the plant goes, so it may be asked every few seconds.
    #[graphql(complexity = "child_complexity + 50")]
    async fn kpi_board(
        &self,
        ctx: &Context<'_>,
        console: Option<String>,
        #[graphql(default = 24)] hours: i32,
    ) -> Result<AlarmKpis> {
        let api = scope::api(ctx);
        Ok(api.kpi_board(api.console(console.as_deref())?, hours).await?)
    }

    /// How well the alarms of a console, by default the first, have served its operator in an interval of wall time, from the
    /// journal; at most 93 days.
    #[graphql(complexity = "child_complexity + 500")]
    async fn alarm_kpis(
        &self,
        ctx: &Context<'_>,
        console: Option<String>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<AlarmKpis> {
        let api = scope::api(ctx);
        let report = api.kpis(api.console(console.as_deref())?, from, to).await?;
        Ok(AlarmKpis::new(&api.plant, report, false))
    }

    /// Who is told of alarms outside of TEP, with a page of the outbox, newest first.
    #[graphql(complexity = "limits::cost(first, PAGE, child_complexity)")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        filter: Option<NotificationFilter>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Notifications> {
        let first = limits::page_size(first, PAGE)?;
        Ok(notifications::read(scope::api(ctx), filter.unwrap_or_default(), first, after.as_deref()).await?)
    }

    /// How the library of this node stands: what is known beforehand, and how it is found.
    async fn knowledge(&self, ctx: &Context<'_>) -> Result<KnowledgeState> {
        Ok(scope::api(ctx).knowledge_state().await?)
    }

    /// Documents, in the order of their ids, without their passages.
    #[graphql(complexity = "limits::cost(first, PAGE, child_complexity)")]
    async fn knowledge_documents(
        &self,
        ctx: &Context<'_>,
        filter: Option<KnowledgeFilter>,
        #[graphql(default = 100)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<KnowledgeConnection> {
        let first = limits::page_size(first, PAGE)?;
        Ok(scope::api(ctx).knowledge_documents(filter.unwrap_or_default(), first, after.as_deref()).await?)
    }

    /// A document with its passages, by its id, for example `disturbances/IDV_06`; null when there is none.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn knowledge_document(&self, ctx: &Context<'_>, id: String) -> Result<Option<KnowledgeDocument>> {
        Ok(scope::api(ctx).knowledge_document(&id).await?)
    }

    /// The passages that answer a question best, by words and meaning; with an empty question those that the filter takes, in
    /// the order of their anchors. Answered within half a second by what is there; what is away is told.
    #[graphql(complexity = "limits::cost(first, 10, child_complexity) + 50")]
    async fn search_knowledge(
        &self,
        ctx: &Context<'_>,
        question: String,
        filter: Option<KnowledgeFilter>,
        #[graphql(default = 10)] first: Option<i32>,
    ) -> Result<KnowledgeSearch> {
        let first = limits::page_size(first, 10)?;
        Ok(scope::api(ctx).search_knowledge(&question, filter.unwrap_or_default(), first).await?)
    }

    /// Plant-wide detectors.
    #[graphql(complexity = "4 * child_complexity + 1")]
    async fn detectors(&self, ctx: &Context<'_>) -> Result<Vec<Detector>> {
        Ok(scope::detectors(ctx).await?)
    }

    /// What is behind one occurrence of a detector's alarm, as `occurrenceId` of the alarm names it; null when it has not been
    /// diagnosed.
    #[graphql(complexity = "child_complexity + 5")]
    async fn incident(&self, ctx: &Context<'_>, occurrence_id: ID) -> Result<Option<Incident>> {
        Ok(incidents::find(ctx, &occurrence_id).await?)
    }

    /// The incidents of the plant, the one diagnosed last first.
    #[graphql(complexity = "limits::cost(first, INCIDENTS, child_complexity)")]
    async fn incidents(&self, ctx: &Context<'_>, #[graphql(default = 20)] first: Option<i32>) -> Result<Vec<Incident>> {
        Ok(incidents::newest(ctx, limits::page_size(first, INCIDENTS)?).await?)
    }

    /// The causes of incidents that are known for this plant; a verdict may also name another.
    #[graphql(complexity = "21 * child_complexity + 1")]
    async fn incident_causes(&self, ctx: &Context<'_>) -> Vec<Cause> {
        incidents::causes(ctx)
    }

    /// Models of detectors, newest first, in whatever state: of one detector by its id in the plant, or of all.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn models(&self, ctx: &Context<'_>, detector: Option<String>) -> Result<Vec<Model>> {
        Ok(scope::api(ctx).models(detector.as_deref()).await?)
    }

    /// Where the registry is that models are published to and fetched from; null without one.
    async fn model_registry(&self, ctx: &Context<'_>) -> Option<String> {
        scope::api(ctx).registry.as_ref().map(|registry| registry.address().to_owned())
    }

    /// Trainings, newest first: at most `first` of them.
    #[graphql(complexity = "limits::cost(first, JOBS, child_complexity)")]
    async fn training_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: Option<i32>,
    ) -> Result<Vec<TrainingJob>> {
        let first = limits::page_size(first, JOBS)?;
        Ok(scope::api(ctx).training_jobs(first).await?)
    }

    /// The supervision tree.
    async fn actor_tree(&self, ctx: &Context<'_>) -> Result<ActorNode> {
        Ok(ActorNode::from(scope::actor_tree(ctx).await?.as_ref()))
    }

    /// The language models of this node: who may be asked, how each stands, and what it costs.
    async fn broker(&self, ctx: &Context<'_>) -> Result<LlmBroker> {
        Ok(scope::api(ctx).broker().await?)
    }

    /// What was asked of language models on every node, for whichever plant, the newest first: at most `first` calls.
    #[graphql(complexity = "limits::cost(first, CALLS, child_complexity)")]
    async fn llm_calls(&self, ctx: &Context<'_>, #[graphql(default = 20)] first: Option<i32>) -> Result<Vec<LlmCall>> {
        let first = limits::page_size(first, CALLS)?;
        Ok(scope::api(ctx).llm_calls(first).await?)
    }

    /// Everything that is known of why one occurrence of an alarm came: evidence, explanations, questions with answers.
    async fn alarm_explanation(&self, ctx: &Context<'_>, occurrence_id: ID) -> Result<AlarmExplanation> {
        Ok(scope::api(ctx).alarm_explanation(explanations::occurrence(&occurrence_id)?).await?)
    }

    /// Evidence by its hash; null when it is not kept.
    async fn evidence(&self, ctx: &Context<'_>, hash: String) -> Result<Option<Evidence>> {
        Ok(scope::api(ctx).evidence(&hash).await?)
    }

    /// The disturbances of the simulated plant; empty for a plant that has none.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn disturbances(&self, ctx: &Context<'_>) -> Result<Vec<Disturbance>> {
        Ok(scope::disturbances(ctx).await?)
    }
}
