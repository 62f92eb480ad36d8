//! The simulated plant with models that do as they are told, and an A feed that can be lost.

use std::sync::Arc;

use serde_json::json;
use tep::actors::{
    BrokerSetup, ExplainOrder, Explainer, Explaining, ExplanationProgress, LibrarySetup, PlantSite, ProviderSetup,
    Root, SourceCommand,
};
use tep::config::{SourceConfig, plant::built_in};
use tep::domain::{AlarmState, DocumentMedia, OccurrenceId, OrderPolicy, Severity, WallTime};
use tep::feed::Feed;
use tep::ingest::Sources;
use tep::retrieval::{Embedded, Library, PassageIndex, Retriever};
use tep::security::Authority;
use tep::storage::{DocumentCard, Storage, StoredDocument, StoredEvidence, StoredExplanation};
use tep::telemetry::Clock;

use crate::broker::stage::{Model, provider};
use crate::support::{Home, TestPlant, alone};

/// What a house may have beside its plant.
#[derive(Default)]
pub struct Furnishing {
    /// The models, in their order.
    pub providers: Vec<ProviderSetup>,
    /// Alarms of at least this severity are explained by a model unasked.
    pub from: Option<Severity>,
    /// What the site has written itself; `None`: there is no library.
    pub documents: Option<Vec<StoredDocument>>,
    /// The vector store beside the embedded index.
    pub server: Option<Arc<dyn PassageIndex>>,
}

/// A document of the plant in Markdown, about these tags.
pub fn document(id: &str, tags: &[&str], text: &str) -> StoredDocument {
    let card = DocumentCard {
        plant: "tennessee-eastman".into(),
        id: format!("documents/{id}").as_str().into(),
        name: format!("{id}.md"),
        media: DocumentMedia::Markdown,
        title: None,
        unit: None,
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        size: text.len() as u64,
        digest: id.into(),
        added_by: "erik".into(),
        added_at: WallTime::from_micros(1_795_400_000_000_000),
    };
    StoredDocument { card, pages: vec![text.to_owned()] }
}

pub struct House {
    pub plant: TestPlant,
    /// What is known, where something is.
    pub library: Option<Library>,
    _home: Home,
}

/// A well-formed answer that names no cause.
pub fn answer(summary: &str) -> String {
    json!({
        "conclusion": "inconclusive", "summary": {"text": summary, "cites": ["alarm"]},
        "causes": [], "course": [], "checks": [], "actions": [], "unknown": []
    })
    .to_string()
}

impl House {
    /// A plant at two hundred times real time, without detectors, with these models in their order.
    pub async fn start(models: Vec<(&str, &Arc<Model>)>) -> Self {
        Self::start_asking(models, None).await
    }

    /// The same; alarms of at least this severity are explained by a model unasked.
    pub async fn start_asking(models: Vec<(&str, &Arc<Model>)>, from: Option<Severity>) -> Self {
        let providers = models.into_iter().map(|(id, model)| roomy(id, model)).collect();
        Self::furnished(Furnishing { providers, from, ..Furnishing::default() }).await
    }

    /// The same, with whatever else is there.
    pub async fn furnished(furnishing: Furnishing) -> Self {
        let Furnishing { providers, from, documents, server } = furnishing;
        let home = Home::new();
        let mut plant = built_in();
        plant.detectors.clear();
        let plant = Arc::new(plant);
        let storage_config = home.storage_config();
        let storage = Storage::open(&storage_config).await.unwrap();
        let feed = Feed::new(0);
        let site = PlantSite {
            plant: Arc::clone(&plant),
            source: SourceConfig::Simulator { speed: 200.0, seed: 1_431_655_765 },
            sources: Sources::built_in(),
            storage_config,
            storage: storage.for_plant(Arc::clone(&plant)).unwrap(),
            feed: feed.clone(),
            notifications: None,
        };
        let clock = Clock::system();
        let library = Library::new(Embedded::in_memory().await.unwrap(), server, None);
        for document in documents.iter().flatten() {
            assert!(storage.add_document(document, b"").await.unwrap(), "{:?}", document.card);
        }
        let shelves = tep::app::shelves(&storage, None, vec![plant.id.clone()], crate::retrieval::pdf::reader());
        let retriever = documents.is_some().then(|| Arc::new(library.clone()) as Arc<dyn Retriever>);
        let library = documents.is_some().then_some(library);
        let kept = library.clone().map(|library| LibrarySetup { library, shelves, clock });
        let broker = (!providers.is_empty()).then(|| BrokerSetup {
            providers,
            order: OrderPolicy::LocalFirst,
            currency: "EUR".into(),
            limits: Vec::new(),
            cached_answers: 100,
            explaining: Explaining { from, prompts: Default::default() },
            people: Vec::new(),
            authority: Authority::load(None).unwrap(),
            ledger: Arc::new(tep::app::StoredLedger(storage)),
            clock,
        });
        let setup = tep::actors::NodeSetup { broker, library: kept, retriever, ..alone(vec![site.clone()], clock) };
        let (root, ended) = Root::start(setup).await.unwrap();
        if let Ok(librarian) = root.librarian().await {
            librarian.read_again().await.unwrap();
        }
        let plant = TestPlant::of(root, feed, site.storage.clone(), site, ended);
        Self { plant, library, _home: home }
    }

    /// Lets feed A stop, and waits for an alarm; returns its occurrence.
    pub async fn lose_the_a_feed(&self, alarm: &str) -> OccurrenceId {
        self.plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
        let view = self.plant.alarm_reaches(alarm, AlarmState::Unacknowledged).await;
        view.facts.occurrence.expect("an occurrence")
    }

    pub async fn explainer(&self) -> Explainer {
        self.plant.until("the explainer", async || self.plant.doors().await.explainer).await
    }

    /// The evidence and the explanation that come unasked.
    pub async fn explained(&self, occurrence: OccurrenceId) -> (StoredEvidence, StoredExplanation) {
        let storage = &self.plant.storage;
        let told = self.plant.until("an explanation", async || {
            let all = storage.explanations(occurrence).await.ok()?;
            all.into_iter().find(|told| told.model.is_none())
        });
        let told = told.await;
        let kept = storage.evidence(&told.evidence_hash).await.unwrap().expect("its evidence is kept");
        (kept, told)
    }

    /// Explains, and waits for the end.
    pub async fn explain(&self, order: ExplainOrder) -> ExplanationProgress {
        // What comes unasked is under way first.
        self.explained(order.occurrence).await;
        self.plant
            .until("nothing to be under way", async || {
                let follows = self.explainer().await.follow(order.occurrence).await.ok()?;
                follows.is_none_or(|follows| follows.borrow().over).then_some(())
            })
            .await;
        let mut follows = self.explainer().await.explain(order).await.unwrap();
        follows.wait_for(|progress| progress.over).await.unwrap().clone()
    }

    pub async fn stop(self) {
        self.plant.stop().await;
    }
}

/// A bundle is longer than the scripted models of other tests can read.
pub fn roomy(id: &str, model: &Arc<Model>) -> ProviderSetup {
    let mut setup = provider(id, model);
    setup.capability.context_tokens = 200_000;
    setup.capability.output_tokens_max = 8_000;
    setup
}
