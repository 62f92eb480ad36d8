//! Models of a running plant: trained by order, judged in the shadow, put to use without losing a sample, rolled back.

use std::time::Duration;

use tep::actors::{ModelCommand, ModelDone, ModelOrder, ModelRefused};
use tep::config::SourceConfig;
use tep::domain::{
    DetectorId, DetectorState, ModelId, ModelState, TrainingJob, TrainingJobId, TrainingJobState, TrainingOrigin,
    Verdict,
};
use tep::feed::Delivery;
use uuid::Uuid;

use crate::support::{Home, TestPlant};

const FAST: SourceConfig = SourceConfig::Simulator { speed: 300.0, seed: 1_431_655_765 };

fn detector() -> DetectorId {
    "multivariate".into()
}

async fn order(plant: &TestPlant, command: ModelCommand) -> Result<ModelDone, ModelRefused> {
    let trainer = plant.until("the trainer", async || plant.doors().await.trainer).await;
    trainer.carry_out(ModelOrder { command, by: "erik".into(), reason: "a test".into() }).await
}

fn train(method: &str) -> (TrainingJobId, ModelCommand) {
    let job = TrainingJobId(Uuid::now_v7());
    let (method, origin) = (Some(method.to_owned()), TrainingOrigin::Simulator);
    (job, ModelCommand::Train { job, detector: detector(), method, origin })
}

async fn ended(plant: &TestPlant, job: TrainingJobId) -> TrainingJob {
    let over = async || plant.storage.training_job(job).await.unwrap().filter(|job| !job.state.is_open());
    plant.until("the end of a training", over).await
}

async fn first_model(plant: &TestPlant) -> ModelId {
    let found = async || plant.storage.active_model(&detector()).await.unwrap();
    plant.until("the first model", found).await.id
}

async fn uses(plant: &TestPlant, model: ModelId) {
    let found = async || plant.detector().await.model.filter(|facts| facts.id == Some(model)).map(drop);
    plant.until("the model in use", found).await;
}

async fn state(plant: &TestPlant, model: ModelId) -> ModelState {
    plant.storage.model(model).await.unwrap().expect("it is kept").state
}

/// Trains by a method that is quick to train, and returns what came out.
async fn trained(plant: &TestPlant, method: &str) -> ModelId {
    let (job, command) = train(method);
    order(plant, command).await.unwrap();
    let job = ended(plant, job).await;
    assert_eq!((job.state, &job.outcome), (TrainingJobState::Done, &None), "{job:?}");
    job.model.expect("a model")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_takes_over_without_a_gap_and_can_be_rolled_back() {
    let home = Home::new();
    let plant = home.start_with(FAST).await;
    let first = first_model(&plant).await;
    let second = trained(&plant, "pca").await;
    assert_eq!(state(&plant, second).await, ModelState::Staged, "a person decides");
    let normal = async || (plant.detector().await.state == DetectorState::Normal).then_some(());
    plant.until("a normal detector", normal).await;

    let mut told = plant.feed.detectors.subscribe(None);
    order(&plant, ModelCommand::Decide { model: second, to: ModelState::Active }).await.unwrap();
    uses(&plant, second).await;
    assert_eq!(state(&plant, first).await, ModelState::Retired);
    let mut verdicts: Vec<Verdict> = Vec::new();
    let by_new = |verdicts: &[Verdict]| {
        verdicts
            .iter()
            .filter(|verdict| verdict.model_version.as_deref().is_some_and(|v| v.starts_with("pca-")))
            .count()
    };
    while by_new(&verdicts) < 5 {
        let Some(Delivery::Item { item, .. }) = told.next().await else { panic!("the stream goes on") };
        assert!(!matches!(item.state, DetectorState::WarmingUp { .. }), "the new model need not warm up");
        verdicts.extend(item.verdict.clone().filter(|verdict| verdicts.last() != Some(verdict)));
    }
    let period = plant.plant().detectors[0].sample_period;
    for pair in verdicts.windows(2) {
        let step = pair[1].source_time.since(pair[0].source_time);
        assert!(step >= period && step < period + Duration::from_secs(10), "{step:?} between two samples");
    }

    order(&plant, ModelCommand::RollBack { detector: detector() }).await.unwrap();
    uses(&plant, first).await;
    assert_eq!(state(&plant, second).await, ModelState::Retired);
    let kept = plant.storage.active_model(&detector()).await.unwrap().unwrap();
    let decision = kept.life.decision.expect("somebody has decided");
    assert_eq!((decision.by.as_str(), decision.reason.as_str()), ("erik", "a test"));
    let refused = order(&plant, ModelCommand::Decide { model: first, to: ModelState::Retired }).await.unwrap_err();
    assert!(refused.to_string().contains("in use"), "{refused}");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_judges_every_sample_and_survives_a_restart() {
    let home = Home::new();
    let plant = home.start_with(FAST).await;
    first_model(&plant).await;
    let second = trained(&plant, "pca").await;
    order(&plant, ModelCommand::Decide { model: second, to: ModelState::Shadow }).await.unwrap();
    let compared = async || plant.detector().await.shadow.filter(|shadow| shadow.agreement.samples >= 3);
    let shadow = plant.until("a comparison", compared).await;
    assert_eq!(shadow.model.id, Some(second));
    assert!(shadow.verdict.is_some_and(|verdict| verdict.model_version.is_some_and(|v| v.starts_with("pca-"))));
    plant.stop().await;
    let plant = home.start_with(FAST).await;
    plant.until("the shadow again", async || plant.detector().await.shadow.map(drop)).await;
    order(&plant, ModelCommand::Decide { model: second, to: ModelState::Staged }).await.unwrap();
    let gone = async || plant.detector().await.shadow.is_none().then_some(());
    plant.until("no shadow", gone).await;
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_is_cancelled_and_one_that_was_cut_off_is_begun_anew() {
    let home = Home::new();
    let plant = home.start_with(FAST).await;
    first_model(&plant).await;
    let ((running, one), (waiting, two)) = (train("pca"), train("dpca"));
    let same = one.clone();
    order(&plant, one).await.unwrap();
    order(&plant, two).await.unwrap();
    let ModelDone::Job(again) = order(&plant, same).await.unwrap() else { panic!("a training") };
    assert_eq!(again.id, running, "the same order twice is one job");
    order(&plant, ModelCommand::Cancel { job: running }).await.unwrap();
    assert_eq!(ended(&plant, running).await.state, TrainingJobState::Cancelled);
    let over = order(&plant, ModelCommand::Cancel { job: running }).await.unwrap_err();
    assert_eq!(over, ModelRefused::Ended);
    // The plant goes down before the other one can be done.
    plant.stop().await;
    let plant = home.start_with(FAST).await;
    assert_eq!(ended(&plant, waiting).await.state, TrainingJobState::Done);
    let models = plant.storage.list_models().await.unwrap();
    assert!(models.iter().any(|model| model.version.starts_with("dpca-")), "{models:?}");
    plant.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_is_trained_on_and_what_makes_no_sense_is_refused() {
    let home = Home::new();
    let plant = home.start_with(SourceConfig::Simulator { speed: 1_000.0, seed: 7 }).await;
    first_model(&plant).await;
    // A hundred rows are needed, and each is three minutes.
    let newest = plant.scans(20_000).await.source_time;
    let history = |minutes: u64| {
        let job = TrainingJobId(Uuid::now_v7());
        let origin = TrainingOrigin::History { since: newest - Duration::from_secs(minutes * 60), until: newest };
        (job, ModelCommand::Train { job, detector: detector(), method: Some("pca".into()), origin })
    };
    let (job, command) = history(330);
    order(&plant, command).await.unwrap();
    let done = ended(&plant, job).await;
    let model = plant.storage.model(done.model.unwrap_or_else(|| panic!("{done:?}"))).await.unwrap().unwrap();
    assert!(model.source.starts_with("history from"), "{}", model.source);
    assert!((105..=110).contains(&model.samples), "{} samples in five hours and a half", model.samples);
    let (job, command) = history(60);
    order(&plant, command).await.unwrap();
    let failed = ended(&plant, job).await;
    assert_eq!(failed.state, TrainingJobState::Failed);
    assert!(failed.outcome.as_ref().is_some_and(|why| why.contains("too few")), "{failed:?}");

    let unknown = ModelCommand::Train {
        job: TrainingJobId(Uuid::now_v7()),
        detector: "nobody".into(),
        method: None,
        origin: TrainingOrigin::Simulator,
    };
    assert_eq!(order(&plant, unknown).await.unwrap_err(), ModelRefused::NoDetector("nobody".into()));
    let (_, magic) = train("magic");
    assert!(order(&plant, magic).await.unwrap_err().to_string().contains("known are var"));
    let files = TrainingOrigin::Files { names: vec!["../tep.toml".into()] };
    let (job, method) = (TrainingJobId(Uuid::now_v7()), None);
    let elsewhere = ModelCommand::Train { job, detector: detector(), method, origin: files };
    assert!(order(&plant, elsewhere).await.unwrap_err().to_string().contains("not the name of a file"));
    plant.stop().await;
}
