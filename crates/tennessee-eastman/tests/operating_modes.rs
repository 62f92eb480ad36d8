//! Runs that begin at the optimal steady states.

use tennessee_eastman::{Config, Loop, Mode, Plant, Revision, Xmeas, Xmv};

fn at(mode: Mode, closed_loop: bool) -> Plant {
    Plant::new(Config { mode, noise: false, closed_loop, ..Config::default() })
}

#[test]
fn zz_probe() {
    for mode in Mode::ALL {
        let mut p = at(mode, true);
        let start = p.clone();
        let mut tripped = None;
        for s in 1..=48 * 3600u32 {
            p.step();
            if p.shutdown().is_some() { tripped = Some((s, p.shutdown())); break; }
        }
        println!("{mode} trip {tripped:?} cost {} override {:?}", start.operating_cost_per_h(), p.purge_override());
        for t in [Xmeas::ReactorPressure, Xmeas::ReactorLevel, Xmeas::ReactorTemperature, Xmeas::SeparatorLevel, Xmeas::StripperLevel, Xmeas::StripperUnderflow, Xmeas::ProductG, Xmeas::ProductE,Xmeas::SeparatorPressure, Xmeas::Recycle,Xmeas::CompressorWork] {
            print!(" {t} {:.3}->{:.3}", start.measurements()[t], p.measurements()[t]);
        }
        println!();
        for t in Xmv::ALL { print!(" {t} {:.2}->{:.2}", start.positions()[t], p.positions()[t]); }
        println!();
        let mut o = at(mode, false);
        let mut tripped = None;
        for s in 1..=48 * 3600u32 { o.step(); if o.shutdown().is_some() { tripped = Some((s, o.shutdown())); break; } }
        println!("  open loop trip {tripped:?}");
    }
    let _ = (Loop::ALL, Revision::Original);
}
