//! A source that falls silent: what stands is flagged, nothing clears, and an alarm of its own says why.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tep::actors::{PlantSite, Root, SourceCommand};
use tep::config::{SourceConfig, plant::built_in};
use tep::domain::{AlarmState, DisturbanceState, Quality};
use tep::feed::Feed;
use tep::ingest::{Next, Source, SourceError, SourceOrder, SourceStatus, Sources, open};
use tep::storage::Storage;
use tep::telemetry::Clock;

use crate::support::{Home, TestPlant, alone};

/// Whether the source gives scans.
#[derive(Clone, Default)]
struct Tap(Arc<(Mutex<bool>, Condvar)>);

impl Tap {
    fn close(&self, closed: bool) {
        *self.0.0.lock().unwrap() = closed;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        drop(self.0.1.wait_while(self.0.0.lock().unwrap(), |closed| *closed).unwrap());
    }
}

/// The simulated plant behind a tap.
struct Tapped {
    inner: Box<dyn Source>,
    tap: Tap,
}

impl Source for Tapped {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn next_scan(&mut self) -> Result<Next, SourceError> {
        self.tap.wait();
        self.inner.next_scan()
    }

    fn period(&self) -> Duration {
        self.inner.period()
    }

    fn status(&self) -> SourceStatus {
        self.inner.status()
    }

    fn control(&mut self, order: SourceOrder) -> Result<(), SourceError> {
        self.inner.control(order)
    }

    fn checkpoint(&self) -> Vec<u8> {
        self.inner.checkpoint()
    }

    fn controllable(&self) -> bool {
        self.inner.controllable()
    }

    fn disturbances(&self) -> Vec<DisturbanceState> {
        self.inner.disturbances()
    }

    fn plant_hours(&self) -> f64 {
        self.inner.plant_hours()
    }
}

async fn start(home: &Home, tap: &Tap) -> TestPlant {
    let mut plant = built_in();
    plant.stale_after = Duration::from_secs(1);
    let plant = Arc::new(plant);
    let storage_config = home.storage_config();
    let storage = Storage::open(&storage_config).await.unwrap().for_plant(Arc::clone(&plant)).unwrap();
    let (feed, tap) = (Feed::new(0), tap.clone());
    let sources = Sources::opened_by(move |config, plant, checkpoint, start| {
        Ok(Box::new(Tapped { inner: open(config, plant, checkpoint, start)?, tap: tap.clone() }) as Box<dyn Source>)
    });
    let source = SourceConfig::Simulator { speed: 200.0, seed: 1_431_655_765 };
    let site = PlantSite {
        plant,
        source,
        sources,
        storage_config,
        storage: storage.clone(),
        feed: feed.clone(),
        notifications: None,
    };
    let (root, ended) = Root::start(alone(vec![site.clone()], Clock::system())).await.unwrap();
    TestPlant::of(root, feed, storage, site, ended)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_stands_is_flagged_stale_and_freed_when_scans_come_again() {
    let (home, tap) = (Home::new(), Tap::default());
    let plant = start(&home, &tap).await;
    plant.order(SourceCommand::SetDisturbance { number: 6, active: true }).await;
    plant.alarm_reaches("XMEAS_1/LOW", AlarmState::Unacknowledged).await;
    let quality = async |alarm: &str, wanted: Quality| {
        plant
            .until(&format!("{alarm} {wanted:?}"), async || {
                Some(plant.alarm(alarm).await).filter(|view| view.facts.quality == wanted)
            })
            .await
    };
    tap.close(true);
    plant.alarm_reaches("SYSTEM/SOURCE_SILENT", AlarmState::Unacknowledged).await;
    let flagged = quality("XMEAS_1/LOW", Quality::Stale).await;
    assert_eq!(flagged.facts.state(), AlarmState::Unacknowledged, "missing data clears nothing");
    assert_eq!(plant.alarm("XMEAS_9/HIGH").await.facts.quality, Quality::Good, "what is quiet is not in the list");
    tap.close(false);
    plant.alarm_reaches("SYSTEM/SOURCE_SILENT", AlarmState::RtnUnacknowledged).await;
    let freed = quality("XMEAS_1/LOW", Quality::Good).await;
    assert_eq!(freed.facts.occurrence, flagged.facts.occurrence, "the same occurrence");
    plant.stop().await;
}
