//! What the plant costs to run: the objective of Downs & Vogel (1993), as the revised model of 2015 reports it.

use crate::tags::{Measurements, Xmeas};

/// Cost of compressor work, $/kWh, and of steam, $/kg.
const WORK: f64 = 0.0536;
const STEAM: f64 = 0.0318;
/// kmol in a thousand standard m³, by the hundred since compositions are in per cent.
const KILOMOLES: f64 = 0.44791;
/// What is lost with the purge, $/kmol of A, C, D, E, F, G, H.
const PURGED: [(Xmeas, f64); 7] = [
    (Xmeas::PurgeA, 2.209),
    (Xmeas::PurgeC, 6.177),
    (Xmeas::PurgeD, 22.06),
    (Xmeas::PurgeE, 14.56),
    (Xmeas::PurgeF, 17.89),
    (Xmeas::PurgeG, 30.44),
    (Xmeas::PurgeH, 22.94),
];
/// What is lost with the product, $/kmol of D, E, F, over a hundred since compositions are in per cent.
const SOLD: [(Xmeas, f64); 3] = [(Xmeas::ProductD, 0.2206), (Xmeas::ProductE, 0.1456), (Xmeas::ProductF, 0.1789)];

/// Product flow, kmol/h, with the product valve at `valve_percent`.
fn product(valve_percent: f64) -> f64 {
    211.3 * valve_percent / 46.534 + 1e-6
}

/// $/h: compressor work, steam, and the raw materials and products that leave with the purge or as impurities of the
/// product.
#[must_use]
pub fn per_hour(xmeas: &Measurements, product_valve_percent: f64) -> f64 {
    let lost = |prices: &[(Xmeas, f64)]| prices.iter().map(|(tag, price)| price * xmeas[*tag]).sum::<f64>();
    WORK * xmeas[Xmeas::CompressorWork]
        + STEAM * xmeas[Xmeas::StripperSteam]
        + xmeas[Xmeas::Purge] * KILOMOLES * lost(&PURGED)
        + product(product_valve_percent) * lost(&SOLD)
}

/// Cents per kmol of product.
#[must_use]
pub fn cents_per_kmol(xmeas: &Measurements, product_valve_percent: f64) -> f64 {
    per_hour(xmeas, product_valve_percent) * 100.0 / product(product_valve_percent)
}
