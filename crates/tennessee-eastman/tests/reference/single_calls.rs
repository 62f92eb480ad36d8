//! Every recorded call of the plant model, inputs and memory given.

use serde::Deserialize;
use tennessee_eastman::analysers::Analysers;
use tennessee_eastman::disturbances::Active;
use tennessee_eastman::flowsheet::{Flowsheet, Temperatures};
use tennessee_eastman::model::{Evaluation, Memory};
use tennessee_eastman::noise::Generator;
use tennessee_eastman::splines::{Spline, Splines};
use tennessee_eastman::state::State;
use tennessee_eastman::stream::Stream;
use tennessee_eastman::valves::ValveCommands;
use tennessee_eastman::{Idv, Revision, derivatives};

use crate::support::{difference, unpacked};

const BAR: f64 = 1e-12;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    time_h: f64,
    idv: [u8; 20],
    xmv: [f64; 12],
    yy: Vec<f64>,
    entry: Entry,
    out: Out,
}

#[derive(Deserialize)]
struct Entry {
    vcv: [f64; 12],
    tguess: Guess,
    walk: WalkMemory,
    xdel: Vec<f64>,
    xmeas: Vec<f64>,
    tgas: f64,
    tprod: f64,
    g: f64,
    noise_sd_active: bool,
}

#[derive(Deserialize)]
struct Guess {
    tcr: f64,
    tcs: f64,
    tcc: f64,
    tcv: f64,
}

#[derive(Deserialize)]
struct WalkMemory {
    adist: [f64; 12],
    bdist: [f64; 12],
    cdist: [f64; 12],
    ddist: [f64; 12],
    tlast: [f64; 12],
    tnext: [f64; 12],
}

#[derive(Deserialize)]
struct Out {
    yp: Vec<f64>,
    xmeas: Vec<f64>,
    shutdown: bool,
    exit: Exit,
    internal: Internal,
}

#[derive(Deserialize)]
struct Exit {
    vcv: [f64; 12],
    walk: WalkMemory,
    xdel: Vec<f64>,
    tgas: f64,
    tprod: f64,
    g: f64,
}

#[derive(Deserialize)]
struct Internal {
    tcr: f64,
    tcs: f64,
    tcc: f64,
    tcv: f64,
    dlr: f64,
    dls: f64,
    dlc: f64,
    vlr: f64,
    vls: f64,
    vlc: f64,
    vvr: f64,
    vvs: f64,
    ptr: f64,
    pts: f64,
    ptv: f64,
    ppr: [f64; 8],
    pps: [f64; 8],
    rr: [f64; 4],
    crxr: [f64; 8],
    rh: f64,
    uar: f64,
    qur: f64,
    qus: f64,
    quc: f64,
    cpdh: f64,
    fwr: f64,
    fws: f64,
    agsp: f64,
    sfr: [f64; 8],
    ftm: [f64; 13],
    hst: [f64; 13],
    tst: [f64; 13],
    fcm: Vec<[f64; 8]>,
    xst: Vec<[f64; 8]>,
}

impl WalkMemory {
    fn splines(&self) -> Splines {
        let mut splines = Splines::at_rest();
        for (j, spline) in splines.0[..12].iter_mut().enumerate() {
            *spline = Spline {
                a: self.adist[j],
                b: self.bdist[j],
                c: self.cdist[j],
                d: self.ddist[j],
                start: self.tlast[j],
                end: self.tnext[j],
            };
        }
        splines
    }
}

impl Entry {
    fn memory(&self) -> Memory {
        Memory {
            commands: ValveCommands(self.vcv),
            splines: self.walk.splines(),
            analysers: Analysers {
                reported: std::array::from_fn(|k| self.xmeas[22 + k]),
                sampled: std::array::from_fn(|k| self.xdel[22 + k]),
                gas_due: self.tgas,
                product_due: self.tprod,
            },
            generator: Generator::new(self.g as u64),
            temperatures: Temperatures {
                reactor: self.tguess.tcr,
                separator: self.tguess.tcs,
                stripper: self.tguess.tcc,
                feed_zone: self.tguess.tcv,
            },
            ..Memory::new(1, self.noise_sd_active, Revision::Original)
        }
    }
}

/// Collects what differs by more than the bar.
struct Check<'a> {
    case: &'a str,
    largest: f64,
    complaints: Vec<String>,
}

impl Check<'_> {
    fn number(&mut self, what: &str, found: f64, expected: f64) {
        let d = difference(found, expected);
        self.largest = self.largest.max(d);
        if d > BAR {
            self.complaints.push(format!("{}: {what} is {found:e}, not {expected:e} ({d:.1e})", self.case));
        }
    }

    fn list(&mut self, what: &str, found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len(), "{what}");
        for (i, (f, e)) in found.iter().zip(expected).enumerate() {
            self.number(&format!("{what} {}", i + 1), *f, *e);
        }
    }

    fn results(&mut self, found: &Evaluation, expected: &Out) {
        self.list("derivative", &found.rates.to_array(), &expected.yp);
        self.list("XMEAS", &found.xmeas, &expected.xmeas);
        assert_eq!(found.shutdown.is_some(), expected.shutdown, "{}: shutdown", self.case);
    }

    fn memory(&mut self, found: &Memory, expected: &Exit) {
        self.list("valve command", &found.commands.0, &expected.vcv);
        for (found, expected) in found.splines.0.iter().zip(expected.walk.splines().0) {
            let numbers = |s: &Spline| [s.a, s.b, s.c, s.d, s.start, s.end];
            self.list("spline", &numbers(found), &numbers(&expected));
        }
        self.number("gas analyser due", found.analysers.gas_due, expected.tgas);
        self.number("product analyser due", found.analysers.product_due, expected.tprod);
        self.list("sample", &found.analysers.sampled, &expected.xdel[22..]);
        assert_eq!(found.generator.state() as f64, expected.g, "{}: generator", self.case);
    }

    fn vessels(&mut self, p: &Flowsheet, e: &Internal) {
        self.list(
            "temperature",
            &[p.reactor.temperature, p.separator.temperature, p.sump.temperature, p.feed_zone.temperature],
            &[e.tcr, e.tcs, e.tcc, e.tcv],
        );
        self.list("density", &[p.reactor.density, p.separator.density, p.sump.density], &[e.dlr, e.dls, e.dlc]);
        self.list(
            "volume",
            &[
                p.reactor.liquid_volume,
                p.separator.liquid_volume,
                p.sump.volume,
                p.reactor.vapour_volume,
                p.separator.vapour_volume,
            ],
            &[e.vlr, e.vls, e.vlc, e.vvr, e.vvs],
        );
        self.list(
            "pressure",
            &[p.reactor.pressure, p.separator.pressure, p.feed_zone.pressure],
            &[e.ptr, e.pts, e.ptv],
        );
        self.list("partial pressure in the reactor", &p.reactor.partial_pressures, &e.ppr);
        self.list("partial pressure in the separator", &p.separator.partial_pressures, &e.pps);
    }

    fn duties(&mut self, p: &Flowsheet, e: &Internal) {
        self.list("reaction rate", &p.reactions.rates, &e.rr);
        self.list("production", &p.reactions.production, &e.crxr);
        self.list(
            "heat",
            &[p.reactions.heat, p.coil.duty, p.condenser.duty, p.stripper.duty, p.compressor.work],
            &[e.rh, e.qur, e.qus, e.quc, e.cpdh],
        );
        self.list(
            "cooling",
            &[p.coil.conductance, p.coil.water, p.coil.agitator, p.condenser.water],
            &[e.uar, e.fwr, e.agsp, e.fws],
        );
        self.list("overhead split", &p.stripper.split, &e.sfr);
    }

    fn streams(&mut self, p: &Flowsheet, e: &Internal) {
        let streams: [(usize, &Stream); 12] = [
            (1, &p.feeds.d),
            (2, &p.feeds.e),
            (3, &p.feeds.a),
            (4, &p.feeds.ac),
            (5, &p.stripper.overhead),
            (6, &p.reactor_feed),
            (7, &p.reactor_feed),
            (8, &p.reactor_effluent),
            (9, &p.compressor.recycle),
            (10, &p.purge),
            (11, &p.underflow),
            (13, &p.stripper.product),
        ];
        for (s, stream) in streams {
            let k = s - 1;
            self.number(&format!("flow of s{s}"), stream.flow, e.ftm[k]);
            self.number(&format!("enthalpy of s{s}"), stream.enthalpy, e.hst[k]);
            self.number(&format!("temperature of s{s}"), stream.temperature, e.tst[k]);
            self.list(&format!("fractions of s{s}"), &stream.fractions, &e.xst[k]);
            // Of the feed to the zone the program keeps no component flows under 7.
            if s != 7 {
                self.list(&format!("components of s{s}"), &stream.components, &e.fcm[k]);
            }
        }
        self.list("components of s12", &p.stripper.into_sump, &e.fcm[11]);
    }
}

#[test]
fn every_recorded_call_comes_out_the_same() {
    let file: File = serde_json::from_str(&unpacked("derivatives.json.gz")).expect("the file is JSON");
    assert_eq!(file.cases.len(), 67);
    let mut complaints = Vec::new();
    let mut largest = 0.0_f64;
    for case in &file.cases {
        let y: [f64; 50] = case.yy.as_slice().try_into().expect("fifty states");
        let state = State::from_array(&y);
        assert_eq!(state.to_array(), y);
        let active =
            Active::only(Idv::ALL.into_iter().zip(case.idv).filter_map(|(idv, flag)| (flag > 0).then_some(idv)));
        let mut memory = case.entry.memory();
        let found = derivatives(case.time_h, &state, &case.xmv, &active, &mut memory);

        let mut check = Check { case: &case.id, largest: 0.0, complaints: Vec::new() };
        check.results(&found, &case.out);
        check.memory(&memory, &case.out.exit);
        check.vessels(&found.plant, &case.out.internal);
        check.duties(&found.plant, &case.out.internal);
        check.streams(&found.plant, &case.out.internal);
        largest = largest.max(check.largest);
        complaints.extend(check.complaints);
    }
    assert!(complaints.is_empty(), "{} differences:\n{}", complaints.len(), complaints.join("\n"));
    println!("largest relative difference: {largest:e}");
}
